"""Rebuilt networks beside Keras' own of the same architecture: building them, and calling them.

The networks of `keras.applications` are converted with random weights, rebuilt, and both are called
through `tf.function` on one image. The converter folds batch normalisation, and so does the rebuilt
network: it has to be at least as fast. Building may take 10 ms for each operator.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import inspector
from benchmarks.timing import Row, versus
from rebuild.execute import import_keras, load, quiet_stderr
from rebuild.folder import write
from rebuild.translate.translator import translate

NETWORKS = ("MobileNet", "MobileNetV2")
SIDE = 224
BUILDING = 0.01
"""The seconds that building a model may take for each operator."""
ROUNDS = 3


def rows() -> list[Row]:
    found = []
    keras = import_keras()
    for name in NETWORKS:
        peer = getattr(keras.applications, name)(weights=None, input_shape=(SIDE, SIDE, 3))
        with tempfile.TemporaryDirectory() as folder:
            script, operators = rebuilt(peer, Path(folder))
            ours = script.build_model()
            script.load_weights(ours, Path(folder, "weights.npz"))
        image = np.random.default_rng(0).uniform(-1, 1, (1, SIDE, SIDE, 3)).astype("float32")
        times = versus(called(ours, image), called(peer, image), rounds=25)
        found.append(Row("a call of the rebuilt network", name, "keras.applications", *times, 1))
        took = min(seconds(script.build_model) for _ in range(ROUNDS))
        what, allowed = f"building {operators} operators", BUILDING * operators
        found.append(Row(what, name, "10 ms an operator", took, allowed, 1))
    return found


def rebuilt(network: Any, folder: Path) -> tuple[ModuleType, int]:
    """The script of a network that was converted, and how many operators the file had."""
    from tensorflow import lite

    converter = lite.TFLiteConverter.from_keras_model(network)
    path = folder / "network.tflite"
    with quiet_stderr(), redirect_stdout(io.StringIO()):
        path.write_bytes(converter.convert())
    with inspector.open(path) as model:
        write(translate(model), folder)
        operators = len(model.subgraphs[0].operators)
    script, _ = load(folder / "model.py")
    return script, operators


def called(network: Any, image: np.ndarray) -> Callable[[], object]:
    """A call of a network, compiled, to the numbers that it gives."""
    import tensorflow as tf

    compiled = tf.function(lambda x: network(x, training=False))
    value = tf.constant(image)
    return lambda: compiled(value).numpy()


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began

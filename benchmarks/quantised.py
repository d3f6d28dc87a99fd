"""The two trainable readings of a quantised network, side by side: exact beside float.

MobileNet is converted with random weights to 8-bit integers, calibrated on random images, and
rebuilt in both; each model is called through `tf.function` on one image. Rounding each result as
the kernels do may take twice as long as the float layers themselves.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np

import inspector
from benchmarks.running import SIDE, called
from benchmarks.timing import Row, versus
from rebuild.execute import import_keras, load, quiet_stderr
from rebuild.folder import write
from rebuild.translate.quantized import EXACT, FLOAT, Reading
from rebuild.translate.translator import translate

LEAST = 0.3
"""The share of the float model's speed that the exact one has to reach."""


def rows() -> list[Row]:
    network = import_keras().applications.MobileNet(weights=None, input_shape=(SIDE, SIDE, 3))
    image = next(images())[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.tflite")
        path.write_bytes(converted(network))
        exact, real = (rebuilt(path, reading, Path(folder)) for reading in (EXACT, FLOAT))
        times = versus(called(exact, image), called(real, image), rounds=25)
    return [Row("a call of the exact reading", "MobileNet int8", "the float one", *times, LEAST)]


def images() -> Iterator[list[np.ndarray]]:
    """Some seeded images, as the converter takes them for calibration."""
    rng = np.random.default_rng(0)
    for _ in range(4):
        yield [rng.uniform(-1, 1, (1, SIDE, SIDE, 3)).astype("float32")]


def converted(network: Any) -> bytes:
    """The network in 8-bit integers, floats at its ends."""
    from tensorflow import lite

    converter = lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [lite.Optimize.DEFAULT]
    converter.representative_dataset = images
    with quiet_stderr(), redirect_stdout(io.StringIO()):
        found: bytes = converter.convert()
    return found


def rebuilt(path: Path, reading: Reading, folder: Path) -> Any:
    """The Keras model of a file in one reading."""
    with inspector.open(path) as model:
        write(translate(model, reading=reading), folder)
    script, _ = load(folder / "model.py")
    built = script.build_model()
    script.load_weights(built, folder / "weights.npz")
    return built

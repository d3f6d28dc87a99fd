"""A rebuilt model and the interpreter, side by side from call to call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

import inspector
from rebuild.execute import load
from rebuild.folder import write as write_folder
from rebuild.translate.quantized import FLOAT, Reading
from rebuild.translate.translator import translate


def built(path: Path, folder: Path, reading: Reading = FLOAT) -> tuple[Any, Any]:
    """The emitted script's module and its model, with weights."""
    program = translate(inspector.open(path), reading=reading)
    assert not program.all_unsupported
    write_folder(program, folder)
    module, _ = load(folder / "model.py")
    model = module.build_model()
    module.load_weights(model, folder / "weights.npz")
    if hasattr(module, "keep_state"):
        module.keep_state(model)
    return module, model


def outputs_of(value: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in (value if isinstance(value, (list, tuple)) else [value])]


def compiled(model: Any) -> Callable[[list[np.ndarray]], Any]:
    """The model as a function of TensorFlow, as it runs when it is deployed."""
    import tensorflow as tf

    return tf.function(lambda inputs: model(inputs if len(inputs) > 1 else inputs[0]))


def opened(path: Path) -> Interpreter:
    kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    return interpreter


def invoked(interpreter: Interpreter, inputs: list[np.ndarray]) -> list[np.ndarray]:
    for detail, array in zip(interpreter.get_input_details(), inputs, strict=True):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]

"""The interpreter itself, asked directly: what our runs are held against."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.shared_models import FOLDER

BUILTIN = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
REFERENCE = OpResolverType.BUILTIN_REF
FIXTURES = [
    f"{model}{variant}.tflite"
    for model in ("mnist", "cnn")
    for variant in ("", "_float16", "_dynamic", "_int8")
]


def interpreter(
    model: Path | bytes,
    inputs: Sequence[np.ndarray],
    resolver: OpResolverType = BUILTIN,
    *,
    preserve: bool = False,
) -> Interpreter:
    """An interpreter that has run once; with `preserve`, its own way to keep all tensors."""
    source = {"model_content": model} if isinstance(model, bytes) else {"model_path": str(model)}
    found = Interpreter(
        **source,
        experimental_op_resolver_type=resolver,
        experimental_preserve_all_tensors=preserve,
    )
    for details, array in zip(found.get_input_details(), inputs, strict=True):
        if tuple(details["shape"]) != array.shape:
            found.resize_tensor_input(details["index"], array.shape)
    found.allocate_tensors()
    for details, array in zip(found.get_input_details(), inputs, strict=True):
        found.set_tensor(details["index"], array)
    found.invoke()
    return found


def shared(name: str) -> Path:
    """A model of the shared folder; the test is skipped, and says so, where that is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"../shared/models/{name} is not there")
    return path

"""Exports, and what is put back of them: for the tests of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.weights.export import arrays
from inspector.weights.plan import Change
from inspector.weights.restore import restore
from inspector.weights.slots import Skipped
from tests.weights.constants import TYPES
from tests.written import model, subgraph, tensor, write


def exported(path: Path, **options: Any) -> dict[str, np.ndarray]:
    """The arrays of a model by key, with the scales beside them if there are; each a copy."""
    with inspector.open(path) as opened:
        found = (each for each in arrays(opened, **options) if not isinstance(each, Skipped))
        return {entry.key: np.array(array) for entry, array in found}


def put_back(
    path: Path, weights: dict[str, np.ndarray], **options: Any
) -> tuple[Path, list[Change]]:
    """The new model, beside the old one, and what changed."""
    target = path.with_name("new.tflite")
    with inspector.open(path) as opened:
        return target, restore(opened, weights, target, force=True, **options)


def one_constant(
    folder: Path, dtype: str, shape: tuple[int, ...], stored: bytes, **fields: Any
) -> Path:
    """A constant that nothing uses, `unused_0/value`."""
    tensors = [tensor("c", shape, type=TYPES[dtype], buffer=1, **fields), tensor("x")]
    return write(folder / "m.tflite", model([subgraph(tensors, inputs=[1])], [stored]))


def stored_bytes(path: Path, buffer: int = 1) -> bytes:
    """A buffer's bytes, as LiteRT's generated classes read them."""
    return bytes(schema.Model.GetRootAs(path.read_bytes(), 0).Buffers(buffer).DataAsNumpy())

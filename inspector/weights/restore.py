"""Edited arrays put back into a copy of their model, by patching the bytes of its constants.

What `export` writes is read here: each array is taken apart by the rule that gathered it, converted
to what the file stores and written over the constant's bytes, which are as many as before. Nothing
else of the file changes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

import numpy as np

from inspector.files import write_whole
from inspector.read.model import Model
from inspector.weights.digests import give_back
from inspector.weights.layouts import Layout
from inspector.weights.plan import Change, Plan
from inspector.weights.values import Values

CHUNK = 1 << 22
"""Bytes that are copied together."""


def restore(
    model: Model,
    weights: Mapping[str, np.ndarray],
    path: str | os.PathLike[str],
    layout: Layout = Layout.KERAS,
    values: Values = Values.REAL,
    *,
    keys: Iterable[str] | None = None,
    force: bool = False,
    done: Callable[[], object] = int,
) -> list[Change]:
    """Write the model to `path` with the arrays of `weights` in place of its constants.

    The keys, axis orders and types are those that `arrays(model, layout, values)` gives; arrays
    that are not given, or not among `keys`, stay as they are. `done` is called for each constant.
    Gives the constants that hold edited elements. Raises `InputError` where a key, a shape, a type
    or a value does not fit, `ModelError` where a constant cannot be read and `UnsupportedError`
    where it cannot be patched; nothing is written then.

    >>> with inspector.open("model.tflite") as model, open_weights(Path("w.npz")) as weights:
    ...     restore(model, weights, "edited.tflite")
    """
    plan = Plan(model, layout, values)
    given = [key for key in (weights if keys is None else keys) if not plan.is_beside(key, weights)]
    places = plan.places(given)
    changes = []
    with write_whole(path, force=force) as target, target.open("w+b") as file:
        copy(model, file)
        for extent, arrays in places.items():
            change, data = plan.change(extent, arrays, weights)
            if change.changed:
                file.seek(extent[0])
                file.write(data.data)
            if change.edited:
                changes.append(change)
            give_back(model.tensor_bytes(arrays[0].source.tensor))
            done()
    return changes


def copy(model: Model, file: BinaryIO) -> None:
    """Write the bytes of a model, a part at a time."""
    for start in range(0, model.size, CHUNK):
        part = model.buffer.cut(start, min(CHUNK, model.size - start))
        file.write(part)
        give_back(part)

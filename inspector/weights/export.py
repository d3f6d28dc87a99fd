"""All constants of a model as arrays in a framework's layout, one at a time, and their manifest."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from inspector.errors import InspectorError, ModelError, UnsupportedError
from inspector.files import write_whole
from inspector.graph import Graph, graph_of
from inspector.read.model import Model
from inspector.read.schema import INTEGERS, TensorType
from inspector.weights.decode import decode, dequantize, real
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout
from inspector.weights.slots import Skipped, Slot, Source, slots
from inspector.weights.writers import Format, format_of

WIDEST_STRINGS = 64
"""Strings take the width of the longest; so many times the stored bytes is too much."""

PLAIN: dict[TensorType, type[np.generic]] = {
    TensorType.BFLOAT16: np.float32,
    TensorType.FLOAT8_E4M3FN: np.float32,
    TensorType.FLOAT8_E5M2: np.float32,
    TensorType.INT4: np.int8,
    TensorType.INT2: np.int8,
    TensorType.UINT4: np.uint8,
}
"""What NumPy's files hold instead of the types that NumPy lacks; each value is kept exactly."""


class Values(enum.Enum):
    """What the arrays hold of quantised constants."""

    REAL = "dequantized"
    STORED = "raw"


@dataclass(frozen=True, slots=True)
class User:
    """An operator that takes an array; `key` is the array's name as a weight of its layer."""

    operator: str
    operator_index: int
    operand: int
    key: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One array of a weights file, and where it comes from: `tensor` is the stored constant.

    `transpose` is the permutation of the stored axes, or None; `operator` the name of the first
    operator that uses the constant, `operand` its place among the inputs, both None if none does.
    `uses` are all operators that take the array as it is. An array that is gathered from several
    constants (the gates of an LSTM) has them all in `tensors`, the first of them in `tensor`, and
    no `transpose`. `note` says what the framework's layer lacks, if it does.
    """

    key: str
    subgraph: int
    tensor: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    stored_dtype: str
    stored_shape: tuple[int, ...]
    transpose: tuple[int, ...] | None
    dequantized: bool
    operator: str | None
    operator_index: int | None
    operand: int | None
    tensors: tuple[int, ...] = ()
    uses: tuple[User, ...] = ()
    note: str = ""


@dataclass(slots=True)
class Manifest:
    """What a weights file holds, and what it does not."""

    arrays: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


Found: TypeAlias = Iterable[tuple[Entry, np.ndarray] | Skipped]


def any_name(_: str) -> bool:
    """All names are wanted."""
    return True


def arrays(
    model: Model,
    layout: Layout = Layout.KERAS,
    values: Values = Values.REAL,
    wanted: Callable[[str], object] = any_name,
) -> Iterator[tuple[Entry, np.ndarray] | Skipped]:
    """Each constant of the model as an array, made when it is asked for, with its entry.

    `wanted` is asked for the key and for the tensor's name. A constant that cannot be read is
    `Skipped`. Raises `ModelError` where the model itself is damaged.
    """
    for subgraph in model.subgraphs:
        graph = graph_of(subgraph)
        for slot in slots(subgraph, layout, graph):
            if isinstance(slot, Skipped):
                yield slot
            elif wanted(slot.key) or wanted(slot.tensor.name):
                yield filled(model, slot, values, graph)


def filled(
    model: Model, slot: Slot, values: Values, graph: Graph
) -> tuple[Entry, np.ndarray] | Skipped:
    """The array of a slot, or why there is none."""
    try:
        array = array_of(model, slot, values, graph)
    except InspectorError as error:
        return Skipped(slot.tensor.subgraph, slot.tensor.index, str(error))
    return entry(slot, array), array


def array_of(model: Model, slot: Slot, values: Values, graph: Graph) -> np.ndarray:
    """The values of a slot, in a type that NumPy's files hold. Raises `ModelError`."""
    sources = {source.operand: source for source in slot.sources}
    return gather(slot.rule, lambda operand: values_of(model, sources[operand], values, graph))


def values_of(model: Model, source: Source, values: Values, graph: Graph) -> np.ndarray:
    """The values of a stored constant, in its shape. Raises `ModelError`."""
    tensor, part = source.tensor, model.subgraphs[source.tensor.subgraph]
    found: np.ndarray | None
    if values is Values.STORED:
        found = decode(model, tensor)
    elif tensor.dtype is part.tensors[tensor.index].dtype:
        found = real(model, part, source.found, graph)
    else:  # its kernel reads it in another way than the file says
        found = dequantize(model, tensor, decode(model, tensor))
    if found is None:
        raise ModelError(f"tensor {source.found}, which is read in its place, is made by another")
    if found.dtype == object:
        return fixed_width(found)
    if found.dtype != np.float32 and tensor.dtype in PLAIN:
        return found.astype(PLAIN[tensor.dtype])
    return found


def fixed_width(strings: np.ndarray) -> np.ndarray:
    """Strings as bytes of one width, zeros at the ends, in the same shape.

    Raises `UnsupportedError` where one long string would make many short ones too long.
    """
    lengths = [len(text) for text in strings.flat]
    width = max([1, *lengths])
    if width * strings.size > WIDEST_STRINGS * (sum(lengths) + 4 * strings.size):
        raise UnsupportedError(
            f"{strings.size} strings, the longest of {width} bytes, fit no array"
        )
    return strings.astype(f"S{width}")


def entry(slot: Slot, array: np.ndarray) -> Entry:
    """What the manifest says of an array."""
    tensor, user, pieces = slot.tensor, slot.operator, slot.rule.pieces
    return Entry(
        slot.key,
        tensor.subgraph,
        tensor.index,
        tensor.name,
        dtype_name(array.dtype),
        array.shape,
        str(tensor.dtype),
        tensor.shape,
        (pieces[0].permutation or None) if len(pieces) == 1 and not pieces[0].view else None,
        tensor.dtype in INTEGERS and array.dtype == np.float32,
        user.name if user else None,
        user.index if user else None,
        slot.operand if user else None,
        tuple(source.tensor.index for source in slot.sources),
        tuple(User(u.operator.name, u.operator.index, u.operands[0], u.key) for u in slot.uses),
        slot.rule.note,
    )


def dtype_name(dtype: np.dtype[Any]) -> str:
    """NumPy's name of a type; `S12` for strings of 12 bytes."""
    return f"S{dtype.itemsize}" if dtype.kind == "S" else dtype.name


def save(found: Found, path: str | os.PathLike[str], *, force: bool = False) -> Manifest:
    """Write what `arrays` finds to a .npz or .safetensors file, whole or not at all.

    Raises `InputError` for another suffix, and when the file exists and `force` is not given.

    >>> with inspector.open("mobilenet.tflite") as model:
    ...     save(arrays(model), "weights.npz")
    """
    kind, manifest = format_of(Path(path)), Manifest()
    with write_whole(path, force=force) as target:
        kind.write(target, noted(found, manifest, kind))
    return manifest


def listing(found: Found) -> Manifest:
    """The manifest of what `arrays` finds, without a file: each array is read, and let go."""
    manifest = Manifest()
    for each in found:
        if isinstance(each, Skipped):
            manifest.skipped.append(each)
        else:
            manifest.arrays.append(each[0])
    return manifest


def noted(found: Found, manifest: Manifest, kind: Format) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays by key, for a writer of `kind`; what passes and what does not is noted."""
    for each in found:
        if isinstance(each, Skipped):
            manifest.skipped.append(each)
        elif kind.holds(each[1].dtype):
            manifest.arrays.append(each[0])
            yield each[0].key, each[1]
        else:
            reason = f"the file has no type {each[0].dtype}; write an .npz"
            manifest.skipped.append(Skipped(each[0].subgraph, each[0].tensor, reason))

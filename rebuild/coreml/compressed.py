"""The compressed constants of a file, found again among the real numbers of a converted program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import prod

import numpy as np

from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.read.schema import BITS, TensorType
from inspector.weights.layouts import Layout
from inspector.weights.parameters import SCALE, ZERO_POINT, parameters
from inspector.weights.slots import Slot, slots
from inspector.weights.values import Values, array_of

SMALLEST = 128
"""Elements below which the description of a compressed constant takes what its bytes save."""

INTEGERS = {TensorType.INT8: 8, TensorType.UINT8: 8, TensorType.INT4: 4, TensorType.UINT4: 4}
INTEGERS |= {TensorType.INT2: 4}
"""Bits in which Core ML stores the integers of a type; it has no signed ones of 2 bits."""

CELL_LAST = [0, 1, 3, 2]
"""The gates of Keras' LSTM (input, forget, cell, output) in the order that MIL's has them in."""


@dataclass(slots=True)
class Stored:
    """A constant that takes less than 32 bits an element in the file, or few of its elements.

    `real` are its values, float32. Of integers, real = scale * (integers - zero_point), all of one
    shape; `bits` is what an integer takes. Without integers it is a float16, or sparse.
    """

    key: str
    real: np.ndarray
    integers: np.ndarray | None = None
    scale: np.ndarray | None = None
    zero_point: np.ndarray | None = None
    bits: int = 16
    is_sparse: bool = False
    is_blockwise: bool = False
    uses: int = 0

    @property
    def regrouped(self) -> Stored | None:
        """The same with the last two quarters of the columns changed; None without quarters.

        So MIL's LSTM has the gates of Keras' (input, forget, cell, output): the cell's last.
        """
        if self.real.ndim != 2 or self.real.shape[1] % 4:
            return None
        columns = np.arange(self.real.shape[1]).reshape(4, -1)[CELL_LAST].ravel()
        return self._moved(lambda array: array[:, columns])

    @property
    def negated(self) -> Stored | None:
        """The same with other signs, as Keras' PReLU has it; None where its integers have none."""
        if self.integers is None or self.zero_point is None:
            return None
        other = 2 * self.zero_point.astype(np.int32) - self.integers
        limits = np.iinfo(self.integers.dtype) if self.bits == 8 else None
        if limits is None or other.min() < limits.min or other.max() > limits.max:
            return None
        return replace(self, real=-self.real, integers=other.astype(self.integers.dtype))

    def arranged(self, order: Sequence[int], shape: Sequence[int]) -> Stored:
        """The same with its axes in another order, and then in another shape."""
        return self._moved(lambda array: array.transpose(order).reshape(shape))

    def _moved(self, move: Callable[[np.ndarray], np.ndarray]) -> Stored:
        """The same with the elements of all that it has at other places."""

        def moved(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else move(array)

        return replace(
            self,
            real=move(self.real),
            integers=moved(self.integers),
            scale=moved(self.scale),
            zero_point=moved(self.zero_point),
        )


@dataclass(slots=True)
class StoredConstants:
    """All of a model, by what does not change when their elements are moved.

    `by_mark` has pairs: a constant, and itself as it is or with other signs.
    """

    by_mark: dict[tuple[int, int], list[tuple[Stored, Stored]]] = field(default_factory=dict)
    all: list[Stored] = field(default_factory=list)

    def add(self, stored: Stored, dtype: type[np.floating]) -> None:
        """Put in a constant that a program may have as numbers of `dtype`."""
        self.all.append(stored)
        for form in filter(None, (stored, stored.negated)):
            self.by_mark.setdefault(mark(form.real.astype(dtype)), []).append((stored, form))

    def find(self, value: np.ndarray) -> Stored | None:
        """The constant whose values these are, float16 or float32, arranged as they are."""
        for stored, found in self.by_mark.get(mark(value), ()):
            for form in filter(None, (found, found.regrouped)):
                for order in orders(form.real.shape):
                    if same(form.real.transpose(order), value):
                        stored.uses += 1
                        return form.arranged(order, value.shape)
        return None

    @property
    def need_blocks(self) -> bool:
        """Whether Core ML can hold some only from iOS 18 on: 4 bits, or scales for blocks."""
        return any(each.bits == 4 or each.is_blockwise for each in self.all)

    @property
    def lost(self) -> list[Stored]:
        """Those that were never found; not zeros, which coremltools leaves out as a bias."""
        return [each for each in self.all if not each.uses and each.real.any()]


def stored_constants(model: Model, dtype: type[np.floating]) -> StoredConstants:
    """The compressed constants of a model, marked as they are in a program of type `dtype`."""
    found = StoredConstants()
    for part in model.subgraphs:
        graph = graph_of(part)
        for slot in slots(part, Layout.KERAS, graph):
            if isinstance(slot, Slot) and prod(slot.tensor.shape) >= SMALLEST:
                made = compressed(model, slot)
                if made is not None:
                    found.add(made, dtype)
    return found


def compressed(model: Model, slot: Slot) -> Stored | None:
    """A constant as it is compressed; None where it is not."""
    graph = graph_of(model.subgraphs[slot.tensor.subgraph])
    kinds = {source.tensor.dtype for source in slot.sources}
    is_sparse = any(source.tensor.sparsity is not None for source in slot.sources)
    beside = parameters(model, slot, graph) if kinds <= INTEGERS.keys() else {}
    if not beside and not is_sparse and kinds != {TensorType.FLOAT16}:
        return None
    real = array_of(model, slot, Values.REAL, graph).astype(np.float32)
    if not beside:
        return Stored(slot.key, real, bits=max(BITS[k] for k in kinds), is_sparse=is_sparse)
    integers = array_of(model, slot, Values.STORED, graph)
    scale, zero = (spread(beside[slot.key + each], real.shape) for each in (SCALE, ZERO_POINT))
    bits = max(INTEGERS[kind] for kind in kinds)
    shape = beside[slot.key + SCALE].shape
    is_blockwise = any(1 < n < size for n, size in zip(shape, real.shape, strict=True))
    return Stored(slot.key, real, integers, scale, zero, bits, is_blockwise=is_blockwise)


def spread(grid: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """One number for each element, of a grid whose numbers serve blocks of neighbours."""
    for axis, size in enumerate(shape):
        if 1 < grid.shape[axis] < size:
            grid = np.repeat(grid, size // grid.shape[axis], axis)
    return np.broadcast_to(grid, shape)


def mark(value: np.ndarray) -> tuple[int, int]:
    """The number of elements and the sum of their bits, in whatever order they are."""
    bits = np.ascontiguousarray(value).view(np.uint16 if value.dtype.itemsize == 2 else np.uint32)
    return value.size, int(bits.sum(dtype=np.uint64))


def orders(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The orders of axes that differ in what is moved: axes of size 1 stay at the front."""
    wide = [axis for axis, size in enumerate(shape) if size > 1]
    thin = [axis for axis, size in enumerate(shape) if size <= 1]
    return ((*thin, *order) for order in permutations(wide))


def same(moved: np.ndarray, value: np.ndarray) -> bool:
    """Whether the elements are the same in the same order; the first ones tell most apart."""
    few = 64
    first = np.array([moved[place] for place in places(moved.shape, few)], np.float32)
    if not np.array_equal(first.astype(value.dtype), value.ravel()[:few]):
        return False
    return np.array_equal(moved.astype(value.dtype).ravel(), value.ravel())


def places(shape: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """The first places of an array, in order."""
    for number in range(min(count, prod(shape))):
        yield tuple(int(index) for index in np.unravel_index(number, shape))

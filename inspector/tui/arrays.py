"""Arrays of any rank, looked at two axes at a time. Only what is looked at is read.

A `Source` is where the numbers are: a constant of the file, or an array in memory or on disk. A
`Sheet` is how one looks at it: which axis goes down, which across, and the index of each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Protocol, TypeAlias

import numpy as np

from inspector.errors import InputError, UnsupportedError
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.run.grid import steps
from inspector.tui.pictures.heat import furthest
from inspector.weights.decode import decode, dequantize

Index: TypeAlias = tuple[int | slice, ...]

AT_ONCE = 1 << 20
"""Elements that are read at a time."""
READ = 1 << 25
"""Elements of a slice that are read to draw it; of a larger one only some rows are."""
WHOLE = 1 << 24
"""Elements of a constant that has to be unpacked whole (sparse, packed, in blocks) to be seen."""


class Source(Protocol):
    """Numbers of some shape, a part of which can be had."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""

    def part(self, index: Index) -> np.ndarray:
        """What NumPy's indexing gives. Raises an `InspectorError` where it cannot be read."""


def numbers(values: np.ndarray) -> np.ndarray:
    """Values as NumPy's own real numbers, complex ones by their magnitude.

    Raises `UnsupportedError` for texts.
    """
    if values.dtype.kind in "OSU":
        raise UnsupportedError("its elements are texts, of which there is no picture")
    if values.dtype.kind == "c":
        values = np.abs(values)
    return values if values.dtype.kind in "iuf" else values.astype(np.float64)


class Held:
    """An array that is there, or mapped from a file."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return self.array.shape

    def part(self, index: Index) -> np.ndarray:
        """What NumPy's indexing gives."""
        return np.asarray(self.array[index])


class Stored:
    """A constant of the file: as it is stored, or (`real`) the real numbers of its integers."""

    def __init__(self, model: Model, tensor: Tensor, *, real: bool) -> None:
        self.model, self.tensor, self.real = model, tensor, real
        self._unpacked: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return self.tensor.shape

    def part(self, index: Index) -> np.ndarray:
        """What NumPy's indexing gives. Raises an `InspectorError` where it cannot be read."""
        if self._unpacked is None and self._is_plain():
            values = self.model.data(self.tensor)[index]
            return self._scaled(values, index) if self._has_scales() else np.asarray(values)
        return np.asarray(self._whole()[index])

    def _is_plain(self) -> bool:
        """Whether its numbers lie in the file as they are, with scales of its own if any."""
        data, quantization = self.model.data(self.tensor), self.tensor.quantization
        same = data.shape == self.tensor.shape and data.dtype == numpy_dtype(self.tensor.dtype)
        if self.tensor.sparsity is not None or not same:
            return False
        return not self._has_scales() or bool(quantization and quantization.scale)

    def _has_scales(self) -> bool:
        return self.real and self.tensor.is_quantized

    def _scaled(self, values: np.ndarray, index: Index) -> np.ndarray:
        """Integers of a part as real numbers, by the scales of that part."""
        scale, zero_point = (
            np.broadcast_to(each, self.shape)[index] for each in steps(self.tensor, self.shape)
        )
        found: np.ndarray = (values.astype(np.float64) - zero_point) * scale
        return found.astype(np.float32)

    def _whole(self) -> np.ndarray:
        """All values, unpacked once."""
        if self._unpacked is None:
            if abs(self.tensor.elements) > WHOLE:
                raise UnsupportedError(
                    f"its {self.tensor.elements:,} packed elements are too many to look at; "
                    "export them with tfli weights"
                )
            values = decode(self.model, self.tensor)
            scaled = self._has_scales()
            self._unpacked = dequantize(self.model, self.tensor, values) if scaled else values
        return self._unpacked


class Sheet:
    """Two axes of a source laid out as rows and columns, the others at an index each.

    A source of rank 0 or 1 is one row.
    """

    def __init__(self, source: Source, names: str = "") -> None:
        self.source = source
        self.rank = len(source.shape)
        self.names = names if len(names) == self.rank else ""
        self.rows, self.columns = (self.rank - 2, self.rank - 1) if self.rank > 1 else (-1, 0)
        self.at = [0] * self.rank

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        shape = self.source.shape
        if self.rank == 0:
            return 1, 1
        return (shape[self.rows] if self.rows >= 0 else 1), shape[self.columns]

    @property
    def others(self) -> list[int]:
        """The axes that are at an index."""
        return [axis for axis in range(self.rank) if axis not in (self.rows, self.columns)]

    def name(self, axis: int) -> str:
        """What an axis is called."""
        return self.names[axis] if self.names else f"axis {axis}"

    def step(self, place: int, by: int) -> None:
        """Go on along one of the `others`, round at its end; 2 stands for the third and all after.

        Those are gone through as the digits of a number are.
        """
        axes = self.others[place : place + 1] if place < 2 else self.others[place:]
        sizes = [max(self.source.shape[axis], 1) for axis in axes]
        if axes:
            here = int(np.ravel_multi_index([self.at[axis] for axis in axes], sizes))
            there = np.unravel_index((here + by) % math.prod(sizes), sizes)
            for axis, index in zip(axes, there, strict=True):
                self.at[axis] = int(index)

    def choose(self, rows: int, columns: int) -> None:
        """Lay out two other axes."""
        self.rows, self.columns = rows, columns

    def axes_named(self, text: str) -> tuple[int, int]:
        """Two axes, by their letters or numbers: `H W`, `0 3`. Raises `InputError`."""
        words = text.replace(",", " ").split()
        known = {letter.upper(): axis for axis, letter in enumerate(self.names)}
        known |= {str(axis): axis for axis in range(self.rank)}  # 1HWO has a letter that is a digit
        found = [known.get(word.upper(), -1) for word in words]
        if len(found) != 2 or -1 in found or found[0] == found[1]:
            raise InputError(f"{text!r} is not two different axes of {self.rank}, as 0 1 is")
        return found[0], found[1]

    def turn(self) -> None:
        """Lay out the next pair of axes, of those that have several indices if there are two."""
        several = [axis for axis, size in enumerate(self.source.shape) if size > 1]
        pairs = [*combinations(several if len(several) > 1 else range(self.rank), 2)]
        if pairs:
            here = tuple(sorted((self.rows, self.columns)))
            at = pairs.index(here) if here in pairs else -1
            self.choose(*pairs[(at + 1) % len(pairs)])

    def window(self, rows: slice, columns: slice) -> np.ndarray:
        """A part of the matrix, (R, C). Raises as `Source.part`."""
        if self.rank == 0:
            return self.source.part(()).reshape(1, 1)
        index: list[int | slice] = list(self.at)
        index[self.columns] = columns
        if self.rows < 0:
            return self.source.part(tuple(index)).reshape(1, -1)
        index[self.rows] = rows
        found = self.source.part(tuple(index))
        return found.T if self.rows > self.columns else found

    def fitted(self, rows: int, columns: int) -> np.ndarray:
        """The whole matrix in at most so many rows and columns, as `reduced`."""
        down, across = (
            max(1, -(-size // most)) for size, most in zip(self.size, (rows, columns), strict=True)
        )
        return self.reduced(slice(None), slice(None), down, across)

    def reduced(self, rows: slice, columns: slice, down: int, across: int) -> np.ndarray:
        """A part of the matrix, each `down` x `across` numbers of it as one, float64.

        That is the one furthest from zero. It is read in stripes of about `AT_ONCE` elements; of
        more than `READ` elements, only some of the rows that become one are read.
        """
        high, wide = (
            len(range(*part.indices(size)))
            for part, size in zip((rows, columns), self.size, strict=True)
        )
        every = math.gcd(down, 1 << (high * wide // READ).bit_length())
        pieces = [
            furthest(furthest(piece, 1, across), 0, down // every)
            for piece in self.stripes(rows, columns, down // every, every)
        ]
        return np.concatenate(pieces) if pieces else np.zeros((0, 0))

    def stripes(
        self, rows: slice, columns: slice, together: int = 1, every: int = 1
    ) -> Iterator[np.ndarray]:
        """A part of the matrix as numbers, `together` rows or a multiple of them at a time.

        One of `every` so many rows is read.
        """
        first, last, _ = rows.indices(self.size[0])
        left, right, _ = columns.indices(self.size[1])
        most = AT_ONCE // max(1, right - left) // together
        height = max(1, most) * together * every
        for top in range(first, last, height):
            some = slice(top, min(top + height, last), every)
            yield numbers(self.window(some, slice(left, right)))

    def place(self, row: int, column: int) -> tuple[int, ...]:
        """The index in the source of a place in the matrix."""
        found = list(self.at)
        if self.rank:
            found[self.columns] = column
        if self.rows >= 0:
            found[self.rows] = row
        return tuple(found)

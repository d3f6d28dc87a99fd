"""Lazy sequences: records are made when they are asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from inspector.errors import ModelError

Record = TypeVar("Record")


class Records(Sequence[Record], Generic[Record]):
    """Records made at first use and kept; `make` says what a damaged one was."""

    __slots__ = ("_made", "_make", "_what")

    def __init__(self, count: int, make: Callable[[int], Record], what: str) -> None:
        self._made: list[Record | None] = [None] * count
        self._make = make
        self._what = what

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self._made)))]
        record = self._made[index]
        if record is None:
            index %= len(self._made)
            try:
                record = self._made[index] = self._make(index)
            except ModelError as error:
                raise ModelError(f"{self._what} {index}: {error}") from None
        return record

    def __iter__(self) -> Iterator[Record]:
        for index, record in enumerate(self._made):
            yield self[index] if record is None else record

    def __repr__(self) -> str:
        from inspector.read.display import records_lines

        return records_lines(self, self._what)

    def _repr_html_(self) -> str:
        from inspector.read.html import records_html

        return records_html(self, self._what)

"""Which of a model's constants given arrays hold values of, and what is written over each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from inspector.errors import InputError, InspectorError, ModelError, UnsupportedError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.read.schema import INTEGERS
from inspector.weights.decode import decode
from inspector.weights.edits import Claim, Edit, combine, differ, edit
from inspector.weights.encode import fold
from inspector.weights.given import Place, check_keys, held, taken_apart
from inspector.weights.layouts import Layout
from inspector.weights.parameters import SCALE, ZERO_POINT, parameters
from inspector.weights.slots import Skipped, Slot, slots
from inspector.weights.values import Values, scales_of, values_of

Extent: TypeAlias = tuple[int, int]
"""Byte offset and length in the file."""

OUTSIDE = -1
"""The length of the extent of a constant that lies in another file."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a stored constant that the `keys` hold values of.

    Of its `elements`, `edited` were given otherwise than exported and `changed` are stored
    otherwise now; `clamped` and `largest_error` are those of `Edit`. `others` are keys that were
    not given and hold the same bytes: they change with it.
    """

    keys: tuple[str, ...]
    subgraph: int
    tensor: int
    name: str
    stored_dtype: str
    elements: int
    edited: int
    changed: int
    clamped: int
    largest_error: float
    others: tuple[str, ...]


class Plan:
    """Which arrays a model has, where they lie, and how they are put back."""

    def __init__(self, model: Model, layout: Layout, values: Values) -> None:
        self.model, self.layout, self.values = model, layout, values
        self.graphs = [graph_of(part) for part in model.subgraphs]
        self.slots: dict[str, Slot] = {}
        self.holders: dict[Extent, list[Slot]] = {}
        for part, graph in zip(model.subgraphs, self.graphs, strict=True):
            for slot in slots(part, layout, graph):
                if not isinstance(slot, Skipped):
                    self.note(slot)
        self.scales = {
            (tensor.subgraph, index)
            for part in model.subgraphs
            for tensor in part.tensors
            if tensor.quantization and not tensor.quantization.scale
            for index in (tensor.quantization.scales, tensor.quantization.zero_points)
        }
        self.overlapping = overlapping(self.holders)

    def note(self, slot: Slot) -> None:
        """Know a slot by its key, and by those that its array would have at its other users."""
        for key in (slot.key, *(use.key for use in slot.uses)):
            self.slots.setdefault(key, slot)
        for source in slot.sources:
            self.holders.setdefault(self.extent(source.tensor), []).append(slot)

    def extent(self, tensor: Tensor) -> Extent:
        """Where a constant lies."""
        if tensor.external_buffer:
            return tensor.external_buffer, OUTSIDE
        return self.model.buffer_extent(tensor.buffer)

    def is_beside(self, key: str, weights: Mapping[str, np.ndarray]) -> bool:
        """Whether a key is that of the scales or zero points beside an array of integers.

        Raises `InputError` where they are not the file's own, which are not written.
        """
        slot = self.slots.get(key.removesuffix(SCALE).removesuffix(ZERO_POINT))
        if key in self.slots or slot is None or self.values is Values.REAL:
            return False
        own = parameters(self.model, slot, self.graphs[slot.tensor.subgraph]).get(key)
        if own is not None and not np.array_equal(own, weights[key], equal_nan=True):
            raise InputError(f"{key}: the file keeps its own; put back what was exported, or none")
        return own is not None

    def places(self, given: Sequence[str]) -> dict[Extent, list[Place]]:
        """The constants that the given keys hold values of, in file order. Raises `InputError`."""
        check_keys(given, self.slots, self.layout.value)
        found: dict[Extent, list[Place]] = {}
        for key in given:
            for source in self.slots[key].sources:
                place = Place(key, self.slots[key], source)
                found.setdefault(self.extent(source.tensor), []).append(place)
        return dict(sorted(found.items()))

    def change(
        self, extent: Extent, places: list[Place], weights: Mapping[str, np.ndarray]
    ) -> tuple[Change, np.ndarray]:
        """What is done to the constant at `extent`, and its new bytes; none if it stays."""
        tensor, keys = places[0].source.tensor, tuple(dict.fromkeys(each.key for each in places))
        data, changed = np.empty(0, np.uint8), 0
        old = decode(self.model, tensor)
        found = self.edit(old, places, weights)
        if found.edited:
            changed = int(differ(old, found.values).sum())
        if changed:
            with naming(*keys):
                self.check_writable(extent, tensor)
                for place in places:
                    if place.source.fixed:
                        raise UnsupportedError(place.source.fixed)
                data = fold(tensor, found.values)
        given = {id(place.slot) for place in places}
        others = [slot.key for slot in self.holders[extent] if id(slot) not in given]
        return Change(
            *(keys, tensor.subgraph, tensor.index, tensor.name, str(tensor.dtype), old.size),
            *(found.edited, changed, found.clamped, found.largest_error),
            tuple(dict.fromkeys(others)),
        ), data

    def edit(self, old: np.ndarray, places: list[Place], weights: Mapping[str, np.ndarray]) -> Edit:
        """The edit of a constant that holds `old`, of all arrays that hold values of it."""
        if len(places) == 1:
            return self.wanted(places[0], old, weights)
        if len({stored_as(place.source.tensor) for place in places}) > 1:
            alone = (
                self.wanted(place, decode(self.model, place.source.tensor), weights).edited
                for place in places
            )
            if any(alone):
                with naming(*dict.fromkeys(place.key for place in places)):
                    raise UnsupportedError("the same bytes of the file, as different types")
            return Edit(old)
        return combine(
            old,
            (
                Claim(
                    place.key,
                    self.wanted(place, old.reshape(place.source.tensor.shape), weights),
                    held(place, place.source.tensor.shape),
                )
                for place in places
            ),
        )

    def wanted(self, place: Place, old: np.ndarray, weights: Mapping[str, np.ndarray]) -> Edit:
        """The edit that one array asks for of a constant that holds `old`."""
        source = place.source
        graph, given = self.graphs[source.tensor.subgraph], weights[place.key]
        with naming(place.key):
            exported = values_of(self.model, source, self.values, graph).reshape(old.shape)
            before, after = taken_apart(place, given, exported)
            real = self.values is Values.REAL and source.tensor.dtype in INTEGERS
            scales = scales_of(self.model, source, graph) if real else None
            return edit(old, before, after, scales)

    def check_writable(self, extent: Extent, tensor: Tensor) -> None:
        """Raise unless the bytes of a constant can be written over and stand for it alone."""
        if extent[1] == OUTSIDE:
            raise UnsupportedError("its values lie in another file, which is not written")
        if extent in self.overlapping:
            raise ModelError(
                f"its bytes, {extent[0]} to {sum(extent)}, are partly another's as well"
            )
        if self.values is Values.REAL and (tensor.subgraph, tensor.index) in self.scales:
            raise InputError(
                "it holds the scales or zero points of another constant, which is quantised with "
                "those of the file; edit the integers and them with --raw"
            )


@contextmanager
def naming(*keys: str) -> Iterator[None]:
    """Put the keys before the words of an error."""
    try:
        yield
    except InspectorError as error:
        raise type(error)(f"{' and '.join(keys)}: {error}") from None


def overlapping(extents: Iterable[Extent]) -> set[Extent]:
    """The extents that have bytes in common with another."""
    found, widest = set(), (0, 0)
    for extent in sorted(extent for extent in extents if extent[1] != OUTSIDE):
        if extent[0] < sum(widest):
            found |= {extent, widest}
        widest = max(widest, extent, key=sum)
    return found


def stored_as(tensor: Tensor) -> tuple[object, ...]:
    """What two tensors on the same bytes must have in common to hold the same elements."""
    return tensor.dtype, tensor.elements, tensor.sparsity and tensor.shape

"""An array that a user gave: checked against the one that an export holds, and taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np

from inspector.errors import InputError
from inspector.weights.gather import gather, scatter
from inspector.weights.slots import Slot, Source


class Place(NamedTuple):
    """An array that was given, by its key, and one of the constants that it holds values of."""

    key: str
    slot: Slot
    source: Source


def check_keys(given: Sequence[str], known: Mapping[str, Slot], layout: str) -> None:
    """Raise `InputError` where a key is none of the model's."""
    unknown = [key for key in given if key not in known]
    if not unknown:
        return
    first, near = unknown[0], get_close_matches(unknown[0], known, 1)
    if len(unknown) == len(given):
        raise InputError(
            f"the model has none of the arrays that are given, such as {first!r}, in the layout "
            f"{layout}; are they of another model, or of another --layout?"
        )
    more = f" nor {len(unknown) - 1} others of those given" if len(unknown) > 1 else ""
    hint = f"is it {near[0]!r}?" if near else "leave out what is not the model's"
    raise InputError(f"the model has no array {first!r}{more} in the layout {layout}; {hint}")


def taken_apart(
    place: Place, given: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(`before` in the type of `given`, the same with what the array holds in place of it).

    `before` are the constant's values as exported, in its shape. Raises `InputError` where the
    type or the shape of `given` is another than the export's.
    """
    shape = shape_of(place.slot)
    if given.shape != shape and not (given.size == 1 and set(shape) <= {1}):
        raise InputError(f"it has shape {list(given.shape)}, and should have {list(shape)}")
    with np.errstate(over="ignore"):  # as the export, to infinity
        before = np.asarray(before, comparable(given.dtype, before.dtype), order="C")
    if place.slot.rule.zeros:
        if np.any(given):
            raise InputError(
                "the model has nothing that could hold it; leave it 0, or leave it out"
            )
        return before, before
    return before, scattered(place, given.reshape(shape), before.copy())


def held(place: Place, shape: tuple[int, ...]) -> np.ndarray:
    """Which elements of the constant, in its `shape`, the array holds."""
    found = np.zeros(shape, bool)
    if place.slot.rule.zeros:
        return found
    return scattered(place, np.ones(shape_of(place.slot), bool), found)


def scattered(place: Place, given: np.ndarray, into: np.ndarray) -> np.ndarray:
    """The array put into one of its constants; what goes to the others is let go."""
    targets = {
        source.operand: np.empty(source.tensor.shape, into.dtype) for source in place.slot.sources
    }
    targets[place.source.operand] = into
    scatter(place.slot.rule, given, targets)
    return into


def shape_of(slot: Slot) -> tuple[int, ...]:
    """The shape of the array of a slot."""
    blank = np.uint8(0)
    shapes = {source.operand: source.tensor.shape for source in slot.sources}
    found = gather(slot.rule, lambda operand: np.broadcast_to(blank, shapes[operand]))
    return tuple(found.shape)


def is_float(dtype: np.dtype[Any]) -> bool:
    """Whether a type holds real numbers in at most 64 bits; `ml_dtypes`' count, by their names."""
    own = dtype.kind == "f" and dtype.itemsize <= 8
    return own or dtype.name.startswith(("bfloat16", "float8"))


def comparable(given: np.dtype[Any], exported: np.dtype[Any]) -> np.dtype[Any]:
    """The type of `given`, if its values can stand for those that are exported as `exported`.

    Real numbers may be floats of any width, strings of any length; all else is as exported.
    """
    if given == exported or (exported.kind == "f" and is_float(given)):
        return given
    if exported.kind == given.kind == "S":
        return given
    hint = ""
    if "f" in (exported.kind, given.kind) and {exported.kind, given.kind} & {"i", "u"}:
        asked = "--raw" if exported.kind == "f" else "--dequantize"
        hint = f"; what was exported with {asked} is put back with {asked}"
    raise InputError(f"it is {given}, and should be {exported}{hint}")

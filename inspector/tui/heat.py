"""A value of any rank drawn into so many characters: a heat map with its legend, or a picture."""

from __future__ import annotations

import numpy as np

from inspector.tui.arrays import Index, Sheet, Source, numbers
from inspector.tui.pictures.colours import Dab, Scale, scale_of
from inspector.tui.pictures.heat import half_blocks, legend
from inspector.tui.pictures.tiles import enlarged
from inspector.tui.scaling import Room
from inspector.tui.slice_pictures import painted, shades

Rows = list[list[Dab]]
LARGEST = 8
"""Pixels that a number is at most high and wide."""


def drawn(
    source: Source,
    room: Room,
    *,
    at: tuple[int, ...] = (),
    scale: Scale | None = None,
    picture: bool = False,
) -> Rows:
    """The two largest axes of a value in at most a room, and a legend under it.

    The other axes are at the index `at`, else at 0. `picture` shows the last three axes instead,
    H x W x 1 or 3. Raises an `InspectorError` for elements that are no numbers.
    """
    if 0 in source.shape:
        return [[Dab("it has no elements")]]
    if picture and room.colours:
        return pictured(source, at, room)
    values = sheet_of(source, at).fitted(room.rows, room.width)
    scale = scale or scale_of(values)
    below = legend(scale, room.width) if room.colours else [Dab(shades(scale))]
    return [*painted(filling(values, room), scale, room), below]


def sheet_of(source: Source, at: tuple[int, ...]) -> Sheet:
    """The two largest axes of a source, the others at an index; one row for a vector."""
    sheet = Sheet(source)
    if sheet.rank > 1:
        largest = sorted(range(sheet.rank), key=lambda axis: -source.shape[axis])[:2]
        sheet.choose(*sorted(largest))
    if len(at) == sheet.rank:
        sheet.at = list(at)
    return sheet


def slice_text(source: Source, at: tuple[int, ...]) -> str:
    """Which slice is drawn, as NumPy writes it: `[0, :, :, 9]`; nothing where all of it is."""
    sheet = sheet_of(source, at)
    texts = [str(sheet.at[axis]) if axis in sheet.others else ":" for axis in range(sheet.rank)]
    return f"[{', '.join(texts)}]" if sheet.others else ""


def filling(pixels: np.ndarray, room: Room) -> np.ndarray:
    """Pixels (R, C, ...) enlarged as far as there is room."""
    rows, columns = pixels.shape[:2]
    return enlarged(pixels, max(1, min(room.rows // rows, room.width // columns, LARGEST)))


def pictured(source: Source, at: tuple[int, ...], room: Room) -> Rows:
    """The last three axes as a picture, its numbers spread from black to white."""
    leading = at[:-3] if len(at) == len(source.shape) else (0,) * (len(source.shape) - 3)
    high, wide = source.shape[-3:-1]
    step = max(1, -(-wide // room.width), -(-high // room.rows))
    coarse = slice(None, None, step)
    index: Index = (*leading, coarse, coarse, slice(None))
    image = numbers(source.part(index))
    low, most = scale_of(image)[:2]
    finite = np.nan_to_num(image, nan=low, posinf=most, neginf=low)
    whole = np.rint((finite - low) / ((most - low) or 1) * 255).astype(np.uint8)
    coloured = np.broadcast_to(whole, (*whole.shape[:2], 3))
    return list(half_blocks(filling(coloured, room)))

"""A value of any rank drawn into so many characters: a heat map with its legend, or a picture."""

from __future__ import annotations

import numpy as np

from inspector.tui.arrays import Index, Sheet, Source, numbers
from inspector.tui.pictures.colours import Dab, Scale, scale_of
from inspector.tui.pictures.heat import half_blocks, heat, legend, shaded

Rows = list[list[Dab]]


def drawn(
    source: Source,
    room: tuple[int, int],
    *,
    at: tuple[int, ...] = (),
    scale: Scale | None = None,
    picture: bool = False,
    colours: bool = True,
) -> Rows:
    """The two largest axes of a value in at most `room` columns and lines, and a legend under it.

    The other axes are at the index `at`, else at 0. `picture` shows the last three axes instead,
    H x W x 1 or 3. Raises an `InspectorError` for elements that are no numbers.
    """
    if 0 in source.shape:
        return [[Dab("it has no elements")]]
    width, height = room
    if picture and colours:
        return pictured(source, at, (width, height))
    values = fitted(sheet_of(source, at), (width, 2 * height if colours else height))
    scale = scale or scale_of(values)
    if colours:
        return [*heat(values, scale), legend(scale, width)]
    ends = f"{scale.low:.3g} … {scale.high:.3g}"
    return [*([Dab(row)] for row in shaded(values, scale)), [Dab(ends)]]


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


def fitted(sheet: Sheet, room: tuple[int, int]) -> np.ndarray:
    """The matrix in at most so many columns and rows; where it is much smaller, enlarged."""
    columns, rows = room
    down, across = (
        -(-size // most) for size, most in zip(sheet.size, (rows, columns), strict=True)
    )
    values = sheet.reduced(slice(None), slice(None), max(1, down), max(1, across))
    times = max(1, min(columns // values.shape[1], rows // values.shape[0], 8))
    return values.repeat(times, 0).repeat(times, 1)


def pictured(source: Source, at: tuple[int, ...], room: tuple[int, int]) -> Rows:
    """The last three axes as a picture, its numbers spread from black to white."""
    width, height = room
    leading = at[:-3] if len(at) == len(source.shape) else (0,) * (len(source.shape) - 3)
    high, wide = source.shape[-3:-1]
    step = max(1, -(-wide // width), -(-high // (2 * height)))
    coarse = slice(None, None, step)
    index: Index = (*leading, coarse, coarse, slice(None))
    image = numbers(source.part(index))
    low, most = scale_of(image)[:2]
    finite = np.nan_to_num(image, nan=low, posinf=most, neginf=low)
    whole = np.rint((finite - low) / ((most - low) or 1) * 255).astype(np.uint8)
    times = max(1, min(width // whole.shape[1], 2 * height // whole.shape[0], 8))
    coloured = np.broadcast_to(whole, (*whole.shape[:2], 3)).repeat(times, 0).repeat(times, 1)
    return list(half_blocks(coloured))

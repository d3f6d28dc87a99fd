"""A slice of an array as lines of coloured text: a heat map, tiles or numbers, with a legend.

It reads the numbers that are seen, and once all of a slice for the scale of its colours, in parts;
call it in a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from inspector.report.text import cut
from inspector.tui import columns
from inspector.tui.arrays import numbers
from inspector.tui.census import Census, Seen, every
from inspector.tui.numerals import short_value, value_text
from inspector.tui.pictures.colours import Colour, Dab, Scale, colours
from inspector.tui.pictures.heat import half_blocks, legend, shaded
from inspector.tui.pictures.tiles import GAP, enlarged, tiled
from inspector.tui.scaling import Room
from inspector.tui.slices import NUMBER, Look, View

GUTTER = 7
"""Columns on the left for the indices of rows."""
CURSOR = "┼"
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
LINES, COLUMNS = 3, 8
"""Characters from one index on the left to the next, and from one above."""

Piece: TypeAlias = Dab | columns.Span
Lines: TypeAlias = list[list[Piece]]


@dataclass
class Drawing:
    """What a slice looks like: a line of indices over the picture, the picture, what it says."""

    heading: list[Piece] = field(default_factory=list)
    picture: Lines = field(default_factory=list)
    legend: list[Piece] = field(default_factory=list)
    value: str = ""


def drawn(look: Look, seen: Seen) -> Drawing:
    """Draw what is seen of a look, which fits its room. Raises an `InspectorError` where it cannot.

    `seen` keeps what has been read, from one call to the next.
    """
    if look.is_empty:
        return Drawing(picture=[[columns.Span(" it has no elements", "dim")]])
    if look.shown is View.NUMBERS:
        found = table(look)
    else:
        census = seen.census(look)
        is_tiled = look.shown is View.TILES
        found = tiles(look, census.scale) if is_tiled else heat_map(look, census.scale, seen)
        found.legend = [*legend_line(census, look.room, every(look))]
    found.value = value_text(look.sheet.source.part(look.place))
    return found


def heat_map(look: Look, scale: Scale, seen: Seen) -> Drawing:
    """The sheet as a heat map, with indices above and on the left."""
    down, across = look.spans
    small = seen.reduced(look)
    picture = small.repeat(down.times, 0).repeat(across.times, 1)
    picture = picture[: look.room.rows, : look.room.width]
    per_line = 2 if look.room.colours else 1
    here = down.pixel(look.row) // per_line
    lines = with_cursor(painted(picture, scale, look.room), here, across.pixel(look.column))
    marked = [k for k in down.ticks(LINES * per_line).values() if k != look.row]
    labels = {down.pixel(k) // per_line: str(k) for k in marked}
    labels = {y: label for y, label in labels.items() if abs(y - here) >= LINES - 1}
    heads = ((x, str(k)) for x, k in across.ticks(COLUMNS).items())
    return Drawing(ruler(heads), gutter(lines, labels | {here: str(look.row)}, here))


def tiles(look: Look, scale: Scale) -> Drawing:
    """The tiles that are seen, each number a square, with the first index of each row of them."""
    first, rows = look.top * look.across, look.tile_rows
    shown = numbers(look.stack(first, first + rows * look.across))
    times = 1 << look.tile_zoom
    larger = np.stack([enlarged(tile, times) for tile in shown])
    sheet, inside = tiled(larger, max(look.room.width, larger.shape[2]))
    sheet, inside = (each[: look.room.rows, : look.room.width] for each in (sheet, inside))
    high, wide = (size * times + GAP for size in look.sheet.size)
    tile_row, tile_column = divmod(look.sheet.at[look.tile_axis] - first, look.across)
    per_line = 2 if look.room.colours else 1
    y = (tile_row * high + look.row * times + times // 2) // per_line
    x = tile_column * wide + look.column * times + times // 2
    lines = with_cursor(painted(sheet, scale, look.room, inside), y, x)
    labels = {
        row * high // per_line: str(first + row * look.across)
        for row in range(-(-len(shown) // look.across))
    }
    heads = [(k * wide, f"+{k}") for k in range(0, look.across, -(-5 // wide))]
    return Drawing(ruler(heads), gutter(lines, labels, -1))


def table(look: Look) -> Drawing:
    """The numbers themselves, in columns."""
    rows, across = look.seen
    part = look.sheet.window(slice(look.top, look.top + rows), slice(look.left, look.left + across))
    heads = [f"{look.left + k:>{NUMBER}}" for k in range(part.shape[1])]
    here = look.column - look.left
    heading: list[Piece] = [columns.Span(" " * GUTTER)]
    heading += [
        columns.Span(text, "accent" if k == here else "heading") for k, text in enumerate(heads)
    ]
    lines: Lines = []
    for number, row in enumerate(part, start=look.top):
        line: list[Piece] = []
        for k, value in enumerate(row):
            text, style = short_value(value)
            is_here = number == look.row and k == here
            line.append(columns.Span(" "))
            line.append(columns.Span(f"{text:>{NUMBER - 1}}", "cursor" if is_here else style))
        lines.append(line)
    labels = {line: str(look.top + line) for line in range(len(lines))}
    return Drawing(heading, gutter(lines, labels, look.row - look.top))


def painted(
    values: np.ndarray, scale: Scale, room: Room, inside: np.ndarray | None = None
) -> list[list[Dab]]:
    """Pixels (R, C) as half blocks, or as shades where there are no colours.

    Nothing is drawn where `inside` (R, C) is false.
    """
    if inside is None:
        inside = np.ones(values.shape, bool)
    if room.colours:
        image = colours(values, scale)
        image[~inside] = room.background
        return list(half_blocks(image))
    texts = shaded(values, scale)
    return [
        [Dab("".join(c if shown else " " for c, shown in zip(text, row, strict=True)))]
        for text, row in zip(texts, inside, strict=True)
    ]


def with_cursor(picture: list[list[Dab]], line: int, column: int) -> Lines:
    """A picture with one of its characters marked."""
    lines = [list[Piece](row) for row in picture]
    if not 0 <= line < len(lines):
        return lines
    found: list[Piece] = []
    at = 0
    for piece in picture[line]:
        end = at + len(piece.text)
        if at <= column < end:
            before, after = piece.text[: column - at], piece.text[column - at + 1 :]
            mark: Piece = columns.Span(CURSOR, "cursor")
            if piece.front is not None:
                mark = Dab(CURSOR, against(piece.front), piece.front)
            found += [piece._replace(text=before), mark, piece._replace(text=after)]
        else:
            found.append(piece)
        at = end
    lines[line] = [piece for piece in found if piece.text]
    return lines


def against(colour: Colour) -> Colour:
    """Black or white, whichever is seen on a colour (its luma by ITU-R BT.601)."""
    red, green, blue = colour
    return BLACK if 0.299 * red + 0.587 * green + 0.114 * blue > 128 else WHITE


def gutter(lines: Lines, labels: dict[int, str], here: int) -> Lines:
    """The lines, with indices on the left of some."""
    found: Lines = []
    for number, line in enumerate(lines):
        text = cut(labels.get(number, ""), GUTTER - 1)
        style = "accent" if number == here else "dim"
        found.append([columns.Span(f"{text:>{GUTTER - 1}} ", style), *line])
    return found


def ruler(heads: Iterable[tuple[int, str]]) -> list[Piece]:
    """Indices over the columns where they begin."""
    text = " " * GUTTER
    for x, label in heads:
        text = text.ljust(GUTTER + x) + label
    return [columns.Span(text, "heading")]


def legend_line(census: Census, room: Room, every: int) -> Iterator[Piece]:
    """The palette with its ends, and what it has no colour for."""
    yield columns.Span(" ")
    if room.colours:
        yield from legend(census.scale, min(60, room.width // 2))
    else:
        yield columns.Span(shades(census.scale))
    counts = ((census.zeros, "zero"), (census.nan, "NaN ?"), (census.infinite, "infinite !"))
    for count, what in counts:
        if count:
            style = "warning" if what != "zero" else "dim"
            yield columns.Span(f"   {count:,} {what}", style)
    if every > 1:
        yield columns.Span(f"   of one row in {every:,}", "dim")


def shades(scale: Scale) -> str:
    """What the shades stand for."""
    steps = np.linspace(scale.low, scale.high, 9)
    steps[np.abs(steps) < 1e-9 * max(abs(scale.low), abs(scale.high))] = 0
    (text,) = shaded(steps[None], scale)
    return f"{scale.low:.3g} {text} {scale.high:.3g}"

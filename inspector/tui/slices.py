"""How somebody looks at an array: which slice of it, as what, how near, and where the cursor is.

Everything here is arithmetic of shapes and costs nothing; `slice_pictures` reads the numbers and
draws them.
"""

from __future__ import annotations

import math
from copy import copy
from enum import Enum

import numpy as np

from inspector.tui.arrays import Sheet, Source
from inspector.tui.pictures.tiles import GAP
from inspector.tui.scaling import NEAREST, Room, Span, fit, kept, kept_in_groups, seen_at

FEW = 8
"""Numbers that are read rather than looked at."""
NUMBER = 11
"""Characters that a number of the table takes, with the gap before it."""


class View(Enum):
    """What a slice is shown as."""

    HEAT = "heat map"
    TILES = "tiles"
    NUMBERS = "numbers"


class Look:
    """A sheet, the view of it, the cursor (in rows and columns of the sheet), the zoom.

    In tiles each tile is the sheet at another index of the axis `tiles`; the cursor's tile is the
    index that the sheet is at.
    """

    def __init__(self, source: Source, names: str = "") -> None:
        self.sheet = Sheet(source, names)
        self.view = View.HEAT
        self.row = self.column = 0
        self.top = self.left = 0
        self.zoom = 0
        self.tile_axis = -1
        self.room = Room(80, 20)
        self._begin(names)

    def _begin(self, names: str) -> None:
        """Choose what is seen first: small kernels as tiles, else the two largest axes."""
        shape = self.sheet.source.shape
        if math.prod(shape) <= FEW:
            self.view = View.NUMBERS
        if self.sheet.rank < 2:
            return
        height, width = names.find("H"), names.find("W")
        if "D" not in names and min(height, width) >= 0 and shape[height] * shape[width] > 1:
            self.sheet.choose(height, width)
            self.view = View.TILES
        else:
            rows, columns = sorted(sorted(range(len(shape)), key=lambda axis: -shape[axis])[:2])
            self.sheet.choose(rows, columns)
        self._choose_tiles()

    def _choose_tiles(self) -> None:
        """Tile the first other axis that has several indices."""
        others = self.sheet.others
        if self.tile_axis not in others:
            several = [axis for axis in others if self.sheet.source.shape[axis] > 1]
            self.tile_axis = (several or others or [-1])[0]
        if self.tile_axis < 0 and self.view is View.TILES:
            self.view = View.HEAT

    def snapshot(self) -> Look:
        """A copy that does not change with this one; it shares the source."""
        found = copy(self)
        found.sheet = copy(self.sheet)
        found.sheet.at = [*self.sheet.at]
        return found

    @property
    def shown(self) -> View:
        """The view; a heat map where not even one tile has room."""
        if self.view is View.TILES:
            rows, columns = self.sheet.size
            if rows > self.room.rows or columns > self.room.width:
                return View.HEAT
        return self.view

    @property
    def place(self) -> tuple[int, ...]:
        """The index in the source of the number under the cursor."""
        return self.sheet.place(self.row, self.column)

    @property
    def is_empty(self) -> bool:
        """Whether there is no number to look at."""
        return 0 in self.sheet.source.shape

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return self.sheet.source.shape[self.tile_axis] if self.tile_axis >= 0 else 1

    def stack(self, first: int, last: int) -> np.ndarray:
        """Tiles (N, R, C) from one to before another. Raises as `Source.part`."""
        axes = (self.tile_axis, self.sheet.rows, self.sheet.columns)
        index: list[int | slice] = list(self.sheet.at)
        index[self.tile_axis] = slice(first, min(last, self.tiles))
        for axis in axes[1:]:
            index[axis] = slice(None)
        found = self.sheet.source.part(tuple(index))
        return found.transpose([sorted(axes).index(axis) for axis in axes])

    def whole(self) -> np.ndarray:
        """The slice that is looked at: its rows and columns, or all tiles (N, R, C).

        Raises as `Source.part`.
        """
        if self.shown is View.TILES:
            return self.stack(0, self.tiles)
        return self.sheet.window(slice(None), slice(None))

    def turn(self) -> None:
        """Lay out the next pair of axes."""
        self.sheet.turn()
        self.settle()

    def swap(self) -> None:
        """Make rows of the columns, and columns of the rows."""
        if self.sheet.rank > 1:
            self.row, self.column = self.column, self.row
            self.choose(self.sheet.columns, self.sheet.rows)

    def choose(self, rows: int, columns: int) -> None:
        """Lay out two axes."""
        self.sheet.choose(rows, columns)
        self.settle()

    def settle(self) -> None:
        """Put the cursor back into the sheet, after that has changed."""
        self._choose_tiles()
        self.zoom = 0
        rows, columns = self.sheet.size
        self.row = max(0, min(self.row, rows - 1))
        self.column = max(0, min(self.column, columns - 1))
        self.arrange()

    def next_view(self) -> None:
        """Show the same as something else."""
        kinds = [view for view in View if view is not View.TILES or self.tile_axis >= 0]
        self.view = kinds[(kinds.index(self.view) + 1) % len(kinds)]
        self.zoom = 0
        self.arrange()

    def next_tiles(self) -> None:
        """Tile the next of the other axes."""
        others = self.sheet.others
        if others:
            at = (others.index(self.tile_axis) + 1) % len(others)
            self.tile_axis, self.view = others[at], View.TILES
            self.arrange()

    def step(self, place: int, by: int) -> None:
        """Go on along one of the other axes, as `Sheet.step`."""
        self.sheet.step(place, by)
        self.arrange()

    def enlarge(self, steps: int) -> None:
        """Come nearer, or go further away, no further than where all is seen; 0 is that."""
        self.zoom = max(0, min(self.zoom + steps, self._nearest)) if steps else 0
        self.arrange()

    @property
    def _nearest(self) -> int:
        """The zoom at which a number is as large as it gets."""
        if self.shown is View.TILES:
            return NEAREST - self._tile_zoom(0)
        rows, columns = self.sheet.size
        return NEAREST - min(fit(rows, self.room.rows), fit(columns, self.room.width))

    def move(self, down: int, across: int) -> None:
        """Move the cursor; in tiles it goes on in the next one."""
        rows, columns = self.sheet.size
        if self.shown is View.TILES:
            self._move_in_tiles(down, across)
        else:
            self.row = max(0, min(self.row + down, rows - 1))
            self.column = max(0, min(self.column + across, columns - 1))
        self.arrange()

    def _move_in_tiles(self, down: int, across: int) -> None:
        """Move by numbers, from tile to tile where one ends."""
        rows, columns = self.sheet.size
        tile_row, tile_column = divmod(self.sheet.at[self.tile_axis], self.across)
        row, column = (
            tile_row * rows + self.row + down,
            tile_column * columns + self.column + across,
        )
        column = max(0, min(column, self.across * columns - 1))
        row = max(0, min(row, -(-self.tiles // self.across) * rows - 1))
        tile = row // rows * self.across + column // columns
        if tile < self.tiles:
            self.sheet.at[self.tile_axis] = tile
            self.row, self.column = row % rows, column % columns

    def point(self, x: int, y: int) -> None:
        """Put the cursor on the number that is drawn at a character of the picture."""
        if self.shown is View.NUMBERS:
            row, column = self.top + y, self.left + x // NUMBER
        elif self.shown is View.HEAT:
            down, across = self.spans
            line = y * self.room.rows // self.room.height
            row = down.start + line // down.times * down.together
            column = across.start + x // across.times * across.together
        else:
            self._point_at_tile(x, y * self.room.rows // self.room.height)
            return
        self.move(row - self.row, column - self.column)

    def _point_at_tile(self, x: int, y: int) -> None:
        """Put the cursor on a pixel of a tile."""
        rows, columns = self.sheet.size
        times = 1 << self.tile_zoom
        tile_row, row = divmod(y, rows * times + GAP)
        tile_column, column = divmod(x, columns * times + GAP)
        tile = (self.top + tile_row) * self.across + tile_column
        if tile_column < self.across and tile < self.tiles:
            self.sheet.at[self.tile_axis] = tile
            self.row, self.column = min(row // times, rows - 1), min(column // times, columns - 1)
            self.arrange()

    def page(self, down: int, across: int) -> None:
        """Move the cursor by what is seen at a time."""
        seen_rows, seen_columns = self.seen
        self.move(down * seen_rows, across * seen_columns)

    @property
    def seen(self) -> tuple[int, int]:
        """Rows and columns that are seen at a time."""
        if self.shown is View.NUMBERS:
            return max(1, self.room.height), max(1, self.room.width // NUMBER)
        if self.shown is View.TILES:
            return self.tile_rows * self.sheet.size[0], self.sheet.size[1]
        down, across = self.zooms
        return seen_at(down, self.room.rows), seen_at(across, self.room.width)

    def fit_into(self, room: Room) -> None:
        """Take the room that there is."""
        self.room = room
        self.arrange()

    def arrange(self) -> None:
        """Scroll so that the cursor is seen."""
        if self.shown is View.TILES:
            at = self.sheet.at[self.tile_axis] // self.across
            self.top = kept(self.top, at, self.tile_rows, -(-self.tiles // self.across))
            return
        together = [1, 1]
        if self.shown is View.HEAT:
            together = [1 << max(0, -zoom) for zoom in self.zooms]
        (rows, columns), (high, wide) = self.seen, self.sheet.size
        self.top = kept_in_groups(self.top, self.row, rows, high, together[0])
        self.left = kept_in_groups(self.left, self.column, columns, wide, together[1])

    @property
    def zooms(self) -> tuple[int, int]:
        """How rows and columns are scaled in the heat map: alike, unless numbers share a pixel."""
        sizes = self.sheet.size
        down, across = fit(sizes[0], self.room.rows), fit(sizes[1], self.room.width)
        if min(down, across) >= 0:
            down = across = min(down, across)
        most = fit(1, min(self.room.rows, self.room.width))
        return min(down + self.zoom, most), min(across + self.zoom, most)

    @property
    def spans(self) -> tuple[Span, Span]:
        """What the heat map shows of rows and columns, and how they are scaled."""
        down, across = self.zooms
        rows, columns = self.sheet.size
        return (
            Span(self.top, min(seen_at(down, self.room.rows), rows - self.top), down),
            Span(self.left, min(seen_at(across, self.room.width), columns - self.left), across),
        )

    def _tile_zoom(self, nearer: int) -> int:
        """The greatest zoom at which all tiles are seen, or 0; and `nearer` than that."""
        zooms = range(NEAREST, -1, -1)
        room = {zoom: math.prod(self._tiles_that_fit(zoom)) for zoom in zooms}
        whole = next((zoom for zoom in zooms if room[zoom] >= self.tiles), 0)
        nearest = next((zoom for zoom in zooms if room[zoom]), 0)
        return min(whole + nearer, nearest)

    def _tiles_that_fit(self, zoom: int) -> tuple[int, int]:
        """How many tiles there is room for beside each other, and above each other."""
        rows, columns = ((size << zoom) + GAP for size in self.sheet.size)
        return (self.room.width + GAP) // columns, (self.room.rows + GAP) // rows

    @property
    def tile_zoom(self) -> int:
        """The pixels of a number in tiles are 2 to the power of this."""
        return self._tile_zoom(self.zoom)

    @property
    def across(self) -> int:
        """How many tiles stand side by side."""
        return max(1, min(self.tiles, self._tiles_that_fit(self.tile_zoom)[0]))

    @property
    def tile_rows(self) -> int:
        """How many rows of tiles are seen at a time."""
        return max(1, self._tiles_that_fit(self.tile_zoom)[1])

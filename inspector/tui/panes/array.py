"""An array of any rank: a heat map, tiles or numbers of a slice of it, with a cursor."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.worker import get_current_worker

from inspector.errors import InspectorError
from inspector.report.text import printable
from inspector.tui.arrays import Source
from inspector.tui.census import Seen
from inspector.tui.columns import Span
from inspector.tui.panes.pane import Pane
from inspector.tui.pictures.colours import Colour, Dab
from inspector.tui.scaling import Room
from inspector.tui.slice_pictures import GUTTER, Drawing, Lines, Piece, drawn
from inspector.tui.slices import Look

AROUND = 5
"""Lines that are no picture: title, axes, indices, legend, the number under the cursor."""
STYLES = ("heading", "title", "accent", "dim", "warning", "cursor")


class ArrayPane(Pane, can_focus=True):
    """Numbers of an array, two axes at a time.

    `show_array` gives it one. Numbers are read and drawn in a worker; a key changes what is looked
    at at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1, 0)", "Up", show=False),
        Binding("down,j", "move(1, 0)", "Down", show=False),
        Binding("left,h", "move(0, -1)", "Left", show=False),
        Binding("right,l", "move(0, 1)", "Right", show=False),
        Binding("pageup,ctrl+b", "page(-1, 0)", "Screen up", show=False),
        Binding("pagedown,ctrl+f", "page(1, 0)", "Screen down", show=False),
        Binding("shift+left", "page(0, -1)", "Screen left", show=False),
        Binding("shift+right", "page(0, 1)", "Screen right", show=False),
        Binding("v", "view", "View", tooltip="heat map, tiles, numbers"),
        Binding("left_square_bracket", "step(0, -1)", show=False),
        Binding(
            "right_square_bracket",
            "step(0, 1)",
            "Index",
            key_display="[ ]",
            tooltip="the one before, the next",
        ),
        Binding("left_curly_bracket", "step(1, -1)", show=False),
        Binding("right_curly_bracket", "step(1, 1)", "… on the second", False, key_display="{ }"),
        Binding("left_parenthesis", "step(2, -1)", show=False),
        Binding("right_parenthesis", "step(2, 1)", "… on the others", False, key_display="( )"),
        Binding("a", "turn", "Axes", tooltip="the next two as rows and columns"),
        Binding("A", "choose_axes", "Choose axes", show=False),
        Binding("x", "swap", "Swap rows and columns", show=False),
        Binding("t", "tiles", "Tile the next axis", show=False),
        Binding("plus", "zoom(1)", "Nearer", show=False),
        Binding("minus", "zoom(-1)", "Further away", show=False),
        Binding("0", "zoom(0)", "All of it", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"array--{name}" for name in STYLES}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look: Look | None = None
        self.caption = ""
        self.message = "reading …"
        self.drawing = Drawing()
        self._seen = Seen()

    def show_array(self, caption: str, source: Source, names: str = "") -> None:
        """Show another array; of one with the same axes the same slice, in the same view."""
        before, self.look = self.look, Look(source, names)
        same = before and before.sheet.source.shape == source.shape
        if before and same and before.sheet.names == self.look.sheet.names:
            self.look = before
            self.look.sheet.source = source
        self.caption, self.message = caption, ""
        self.draw()

    def show_nothing(self, why: str) -> None:
        """Say why there is no array; an empty `why` leaves the pane empty."""
        self.look, self.caption, self.message, self.drawing = None, "", why, Drawing()
        self.refresh()

    @property
    def room(self) -> Room:
        """Where the picture goes."""
        width = max(8, self.size.width - GUTTER)
        red, green, blue = self.background_colors[1].rgb
        background = red, green, blue
        colours = not self.app.no_color
        return Room(width, max(1, self.size.height - AROUND), colours, background)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.draw()

    def notify_style_update(self) -> None:
        """The theme has changed, or the focus."""
        super().notify_style_update()
        if self.is_mounted:
            self.draw()

    def draw(self) -> None:
        """Read and draw what is looked at, in a worker; an older one is left."""
        if self.look is None or not self.size.height or not self.display:
            return
        self.look.fit_into(self.room)
        work = partial(self._draw, self.look.snapshot())
        self.run_worker(work, thread=True, exclusive=True, group="array")

    def _draw(self, look: Look) -> None:
        worker = get_current_worker()
        try:
            found, why = drawn(look, self._seen), ""
            if not look.is_empty:
                found.value += self.more(look.place)
        except (InspectorError, MemoryError) as error:
            found, why = Drawing(), f"it cannot be read: {error or 'not enough memory'}"
        if not worker.is_cancelled:
            self.app.call_from_thread(self._drawn, found, why)

    def _drawn(self, found: Drawing, why: str) -> None:
        self.drawing, self.message = found, why
        self.refresh()

    def more(self, place: tuple[int, ...]) -> str:
        """What else there is to say of a number; called in the worker."""
        del place
        return ""

    def axes_line(self) -> list[Piece]:
        """Which axis is where, and at which index the others are."""
        if self.look is None:
            return []
        sheet, shape = self.look.sheet, self.look.sheet.source.shape
        line: list[Piece] = [Span(f" {self.look.shown.value} ", "accent")]
        for axis, what in ((sheet.rows, "rows"), (sheet.columns, "columns")):
            if 0 <= axis < sheet.rank:
                line.append(Span(f"  {what} {sheet.name(axis)} ({shape[axis]:,})"))
        keys = ("[ ]", "{ }", *["( )"] * sheet.rank)
        for axis, key in zip(sheet.others, keys, strict=False):
            at = f"{sheet.at[axis]} of {shape[axis]:,}"
            is_tiled = axis == self.look.tile_axis and self.look.shown is self.look.shown.TILES
            line.append(Span(f"   {'tiles ' if is_tiled else ''}{sheet.name(axis)} {at} "))
            line.append(Span(key, "dim"))
        return line

    def value_line(self) -> list[Piece]:
        """The number under the cursor, with its index."""
        if self.look is None or self.look.is_empty:
            return []
        index = ", ".join(map(str, self.look.place))
        return [Span(f" [{index}]  ", "dim"), Span(self.drawing.value, "title")]

    def lines(self) -> Lines:
        """All lines of the pane."""
        if self.message or self.look is None:
            return [self.title_line(), [], [Span(f" {printable(self.message)}", "warning")]]
        picture = self.drawing.picture
        height = self.size.height - AROUND
        blank: Lines = [[] for _ in range(max(0, height - len(picture)))]
        above: Lines = [self.title_line(), self.axes_line(), self.drawing.heading]
        return [*above, *picture[:height], *blank, self.drawing.legend, self.value_line()]

    def title_line(self) -> list[Piece]:
        """What is shown."""
        return [Span(f" {printable(self.caption)}", "title")]

    def render_line(self, y: int) -> Strip:
        """Line `y` of the pane."""
        lines = self.lines()
        pieces = lines[y] if y < len(lines) else []
        segments = [Segment(piece.text, self.styled(piece)) for piece in pieces]
        base = self.rich_style
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def styled(self, piece: Piece) -> Style:
        """The style of a piece of a line."""
        if isinstance(piece, Dab):
            return self.rich_style + Style(color=rich(piece.front), bgcolor=rich(piece.back))
        if not piece.style:
            return self.rich_style
        return self.get_component_rich_style(f"array--{piece.style}")

    def copied(self) -> str:
        """The number under the cursor."""
        return self.drawing.value.partition(" ")[0]

    def change(self, method: str, *values: int) -> None:
        """Look at it otherwise, and draw that."""
        if self.look is not None:
            getattr(self.look, method)(*values)
            self.draw()

    def action_move(self, down: int, across: int) -> None:
        """Move the cursor."""
        self.change("move", down, across)

    def action_page(self, down: int, across: int) -> None:
        """Move the cursor by what is seen."""
        self.change("page", down, across)

    def action_view(self) -> None:
        """Show it as something else."""
        self.change("next_view")

    def action_step(self, place: int, by: int) -> None:
        """Go on along another axis."""
        self.change("step", place, by)

    def action_turn(self) -> None:
        """Lay out the next two axes."""
        self.change("turn")

    def action_swap(self) -> None:
        """Swap rows and columns."""
        self.change("swap")

    def action_tiles(self) -> None:
        """Tile the next of the other axes."""
        self.change("next_tiles")

    def action_zoom(self, steps: int) -> None:
        """Come nearer or go further away."""
        self.change("enlarge", steps)

    def action_choose_axes(self) -> None:
        """Ask for the axes of rows and columns."""
        from inspector.tui.screens.prompt import Prompt

        if self.look is not None and self.look.sheet.rank > 1:
            sheet = self.look.sheet
            names = ", ".join(f"{k} {sheet.names[k : k + 1]}".strip() for k in range(sheet.rank))
            help_text = f"two of {names}: by letter or number, as in 0 3"
            self.app.push_screen(Prompt("Rows and columns", help_text), self.axes_chosen)

    def axes_chosen(self, text: str | None) -> None:
        """Lay out the axes that somebody typed."""
        if not text or self.look is None:
            return
        try:
            self.look.choose(*self.look.sheet.axes_named(text))
        except InspectorError as error:
            self.browser.complain(str(error))
        self.draw()

    def on_click(self, event: events.Click) -> None:
        """A click on a number of the heat map or the table puts the cursor there."""
        if self.look is not None and event.y >= AROUND - 2:
            self.look.point(event.x - GUTTER, event.y - (AROUND - 2))
            self.draw()


def rich(colour: Colour | None) -> Color | None:
    """A colour as Rich has it."""
    return Color.from_rgb(*colour) if colour else None

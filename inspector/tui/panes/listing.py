"""A listing of any number of rows, of which only those on the screen are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from inspector.report.bars import HEIGHTS, LENGTHS
from inspector.tui.columns import Cell, Column, Span, row, widths
from inspector.tui.panes.pane import Pane

CURSOR, NO_CURSOR = "›", " "
"""The first column of each row, so that the cursor is seen without colours too."""


class Listing(ScrollView, Pane, can_focus=True, inherit_bindings=False):
    """Rows in columns, with a cursor.

    A subclass says `columns`, `row_count` and `cells`, and what happens in `moved` (the user put
    the cursor on a row) and `chosen` (and pressed Enter, or clicked it again). It calls `rebuild`
    when the rows are others than before.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
        Binding("home", "move_to(0)", "First row", show=False),
        Binding("end,G", "move_to(-1)", "Last row", show=False),
        Binding("enter", "choose", "Follow", tooltip="go to what is under the cursor"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--heading",
        "listing--cursor",
        "listing--dim",
        "listing--strong",
        "listing--accent",
        "listing--bar",
        "listing--hit",
        "listing--warning",
    }

    columns: Sequence[Column] = ()
    leads_on: ClassVar[bool] = True
    """Whether its rows lead anywhere; where they do not, there is no key for that."""
    cursor: reactive[int] = reactive(0, repaint=False)

    def __init__(self, id: str | None = None) -> None:
        self._styles: dict[str, Style] = {}
        super().__init__(id=id)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def cells(self, index: int) -> Sequence[Cell]:
        """The cells of a row, one for each column."""
        raise NotImplementedError

    def row_style(self, index: int) -> str:
        """The style of a whole row, "" for none."""
        del index
        return ""

    def moved(self, index: int) -> None:
        """The user has put the cursor on a row."""

    def chosen(self, index: int) -> None:
        """The user has pressed Enter on a row, or clicked it again."""

    @property
    def heading_lines(self) -> int:
        """1 where the columns have headings, which stay in place."""
        return int(any(column.heading for column in self.columns))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is something that a key would do."""
        del parameters
        return self.leads_on or action != "choose"

    def on_mount(self) -> None:
        """Measure the rows."""
        self.rebuild()

    def rebuild(self) -> None:
        """Show the rows anew: there are others, or as many as before say something else."""
        self.virtual_size = Size(1, self.row_count + self.heading_lines)
        self.cursor = max(0, min(self.cursor, self.row_count - 1))
        self.refresh()

    def put_cursor(self, index: int) -> None:
        """Put the cursor on a row, without telling `moved`."""
        index = max(0, min(index, self.row_count - 1))
        self.bring_to_middle(index)
        self.cursor = index

    def watch_cursor(self, old: int, new: int) -> None:
        """Show the cursor at its new row."""
        self.refresh_row(old)
        self.refresh_row(new)
        self.keep_in_sight(new)

    def keep_in_sight(self, index: int) -> None:
        """Scroll as little as it takes to see a row."""
        top, room = self.rows_in_sight
        if room > 0 and index < top:
            self.scroll_rows_to(index)
        elif room > 0 and index >= top + room:
            self.scroll_rows_to(index - room + 1)

    def bring_to_middle(self, index: int) -> None:
        """Scroll a row that is out of sight to where its neighbours on both sides are seen."""
        top, room = self.rows_in_sight
        if room > 0 and not top <= index < top + room:
            self.scroll_rows_to(index - room // 2)

    @property
    def rows_in_sight(self) -> tuple[int, int]:
        """The first row that is seen, and how many there is room for."""
        room = self.scrollable_content_region.height - self.heading_lines
        return round(self.scroll_y), room

    def scroll_rows_to(self, top: int) -> None:
        """Put a row at the top, as far as there are rows below."""
        self.scroll_to(y=top, animate=False, immediate=True, force=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.bring_to_middle(self.cursor)

    def refresh_row(self, index: int) -> None:
        """Draw one row anew."""
        y = index + self.heading_lines - round(self.scroll_y)
        self.refresh(Region(0, y, self.size.width, 1))

    def on_focus(self) -> None:
        """The cursor looks otherwise in the listing that has the focus."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """As `on_focus`."""
        self.refresh_row(self.cursor)

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget: the headings, or a row."""
        width = self.scrollable_content_region.width
        fitted = widths(self.columns, width - 1)
        if y < self.heading_lines:
            heads = [(Span(column.heading, "heading"),) for column in self.columns]
            base = self.get_component_rich_style("listing--heading")
            return self.strip([Span(" "), *row(heads, self.columns, fitted)], base, width)
        index = y - self.heading_lines + round(self.scroll_y)
        if index >= self.row_count:
            return Strip.blank(width, self.plain_style)
        here = index == self.cursor
        base = self.plain_style
        if self.row_style(index):
            base += self.component(self.row_style(index))
        if here:
            base += self.component("cursor")
        mark = Span(CURSOR if here else NO_CURSOR)
        spans = [mark, *row(self.cells(index), self.columns, fitted)]
        return self.strip(spans, base, width, plain=here and self.has_focus)

    def strip(
        self, spans: Sequence[Span], base: Style, width: int, *, plain: bool = False
    ) -> Strip:
        """The spans over a style; `plain` leaves out the colours of their own, but for bars."""
        segments = [
            Segment(text, base + self.component(style) if style else base)
            for text, style in (Span(t, "" if plain and not is_bar(t) else s) for t, s in spans)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    @property
    def plain_style(self) -> Style:
        """The style of what has none of its own."""
        if "" not in self._styles:
            self._styles[""] = self.rich_style
        return self._styles[""]

    def component(self, name: str) -> Style:
        """A style of the listing, to be laid over another; made once for each theme."""
        if name not in self._styles:
            found = self.get_component_rich_style(f"listing--{name}", partial=True)
            colour = self.get_component_styles(f"listing--{name}").color
            if colour.a < 1:  # a partial style leaves out what shines through
                found += Style(color=(self.background_colors[1] + colour).rich_color)
            self._styles[name] = found
        return self._styles[name]

    def notify_style_update(self) -> None:
        """The theme has changed, or the focus."""
        super().notify_style_update()
        self._styles = {}

    def row_at(self, y: int) -> int | None:
        """The row that is drawn on line `y` of the widget."""
        index = y - self.heading_lines + round(self.scroll_y)
        return index if y >= self.heading_lines and index < self.row_count else None

    def targets(self) -> Iterator[tuple[Offset, int]]:
        """The rows on the screen, each with where it begins: what the jump mode labels."""
        region = self.scrollable_content_region
        for y in range(self.heading_lines, region.height):
            index = self.row_at(y)
            if index is not None:
                yield Offset(region.x, region.y + y), index

    def visit(self, index: int) -> None:
        """Put the cursor on a row and act on it, as the user does."""
        if 0 <= index < self.row_count:
            self.cursor = index
            self.moved(index)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row; a second one chooses it."""
        index = self.row_at(event.y)
        if index is None:
            return
        if event.chain > 1 and index == self.cursor:
            self.chosen(index)
        else:
            self.visit(index)

    def action_move(self, rows: int) -> None:
        """Move the cursor by so many rows."""
        self.visit(max(0, min(self.cursor + rows, self.row_count - 1)))

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many screens."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 2))

    def action_move_to(self, index: int) -> None:
        """Put the cursor on a row; negative ones are counted from the end."""
        self.visit(index % self.row_count if self.row_count else 0)

    def action_choose(self) -> None:
        """Choose the row under the cursor."""
        if self.row_count:
            self.chosen(self.cursor)


def is_bar(text: str) -> bool:
    """Whether a text is drawn of blocks, and so is no text: a bar, a histogram."""
    return not text.strip(HEIGHTS + LENGTHS)

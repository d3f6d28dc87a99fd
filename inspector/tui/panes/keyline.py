"""The last line: what the keys do here, as many of them as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.widgets import Input

from inspector.report.text import cells
from inspector.tui.panes.pane import Pane

ALWAYS = ("help", "quit")
"""The actions that keep their place at the right however little room there is."""


class Shown(NamedTuple):
    """A key in the line: what pressing it is simulated by, how it is written, what it does."""

    key: str
    display: str
    does: str

    @property
    def width(self) -> int:
        """Columns of both, and of the space between them."""
        return cells(self.display) + cells(self.does) + 1


class KeyLine(Pane):
    """The keys of the focused pane and of the screen; help and the way out are always among them.

    Keys that have no room are left out whole; help has them all. A click presses a key.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keyline--key"}

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self.repaint)

    def repaint(self, _: object = None) -> None:
        """Draw the line anew."""
        self.refresh()

    def known(self) -> tuple[list[Shown], list[Shown]]:
        """What stands at the left, and what always stands at the right.

        While somebody types, letters are no keys: only those of what they type into are left.
        """
        typing = isinstance(self.screen.focused, Input)
        found: dict[str, Shown] = {}
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            display = self.app.get_key_display(binding)
            hidden = typing and node in (self.screen, self.app)
            taken = any(display == key.display for key in found.values())  # by a pane within
            if binding.show and enabled and not hidden and not taken:
                found.setdefault(binding.action, Shown(binding.key, display, binding.description))
        right = [found.pop(action) for action in ALWAYS if action in found]
        return list(found.values()), right

    def placed(self) -> Iterator[tuple[int, Shown]]:
        """Each key that has room, with the column that it begins in."""
        left, right = self.known()
        column, end = 1, self.size.width - sum(key.width + 2 for key in right)
        for key in left:
            if column + key.width < end:
                yield column, key
                column += key.width + 2
        for key in right:
            yield end + 1, key
            end += key.width + 2

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        base, column = self.rich_style, 0
        strong = base + self.get_component_rich_style("keyline--key", partial=True)
        segments = []
        for start, key in self.placed():
            segments.append(Segment(" " * (start - column), base))
            segments += [Segment(key.display, strong), Segment(f" {key.does}", base)]
            column = start + key.width
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        for start, key in self.placed():
            if start <= event.x < start + key.width:
                self.app.simulate_key(key.key)

"""The row of tabs: one line, a number before each title."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from inspector.tui.panes.pane import Pane
from inspector.tui.registry import TABS, Tab


class TabRow(Pane):
    """The titles of all tabs; a click opens one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--tab", "tabs--active", "tabs--key"}
    active: reactive[str] = reactive(TABS[0].id)

    class Picked(Message):
        """The user has clicked a tab."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        base = self.rich_style
        segments = []
        for number, tab, title in self.titles():
            name = "tabs--active" if tab.id == self.active else "tabs--tab"
            style = self.get_component_rich_style(name)
            key = style + self.get_component_rich_style("tabs--key", partial=True)
            segments += [Segment(f" {number} ", key), Segment(f"{title} ", style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def titles(self) -> list[tuple[int, Tab, str]]:
        """The number of each tab and its title, cut as much as it takes to have room for all.

        The title of the tab that is open is whole.
        """
        longest = max(len(tab.title) for tab in TABS)
        while True:
            found = [
                (number, tab, tab.title if tab.id == self.active else tab.title[:longest])
                for number, tab in enumerate(TABS, start=1)
            ]
            if longest <= 1 or sum(len(title) + 4 for *_, title in found) <= self.size.width:
                return found
            longest -= 1

    def targets(self) -> Iterator[tuple[Offset, Tab]]:
        """Where each tab begins on the screen."""
        x, y = self.region.offset
        for _, tab, title in self.titles():
            yield Offset(x, y), tab
            x += len(title) + 4

    def visit(self, target: Tab) -> None:
        """Open a tab."""
        self.post_message(self.Picked(target.id))

    def on_click(self, event: events.Click) -> None:
        """Open the tab that was clicked."""
        before = [tab for offset, tab in self.targets() if offset.x <= event.screen_x]
        if before:
            self.visit(before[-1])

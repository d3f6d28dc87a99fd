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
        key = self.get_component_rich_style("tabs--key", partial=True)
        segments = []
        for number, tab, title in self.titles():
            style = self.get_component_rich_style("tabs--tab")
            if tab.id == self.active:
                style = self.get_component_rich_style("tabs--active")
            segments += [Segment(f" {number} ", style + key), Segment(title, style)]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def titles(self) -> list[tuple[int, Tab, str]]:
        """The number of each tab and its title, as much of all as there is room for.

        First the space behind titles is given up, then long titles become short ones, and then
        all but that of the tab that is open are cut.
        """
        for short, behind in ((False, " "), (False, ""), (True, "")):
            names = [(tab.short if short else "") or tab.title for tab in TABS]
            if self.width_of(names) + len(behind) * len(names) <= self.size.width:
                return self.numbered([name + behind for name in names])
        room = max(map(len, names))
        while room > 1 and self.width_of(names) > self.size.width:
            room -= 1
            names = [
                name if tab.id == self.active else name[:room]
                for tab, name in zip(TABS, names, strict=True)
            ]
        return self.numbered(names)

    @staticmethod
    def width_of(names: list[str]) -> int:
        """The columns of titles, each behind its number."""
        return sum(len(name) + 3 for name in names)

    @staticmethod
    def numbered(names: list[str]) -> list[tuple[int, Tab, str]]:
        """The titles with their tabs."""
        pairs = zip(TABS, names, strict=True)
        return [(number, tab, name) for number, (tab, name) in enumerate(pairs, start=1)]

    def targets(self) -> Iterator[tuple[Offset, Tab]]:
        """Where each tab begins on the screen."""
        x, y = self.region.offset
        for _, tab, title in self.titles():
            yield Offset(x, y), tab
            x += len(title) + 3

    def visit(self, target: Tab) -> None:
        """Open a tab."""
        self.post_message(self.Picked(target.id))

    def on_click(self, event: events.Click) -> None:
        """Open the tab that was clicked."""
        before = [tab for offset, tab in self.targets() if offset.x <= event.screen_x]
        if before:
            self.visit(before[-1])

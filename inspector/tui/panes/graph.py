"""The first tab: the outline of a subgraph, and the details of what is selected in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Container

from inspector.tui.panes.details import DetailsPane
from inspector.tui.panes.outline import OutlinePane


class GraphTab(Container):
    """Outline and details, side by side where the terminal is wide."""

    def compose(self) -> ComposeResult:
        """Both panes."""
        yield OutlinePane(id="outline")
        yield DetailsPane(id="details")

    def on_show_tab(self) -> None:
        """The outline has the focus."""
        self.query_one(OutlinePane).focus()

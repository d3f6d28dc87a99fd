"""The source that the model was rebuilt as, over the main screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from inspector.report.text import printable
from inspector.tui.panes.keyline import KeyLine
from inspector.tui.panes.source import SourceLines
from inspector.tui.rebuilt import Rebuilt
from inspector.tui.screens.base import BrowserScreen


class SourceScreen(BrowserScreen):
    """The rebuilt source, at the operator where the user is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "close", "Close"),
        Binding("n", "operator(1)", "Next operator"),
        Binding("N", "operator(-1)", "Operator before", show=False),
    ]

    def __init__(self, rebuilt: Rebuilt) -> None:
        super().__init__()
        self.rebuilt = rebuilt

    @property
    def lines(self) -> SourceLines:
        """The lines."""
        return self.query_one(SourceLines)

    def compose(self) -> ComposeResult:
        """Which file it is, its lines, the keys."""
        name = printable(str(self.rebuilt.folder / "model.py"))
        yield Static(name, id="source-name", markup=False)
        if self.rebuilt.verdict:
            yield Static(printable(self.rebuilt.verdict), id="source-verdict", markup=False)
        yield SourceLines(self.rebuilt)
        yield KeyLine()

    def on_source_lines_chosen(self, event: SourceLines.Chosen) -> None:
        """Close, and go to the operator in the graph."""
        self.dismiss()
        self.browser.follow(event.place)

    def action_close(self) -> None:
        """Go back to the main screen."""
        self.dismiss()

    def action_operator(self, step: int) -> None:
        """Go to the next line that begins an operator, or to the one before."""
        here = self.lines.cursor
        starts = [line for line in self.rebuilt.line_of.values() if (line - here) * step > 0]
        if starts:
            self.lines.visit(min(starts, key=lambda line: abs(line - here)))

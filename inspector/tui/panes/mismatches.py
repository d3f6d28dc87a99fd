"""The operators of a comparison: verdicts and errors, in execution order or the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip

from inspector.report.bars import HEIGHTS, bar
from inspector.tui.columns import Cell, Column, Span, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.panes.pane import Pane

if TYPE_CHECKING:
    from inspector.compare.result import Comparison, OperatorResult, Spread

CLEAN = 120.0
"""dB from which an error is drawn as none; one as large as the value, 0 dB, fills the bar."""
BAR = 5
SIGNS = {"SOURCE": "✗", "UNKNOWN": "?", "AMPLIFIER": "▲", "CARRIER": "~", "OK": "✓", "FOLDED": "·"}
"""A character for each verdict, so that no colour is needed."""
STYLES = {
    "SOURCE": "warning",
    "UNKNOWN": "accent",
    "AMPLIFIER": "hit",
    "CARRIER": "bar",
    "OK": "",
    "FOLDED": "dim",
}
FAULTS = ("SOURCE", "UNKNOWN")
COLUMNS = (
    Column("", 1),
    Column("operator", are_names=True),
    Column("verdict", 9),
    Column("isolated", 8, "right"),
    Column("", BAR, from_width=56),
    Column("error", 18, from_width=96),
    Column("accum.", 7, "right"),
    Column("", BAR, from_width=56),
)


def loudness(found: Spread | None) -> int:
    """How loud an error is, in eighths of a bar: by how many dB it misses `CLEAN`.

    What is no number is as loud as can be.
    """
    if found is None:
        return 0
    sqnr = found.worst.sqnr_db
    if found.worst.nonfinite or sqnr is None:
        return 8 * BAR if found.worst.nonfinite or found.worst.max_abs else 0
    return round(8 * BAR * min(max(CLEAN - sqnr, 0.0), CLEAN) / CLEAN)


class Overview(Pane):
    """Two lines over all operators: how loud each one's isolated and accumulated error is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"overview--source", "overview--here", "overview--name"}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.operators: Sequence[OperatorResult] = ()
        self.here = -1

    def show(self, operators: Sequence[OperatorResult], here: int) -> None:
        """Show operators in execution order, and mark one."""
        self.operators, self.here = operators, here
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of the two lines."""
        base, width = self.rich_style, self.size.width
        name = base + self.get_component_rich_style("overview--name", partial=True)
        segments = [Segment((" isolated    ", " accumulated ")[min(y, 1)], name)]
        room = max(1, width - 14)
        each = max(1, -(-len(self.operators) // room))
        for start in range(0, len(self.operators), each):
            some = self.operators[start : start + each]
            loud = max(loudness(o.accumulated if y else o.isolated) for o in some)
            style = base
            if any(o.verdict.value in FAULTS for o in some):
                style += self.get_component_rich_style("overview--source", partial=True)
            if start <= self.here < start + each:
                style += self.get_component_rich_style("overview--here", partial=True)
            segments.append(Segment(HEIGHTS[-(-loud // BAR)], style))
        return Strip(segments).adjust_cell_length(width, base)


class OperatorList(Listing):
    """The operators of a comparison."""

    columns = COLUMNS

    class Moved(Message):
        """Another operator is under the cursor."""

    class Chosen(Message):
        """An operator has been chosen."""

        def __init__(self, operator: OperatorResult) -> None:
            super().__init__()
            self.operator = operator

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.operators: Sequence[OperatorResult] = ()
        self.comparison: Comparison | None = None
        self.worst_first = False

    def show(self, comparison: Comparison) -> None:
        """Show a comparison."""
        self.comparison = comparison
        self.put_in_order()

    def put_in_order(self) -> None:
        """Put the operators in their order, the cursor on the one that it was on."""
        from inspector.report.comparison import worst_first

        if self.comparison is None:
            return
        here = self.here
        in_order = self.comparison.operators
        self.operators = worst_first(in_order) if self.worst_first else in_order
        self.rebuild()
        if here is not None:
            self.put_cursor(list(self.operators).index(here))

    @property
    def here(self) -> OperatorResult | None:
        """The operator under the cursor."""
        return self.operators[self.cursor] if self.cursor < len(self.operators) else None

    @property
    def row_count(self) -> int:
        """The operators."""
        return len(self.operators)

    def moved(self, index: int) -> None:
        """Tell the screen."""
        del index
        self.post_message(self.Moved())

    def chosen(self, index: int) -> None:
        """Tell the screen to show the operator in the graph."""
        self.post_message(self.Chosen(self.operators[index]))

    def next_fault(self, step: int) -> bool:
        """Go to the next SOURCE or UNKNOWN, or to the one before; whether there is one."""
        count = len(self.operators)
        for distance in range(1, count + 1):
            index = (self.cursor + step * distance) % count
            if self.operators[index].verdict.value in FAULTS:
                self.visit(index)
                return True
        return False

    def copied(self) -> str:
        """The operator's name, and what was found."""
        found = self.here
        return "" if found is None else f"{found.number} {found.op} {found.verdict.value}"

    def cells(self, index: int) -> Sequence[Cell]:
        """One operator."""
        from inspector.report.comparison import decibels, error

        found = self.operators[index]
        verdict = found.verdict.value
        named = (
            Span(f"{found.number:>4} ", "dim"),
            Span(f"{found.op}  "),
            Span(found.label, "dim"),
        )
        return [
            cell(SIGNS[verdict], STYLES[verdict]),
            named,
            cell(verdict, STYLES[verdict]),
            cell(decibels(found.isolated)),
            cell(bar(loudness(found.isolated), 8 * BAR, BAR, blocks=True), STYLES[verdict]),
            cell(error(found.isolated)),
            cell(decibels(found.accumulated)),
            cell(bar(loudness(found.accumulated), 8 * BAR, BAR, blocks=True), "bar"),
        ]

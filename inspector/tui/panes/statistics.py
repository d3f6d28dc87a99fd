"""Where the parameters and the work are: a row for each kind of operator, with bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from inspector.report.bars import bar
from inspector.report.text import count_text
from inspector.tui.columns import Cell, Column, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.panes.pane import Pane
from inspector.tui.panes.treemap import TreemapPane
from inspector.tui.places import operator_at
from inspector.tui.survey import Cost, Survey

BAR = 12
COLUMNS = (
    Column("operator"),
    Column("count", 7, "right"),
    Column("", BAR, from_width=100),
    Column("params", 7, "right"),
    Column("", BAR),
    Column("MACs", 7, "right"),
    Column("", BAR),
)


class KindOf(NamedTuple):
    """All operators of one name: how many, the first of them, what they cost together."""

    name: str
    operators: int
    first: int
    cost: Cost


def kinds(survey: Survey) -> list[KindOf]:
    """The kinds of operators of a subgraph, those with the greatest share of anything first."""
    counts = Counter(operator.name for operator in survey.part.operators)
    costs: dict[str, Cost] = {}
    first: dict[str, int] = {}
    for operator in survey.part.operators:
        first.setdefault(operator.name, operator.index)
        own = survey.costs.get(operator.index, Cost())
        costs[operator.name] = costs.get(operator.name, Cost()) + own
    total = survey.total

    def weight(kind: KindOf) -> float:
        shares = (kind.cost.macs, total.macs), (kind.cost.parameters, total.parameters)
        return max([part / whole for part, whole in shares if whole], default=0.0)

    found = [KindOf(name, count, first[name], costs[name]) for name, count in counts.items()]
    return sorted(found, key=lambda kind: (-weight(kind), -kind.operators))


class KindsListing(Listing):
    """The kinds of operators of the subgraph at hand; Enter goes to the first of a kind."""

    columns = COLUMNS

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kinds: list[KindOf] = []
        self.subgraph = -1

    def on_mount(self) -> None:
        """Follow the user to another subgraph, and its survey."""
        self.watch(self.browser, "place", self.count_kinds)
        self.watch(self.browser, "surveys", self.count_kinds, init=False)

    def count_kinds(self) -> None:
        """Count the operators of the subgraph at hand, if that is another one."""
        survey = self.session.surveyed(self.browser.place.subgraph)
        if survey and self.subgraph != self.browser.place.subgraph:
            self.subgraph, self.kinds = self.browser.place.subgraph, kinds(survey)
            self.rebuild()

    @property
    def row_count(self) -> int:
        """The kinds."""
        return len(self.kinds)

    def chosen(self, index: int) -> None:
        """Go to the first operator of a kind."""
        self.browser.follow(operator_at(self.subgraph, self.kinds[index].first))

    def copied(self) -> str:
        """The name of the kind."""
        return self.kinds[self.cursor].name if self.kinds else ""

    def cells(self, index: int) -> Sequence[Cell]:
        """One kind, with its share of all operators, parameters and work."""
        kind, survey = self.kinds[index], self.session.surveyed(self.subgraph)
        total = survey.total if survey else Cost()
        found = [cell(kind.name)]
        for part, whole in (
            (kind.operators, sum(each.operators for each in self.kinds)),
            (kind.cost.parameters, total.parameters),
            (kind.cost.macs, total.macs),
        ):
            found.append(cell(count_text(part) if part else ""))
            found.append(cell(bar(part, whole, BAR, blocks=True) if part else "", "bar"))
        return found


class StatisticsTab(Container):
    """The kinds of operators, or where the bytes of the weights are."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "switch", "Map", tooltip="of the bytes of all weights, or the listing again"),
    ]

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.kinds, self.treemap = KindsListing(), TreemapPane()
        self.treemap.display = False

    def compose(self) -> ComposeResult:
        """The listing; the map is drawn when somebody asks for it."""
        yield self.kinds
        yield self.treemap

    @property
    def shown(self) -> Pane:
        """The listing, or the map."""
        return self.treemap if self.treemap.display else self.kinds

    def on_show_tab(self) -> None:
        """What is shown has the focus."""
        if self.shown.is_mounted:
            self.shown.focus()
        else:
            self.call_after_refresh(self.shown.focus)

    def action_switch(self) -> None:
        """Show the map instead of the listing, or that again."""
        self.kinds.display, self.treemap.display = self.treemap.display, self.kinds.display
        self.treemap.measure()
        self.shown.focus()

"""The values of a run in a list: the inputs, and what each operator gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from inspector.report.bars import short_number, sparkline
from inspector.report.words import shape_text
from inspector.tui.columns import Cell, Column, Span, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Place, operator_at, tensor_at

if TYPE_CHECKING:
    from inspector.tui.captured import Captured, Value
    from inspector.tui.session import Session

SPARKLINE = 12
COLUMNS = (
    Column("value of", are_names=True),
    Column("shape", 14, from_width=64),
    Column("min", 8, "right"),
    Column("max", 8, "right"),
    Column("mean", 8, "right", from_width=84),
    Column("histogram", SPARKLINE),
)


class Row(NamedTuple):
    """A tensor, and the operator that made it; -1 for an input, or for a variable.

    A variable has two: as the run found it (`before`), and as the run left it.
    """

    operator: int
    tensor: int
    before: bool = False
    sign: str = "in"


class ValueList(Listing):
    """The inputs of the subgraph and what its operators give, in their order."""

    columns = COLUMNS

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.values: list[Row] = []
        self.places: list[Place] = []
        self.where: dict[Place, int] = {}

    def fill(self) -> None:
        """Show the values of the moment that is looked at."""
        subgraph, captured = self.browser.place.subgraph, self.captured
        seen = captured is not None and captured.moment(subgraph) is not None
        self.values = list(rows(self.session, subgraph)) if seen else []
        self.find_places(subgraph)
        self.rebuild()
        self.go_to(self.browser.place)

    def find_places(self, subgraph: int) -> None:
        """Which place each row is, and which row each operator and tensor has.

        The outputs of an operator that has several are places of their own.
        """
        outputs = Counter(row.operator for row in self.values)
        self.places, self.where = [], {}
        for number, row in enumerate(self.values):
            tensor, operator = tensor_at(subgraph, row.tensor), operator_at(subgraph, row.operator)
            alone = row.operator >= 0 and outputs[row.operator] == 1
            self.places.append(operator if alone else tensor)
            self.where.setdefault(tensor, number)
            self.where.setdefault(operator, number)

    @property
    def captured(self) -> Captured | None:
        """What was seen."""
        return self.browser.captured

    def go_to(self, place: Place) -> None:
        """Put the cursor on the value of a place, unless it is on one of them."""
        here = self.places[self.cursor] if self.cursor < len(self.places) else None
        if place in self.where and place != here:
            self.put_cursor(self.where[place])

    def value(self, row: Row) -> Value | None:
        """What a row shows."""
        captured = self.captured
        subgraph = self.browser.place.subgraph
        return captured.now(subgraph, row.tensor, before=row.before) if captured else None

    @property
    def row_count(self) -> int:
        """The values."""
        return len(self.values)

    def moved(self, index: int) -> None:
        """Look at the operator of a row, or at the input."""
        self.browser.look(self.places[index])

    def chosen(self, index: int) -> None:
        """Show the operator in the graph."""
        row, subgraph = self.values[index], self.browser.place.subgraph
        here = operator_at(subgraph, row.operator)
        self.browser.follow(here if row.operator >= 0 else tensor_at(subgraph, row.tensor))

    def copied(self) -> str:
        """The name of the tensor under the cursor."""
        if not self.values:
            return ""
        here = tensor_at(self.browser.place.subgraph, self.values[self.cursor].tensor)
        return self.session.tensor(here).name

    def cells(self, index: int) -> Sequence[Cell]:
        """One value."""
        row = self.values[index]
        label, value = self.label(row), self.value(row)
        if value is None or value.found is None:
            why = "no numbers" if value else "no value"
            return [label, cell(why, "dim"), *[cell("")] * 4]
        moments, drawn = value.found.moments, value.found.histogram
        return [
            label,
            cell(shape_text(value.shape), "dim"),
            cell(short_number(moments.minimum, 3)),
            cell(short_number(moments.maximum, 3)),
            cell(short_number(moments.mean, 2)),
            cell(sparkline(drawn, SPARKLINE, blocks=True) if drawn else "", "bar"),
        ]

    def label(self, row: Row) -> Cell:
        """Whose value it is: an operator's, with the name of its layer, or a tensor's."""
        subgraph = self.browser.place.subgraph
        if row.operator < 0:
            name = self.session.tensor(tensor_at(subgraph, row.tensor)).name
            return Span(f"{row.sign:>4} ", "dim"), Span(name, "strong")
        operator = self.session.operator(operator_at(subgraph, row.operator))
        survey = self.session.surveyed(subgraph)
        layer = survey.names.get(row.operator, "") if survey else ""
        return Span(f"{row.operator:>4} ", "dim"), Span(f"{operator.name}  "), Span(layer, "dim")


def rows(session: Session, subgraph: int) -> Iterator[Row]:
    """The inputs, what each operator gives, and around these what variables held."""
    graph, survey = session.subgraph(subgraph), session.surveyed(subgraph)
    if graph is None or survey is None:
        return
    variables = [tensor for tensor, found in survey.part.tensors.items() if found.is_variable]
    yield from (Row(-1, tensor) for tensor in graph.inputs if tensor >= 0)
    yield from (Row(-1, tensor, before=True, sign="had") for tensor in variables)
    for index, operator in sorted(survey.operators.items()):
        yield from (Row(index, tensor) for tensor in operator.outputs if tensor >= 0)
    yield from (Row(-1, tensor, sign="left") for tensor in variables)

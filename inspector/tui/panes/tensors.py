"""The tensors of a subgraph, however many: a row is made when it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from inspector.errors import ModelError
from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from inspector.report.records import quantization_object
from inspector.report.text import bytes_text
from inspector.report.words import quantization_text, shape_of, type_text
from inspector.tui.columns import Cell, Column, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Kind, Place, tensor_at

COLUMNS = (
    Column("#", 7, "right"),
    Column("name", are_names=True),
    Column("type", 9, from_width=52),
    Column("shape", 14),
    Column("kind", 8, from_width=64),
    Column("bytes", 9, "right"),
    Column("quantisation", 22, from_width=100),
    Column("made by", 18, from_width=120),
    Column("read by", 7, "right", from_width=120),
)


class TensorsTab(Listing):
    """Every tensor of the subgraph at hand; Enter shows where in the graph it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "Sort by size", show=True),
    ]
    columns = COLUMNS

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.order: Sequence[int] = ()
        self.by_size = False

    def on_mount(self) -> None:
        """Follow the user, the survey and the search."""
        self.watch(self.browser, "place", self.go_to)
        self.watch(self.browser, "surveys", self.repaint, init=False)
        self.watch(self.browser, "found", self.repaint, init=False)

    def on_show_tab(self) -> None:
        """The listing has the focus."""
        self.focus()

    def repaint(self) -> None:
        """Draw the rows anew."""
        self.refresh()

    @property
    def subgraph(self) -> Subgraph | None:
        """Whose tensors are listed; None where it cannot be read."""
        return self.session.subgraph(self.browser.place.subgraph)

    @property
    def row_count(self) -> int:
        """The tensors of the subgraph."""
        return self.session.count(self.browser.place.subgraph, Kind.TENSOR)

    def go_to(self, place: Place) -> None:
        """Put the cursor on the tensor that the user looks at, or that their operator gives."""
        if len(self.order) != self.row_count:
            self.by_size, self.order = False, range(self.row_count)
            self.rebuild()
        index = self.tensor_of(place)
        if index is not None:
            self.put_cursor(self.order.index(index))

    def tensor_of(self, place: Place) -> int | None:
        """The tensor of a place; of an operator, its first output."""
        if place.kind is Kind.TENSOR:
            return place.index
        if place.kind is not Kind.OPERATOR or not self.session.count(place.subgraph, Kind.OPERATOR):
            return None
        try:
            made = [i for i in self.session.operator(place).outputs if i >= 0]
        except ModelError:
            return None
        return made[0] if made else None

    def moved(self, index: int) -> None:
        """Look at the tensor of a row."""
        self.browser.look(tensor_at(self.browser.place.subgraph, self.order[index]))

    def chosen(self, index: int) -> None:
        """Show the tensor in the graph."""
        self.browser.follow(tensor_at(self.browser.place.subgraph, self.order[index]))

    def action_sort(self) -> None:
        """Sort by bytes, the largest first; or as the file has them."""
        survey = self.session.surveyed(self.browser.place.subgraph)
        if survey is None:
            self.browser.complain("the subgraph is being read; its tensors can be sorted then")
            return
        here = self.order[self.cursor] if self.order else 0
        self.by_size = not self.by_size
        self.order = range(self.row_count)
        if self.by_size:
            self.order = sorted(
                self.order, key=lambda i: -self.bytes_of(survey.part.tensors.get(i))
            )
        self.put_cursor(self.order.index(here) if self.order else 0)
        self.refresh()

    def bytes_of(self, tensor: Tensor | None) -> int:
        """What a tensor takes in the file, or in memory; 0 where it cannot be read."""
        if tensor is None:
            return 0
        survey = self.session.surveyed(tensor.subgraph)
        place = survey.part.constants.get(tensor.index) if survey else None
        return place[1] if place else abs(tensor.nbytes)

    def copied(self) -> str:
        """The tensor's name."""
        tensor = self.tensor(self.cursor)
        return tensor.name if tensor else ""

    def tensor(self, row: int) -> Tensor | None:
        """The tensor of a row; None where it cannot be read."""
        graph = self.subgraph
        try:
            return graph.tensors[self.order[row]] if graph else None
        except ModelError:
            return None

    def row_style(self, index: int) -> str:
        """What the search has found stands out."""
        place = tensor_at(self.browser.place.subgraph, self.order[index])
        return "hit" if place in self.browser.found else ""

    def cells(self, index: int) -> Sequence[Cell]:
        """One tensor."""
        number, tensor = cell(f"t{self.order[index]}", "dim"), self.tensor(index)
        if tensor is None:
            return [number, cell("damaged", "warning"), *[cell("")] * 7]
        maker, readers = self.neighbours(tensor)
        return [
            number,
            cell(tensor.name),
            cell(type_text(tensor)),
            cell(shape_of(tensor)),
            cell(self.kind(tensor), "dim"),
            cell(bytes_text(self.bytes_of(tensor))),
            cell(quantization_text(quantization_object(tensor.quantization)), "dim"),
            cell(maker, "dim"),
            cell(readers, "dim"),
        ]

    def kind(self, tensor: Tensor) -> str:
        """What the tensor is to the subgraph, as the listings call it."""
        graph = self.subgraph
        if graph and tensor.index in graph.inputs:
            return "input"
        if graph and tensor.index in graph.outputs:
            return "output"
        try:
            if self.session.model.is_constant(tensor):
                return "constant"
        except ModelError:
            return "damaged"
        return "variable" if tensor.is_variable else ""

    def neighbours(self, tensor: Tensor) -> tuple[str, str]:
        """Who makes it, and how many read it."""
        survey = self.session.surveyed(tensor.subgraph)
        if survey is None:
            return "", ""
        producer, readers = (
            survey.graph.producer[tensor.index],
            survey.graph.consumers[tensor.index],
        )
        operators = self.session.model.subgraphs[tensor.subgraph].operators
        maker = f"#{producer} {operators[producer].name}" if producer >= 0 else ""
        return maker, str(len(readers)) if readers else ""

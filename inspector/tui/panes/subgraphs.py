"""All subgraphs: their sizes, which operators run them, which signatures name them."""

from __future__ import annotations

from collections.abc import Sequence

from inspector.tui.columns import Cell, Column, cell
from inspector.tui.panes.listing import Listing
from inspector.tui.places import Kind

COLUMNS = (
    Column("#", 5, "right"),
    Column("name"),
    Column("operators", 10, "right"),
    Column("tensors", 10, "right"),
    Column("inputs", 7, "right"),
    Column("outputs", 7, "right"),
    Column("signature", 20, from_width=90),
)


class SubgraphsTab(Listing):
    """A row for each subgraph; Enter shows its graph."""

    columns = COLUMNS

    def on_show_tab(self) -> None:
        """The listing has the focus, with the cursor where the user is."""
        self.put_cursor(self.browser.place.subgraph)
        self.focus()

    @property
    def row_count(self) -> int:
        """The subgraphs."""
        return len(self.session.model.subgraphs)

    def chosen(self, index: int) -> None:
        """Go to the subgraph."""
        self.browser.go_to_subgraph(index)

    def copied(self) -> str:
        """The name of the subgraph."""
        graph = self.session.subgraph(self.cursor)
        return graph.name if graph else ""

    def cells(self, index: int) -> Sequence[Cell]:
        """One subgraph."""
        graph = self.session.subgraph(index)
        number = cell(str(index), "dim")
        if graph is None:
            return [number, cell("damaged", "warning"), *[cell("")] * 5]
        counts = (self.session.count(index, kind) for kind in (Kind.OPERATOR, Kind.TENSOR))
        sizes = [f"{count:,}" for count in (*counts, len(graph.inputs), len(graph.outputs))]
        keys = self.session.signature_keys(index)
        return [number, cell(graph.name), *map(cell, sizes), cell(", ".join(keys), "dim")]

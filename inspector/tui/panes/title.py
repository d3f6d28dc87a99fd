"""The first line: which file this is, and which of its subgraphs is shown."""

from __future__ import annotations

from pathlib import PurePath
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip

from inspector.report.text import bytes_text, cells, count_text, counted, cut, printable
from inspector.tui.panes.pane import Pane


class Title(Pane):
    """File, size and counts at the left, the subgraph at the right."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"title--name", "title--fact"}

    def on_mount(self) -> None:
        """Follow the user."""
        self.watch(self.browser, "place", self.repaint)
        self.watch(self.browser, "surveys", self.repaint, init=False)
        self.watch(self.browser, "job", self.repaint, init=False)

    def repaint(self) -> None:
        """Draw the line anew."""
        self.refresh()

    def left(self) -> str:
        """What the file is."""
        model = self.session.model
        facts = [bytes_text(model.size)]
        if len(model.subgraphs) != 1:
            facts.append(counted(len(model.subgraphs), "subgraph"))
        return " · ".join(facts)

    def right(self, room: int) -> str:
        """What the subgraph at hand is, the first of it where there is little room."""
        facts = self.facts()
        while len(facts) > 1 and cells(" · ".join(facts)) > room:
            facts.pop()
        return cut(" · ".join(facts), room)

    def facts(self) -> list[str]:
        """What is under way, else the facts of the subgraph at hand."""
        if self.browser.jobs.what:
            return [f"{self.browser.jobs.what} …"]
        index = self.browser.place.subgraph
        graph, survey = self.session.subgraph(index), self.session.surveyed(index)
        if graph is None:
            return [f"subgraph {index} cannot be read"]
        facts = [counted(len(graph.operators), "operator")]
        if survey is None:
            facts.append("reading …")
        else:
            faults = len(survey.part.faults)
            facts += [counted(faults, "fault")] if faults else []
            facts += [f"{count_text(survey.total.parameters)} params"]
            facts += [f"{count_text(survey.total.macs)} MACs"]
        if len(self.session.model.subgraphs) > 1:
            facts.insert(0, f"subgraph {index} {printable(graph.name[:40])}".strip())
        return facts

    def render_line(self, y: int) -> Strip:
        """The line."""
        del y
        width, base = self.size.width, self.rich_style
        name = printable(PurePath(self.session.model.path).name[:200])
        facts = f"  {self.left()}"
        right = self.right(max(width // 2, width - cells(name) - cells(facts) - 3))
        room = width - cells(right) - cells(facts) - 3
        name = cut(name, max(8, room))
        gap = width - cells(name) - cells(facts) - cells(right) - 2
        strong = base + self.get_component_rich_style("title--name", partial=True)
        fact = base + self.get_component_rich_style("title--fact", partial=True)
        segments = [Segment(" ", base), Segment(name, strong), Segment(facts, fact)]
        segments += [Segment(" " * max(1, gap), base), Segment(right + " ", fact)]
        return Strip(segments).adjust_cell_length(width, base)

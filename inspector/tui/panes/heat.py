"""A value as a heat map, or as the picture that it is, over the whole pane."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.worker import Worker, WorkerState

from inspector.report.text import cut, printable
from inspector.tui.panes.pane import Pane

if TYPE_CHECKING:  # NumPy is imported with the first picture
    from inspector.tui.arrays import Source
    from inspector.tui.pictures.colours import Dab, Scale


class HeatPane(Pane):
    """Rows of dabs under a title and over a legend; drawn in a thread."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"heat--title", "heat--legend"}

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.title = ""
        self.source: Source | None = None
        self.at: tuple[int, ...] = ()
        self.scale: Scale | None = None
        self.is_picture = False
        self.rows: list[list[Dab]] = []

    def show(
        self,
        title: str,
        source: Source | None,
        *,
        at: tuple[int, ...] = (),
        scale: Scale | None = None,
        picture: bool = False,
    ) -> None:
        """Show a value: its two largest axes, the others at those of the index `at`.

        `picture` shows its last three axes (H, W, 1 or 3) as a picture. Without a `scale` the
        colours reach from its least to its largest number.
        """
        self.title, self.source, self.at, self.scale = title, source, at, scale
        self.is_picture = picture
        self.draw()

    def on_resize(self) -> None:
        """Draw for another room."""
        self.draw()

    def draw(self) -> None:
        """Draw anew, in a thread."""
        width, height = self.size.width, self.size.height - 2
        if self.source is None or width < 8 or height < 1:
            self.rows = []
            self.refresh()
            return
        from inspector.tui.heat import drawn
        from inspector.tui.scaling import Room

        room = Room(width, height, colours=not self.app.no_color)
        picture = self.is_picture
        job = partial(drawn, self.source, room, at=self.at, scale=self.scale, picture=picture)
        self.run_worker(job, thread=True, exclusive=True, exit_on_error=False)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what was drawn, or why nothing was."""
        if event.state is WorkerState.SUCCESS:
            self.rows = event.worker.result or []
        elif event.state is WorkerState.ERROR:
            from inspector.tui.pictures.colours import Dab

            self.rows = [[Dab(printable(str(event.worker.error)))]]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The title, or a row of the picture."""
        width, base = self.size.width, self.rich_style
        if y == 0:
            style = base + self.get_component_rich_style("heat--title", partial=True)
            return Strip([Segment(cut(self.title, width), style)]).adjust_cell_length(width, base)
        if y > len(self.rows):
            return Strip.blank(width, base)
        segments = [Segment(dab.text, base + style_of(dab)) for dab in self.rows[y - 1]]
        return Strip(segments).adjust_cell_length(width, base)


def style_of(dab: Dab) -> Style:
    """The colours of a dab."""
    front, back = (Color.from_rgb(*each) if each else None for each in (dab.front, dab.back))
    return Style.from_color(front, back)

"""A line that tells what is under way and how far it has come; else what was last said to it."""

from __future__ import annotations

from textwrap import wrap

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.timer import Timer

from inspector.report.text import cut, printable
from inspector.tui.panes.pane import Pane

PERIOD = 0.1
"""Seconds between two looks at how far a job has come."""
TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class JobLine(Pane):
    """One line, or as many as it is high; of automatic height, as many as it takes."""

    text = ""
    turn = 0
    timer: Timer | None = None

    def on_mount(self) -> None:
        """Follow what is under way."""
        self.timer = self.set_interval(PERIOD, self.look, pause=True)
        self.watch(self.browser, "job", self.begin_or_end)

    def begin_or_end(self, job: str) -> None:
        """Look at the job while there is one."""
        if self.timer is not None:
            (self.timer.resume if job else self.timer.pause)()
        self.refresh(layout=True)

    def look(self) -> None:
        """Tell how far it has come."""
        self.turn += 1
        self.refresh()

    def say(self, text: str) -> None:
        """What the line is to tell while nothing is under way."""
        self.text = printable(text)
        self.refresh(layout=True)

    @property
    def shown(self) -> str:
        """What is under way, else what was said last."""
        jobs = self.browser.jobs
        if not jobs.what:
            return self.text
        sign = TURNING[self.turn % len(TURNING)]
        return f"{sign} {jobs.what}: {jobs.far or 'starting …'}  (Escape cancels)"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines that it takes."""
        del container, viewport
        return max(1, len(wrap(self.shown, max(8, width - 2))))

    def render_line(self, y: int) -> Strip:
        """One of its lines."""
        text, width, base = self.shown, self.size.width, self.rich_style
        lines = wrap(text, max(8, width - 2))[: self.size.height] or [""]
        left = text if len(lines) == 1 else text[text.find(lines[-1]) :]
        lines[-1] = cut(left, width - 2)
        line = lines[y] if y < len(lines) else ""
        return Strip([Segment(f" {line}", base)]).adjust_cell_length(width, base)

"""The tab of a run: what each operator gave, in numbers, as a histogram and as a picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical

from inspector.report.bars import bar_rows
from inspector.report.text import cut_name, printable
from inspector.report.words import shape_text
from inspector.tui.columns import Span
from inspector.tui.panes.array import ArrayPane
from inspector.tui.panes.facts import Facts
from inspector.tui.panes.heat import HeatPane
from inspector.tui.panes.job import JobLine
from inspector.tui.panes.pane import Pane
from inspector.tui.panes.value_list import Row, ValueList
from inspector.tui.places import Place, tensor_at

if TYPE_CHECKING:
    from inspector.tui.captured import Value


NAME, MOST = 40, 6
"""Columns of an input's name where inputs are asked for, and how many inputs are named."""


class RunTab(Container, Pane):
    """A run of the model: its inputs are asked for, its values stand beside their operators."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "ask", "Run", tooltip="on files, or random inputs"),
        Binding("v", "enter_value", "Values", tooltip="look at the numbers themselves"),
        Binding("escape", "cancel", "Cancel the run, or back to the list", show=False),
        Binding(
            "full_stop,greater_than_sign",
            "step(1)",
            "Next sample",
            key_display=".",
            tooltip="step, or turn",
        ),
        Binding("comma,less_than_sign", "step(-1)", "Sample before", key_display=",", show=False),
        Binding("i", "picture", "Picture", tooltip="or a heat map, where it can be either"),
    ]

    picture = True
    asked = "--seed 0"
    shown_subgraph = -1

    def compose(self) -> ComposeResult:
        """The values beside what the one under the cursor looks like."""
        yield JobLine(id="run-line")
        with Container(id="run-body"):
            yield ValueList(id="run-values")
            with Vertical(id="run-value"):
                yield Facts(id="run-facts")
                yield ArrayPane(id="run-array")
                yield HeatPane(id="run-picture")

    def on_mount(self) -> None:
        """Follow the user, and the runs."""
        self.watch(self.browser, "captured", self.fill, init=False)
        self.watch(self.browser, "surveys", self.fill, init=False)
        self.watch(self.browser, "place", self.go_to, init=False)
        self.fill()

    def on_show_tab(self) -> None:
        """The values have the focus."""
        self.listing.focus()

    @property
    def listing(self) -> ValueList:
        """The values."""
        return self.query_one(ValueList)

    def go_to(self, place: Place) -> None:
        """The user is elsewhere."""
        if self.listing.values and place.subgraph == self.shown_subgraph:
            self.listing.go_to(place)
            self.show_value()
        else:
            self.fill()

    def fill(self) -> None:
        """Show the values of a moment."""
        self.shown_subgraph = self.browser.place.subgraph
        self.listing.fill()
        self.tell()
        self.show_value()

    def tell(self) -> None:
        """Say in a line what is shown, or what to do."""
        line, captured = self.query_one(JobLine), self.listing.captured
        if captured is None:
            line.say("nothing was run yet: r asks for inputs (files, or random ones) and runs it")
            return
        parts = []
        chosen = captured.moment(self.shown_subgraph)
        if chosen is None:
            parts.append("nothing in this subgraph was run")
        elif chosen[1].words:
            count = len(captured.moments(self.shown_subgraph))
            parts.append(f"{chosen[1].words} ({chosen[0] + 1}/{count})")
        parts += [f"{report.name}: {report.source}" for report in captured.reports]
        if not captured.findings.sound:
            parts.append("a check failed: do not rely on these values")
        line.say(" · ".join(part for part in parts if part))

    def show_value(self) -> None:
        """Show the value under the cursor."""
        listing, facts = self.listing, self.query_one(Facts)
        row = listing.values[listing.cursor] if listing.values else None
        value = listing.value(row) if row else None
        if row is None or value is None:
            captured = listing.captured
            subgraph = self.browser.place.subgraph
            why = captured.why_missing(subgraph, row.tensor) if row and captured else ""
            facts.show([Span(why, "dim")])
            self.picture_or_numbers(False)
            self.query_one(ArrayPane).show_nothing("")
            return
        facts.show(list(fact_lines(value, max(24, facts.size.width - 3))))
        self.call_later(self.paint, row, value)

    def paint(self, row: Row, value: Value) -> None:
        """Draw a value."""
        from inspector.errors import InspectorError
        from inspector.tui.captured import Observed, is_picture

        tensor = self.session.tensor(tensor_at(self.shown_subgraph, row.tensor))
        try:
            source = Observed(value.array(), tensor, real=True)
        except InspectorError as error:
            self.query_one(ArrayPane).show_nothing(str(error))
            return
        self.picture_or_numbers(picture := self.picture and is_picture(source.shape))
        if picture:
            title = f"{tensor.name} as a picture"
            self.query_one(HeatPane).show(title, source, picture=True)
        else:
            names = "NHWC" if len(source.shape) == 4 else ""
            self.query_one(ArrayPane).show_array(tensor.name, source, names)

    def picture_or_numbers(self, picture: bool) -> None:
        """Which of the two panes is seen."""
        self.query_one(HeatPane).display = picture
        self.query_one(ArrayPane).display = not picture

    def action_ask(self) -> None:
        """Ask for inputs, and run the model on them."""
        from inspector.tui.screens.prompt import Prompt

        names = input_names(self.listing)
        help_text = (
            f"inputs: {names} · [NAME=]FILE or FOLDER ...: arrays, pictures, sounds, texts; what "
            "is not given is random. --samples 4, or --steps 4: each goes on from the state of the "
            "one before. --seed 1 --shape NAME=1,8 --mean 127.5 --std 127.5"
        )
        self.app.push_screen(Prompt("Run on", help_text, self.asked), self.run_on)

    def run_on(self, line: str | None) -> None:
        """Run the subgraph at hand in the background."""
        if line is None:
            return
        from inspector.errors import InputError
        from inspector.tui.running import asked_in, captured

        browser, self.asked = self.browser, line  # to be mended, where it is wrong
        try:
            asked = asked_in(line)
        except InputError as error:
            browser.complain(str(error))
            return
        work = partial(captured, browser.session.model, browser.place.subgraph, asked)
        browser.jobs.start("running the model", work, browser.keep_captured, self.fail)

    def fail(self, why: str) -> None:
        """Say why there was no run, to be read here as long as it takes, wherever the user is."""
        self.query_one(JobLine).say(self.browser.about_model(why))
        if self.browser.main.shown is not self:
            self.browser.complain(why)

    def action_cancel(self) -> None:
        """Cancel the run that is under way, else go back to the list."""
        if self.browser.jobs.what:
            self.browser.jobs.cancel()
        else:
            self.listing.focus()

    def action_step(self, by: int) -> None:
        """Show the values of the next sample, step or turn, or of the one before."""
        if self.listing.captured is not None:
            self.listing.captured.step(self.shown_subgraph, by)
            self.fill()

    def action_enter_value(self) -> None:
        """Put the cursor into the numbers."""
        self.picture_or_numbers(False)
        self.picture = False
        self.show_value()
        self.query_one(ArrayPane).focus()

    def action_picture(self) -> None:
        """Show what may be a picture as one, or as a heat map."""
        from inspector.tui.captured import is_picture

        row = self.listing.values[self.listing.cursor] if self.listing.values else None
        value = self.listing.value(row) if row else None
        if value is None or not is_picture(value.shape):
            shape = f"this is {shape_text(value.shape)}" if value else "there is no value here"
            self.browser.complain(f"{shape}; a picture is of height, width and 1 or 3 channels")
            return
        self.picture = not self.picture
        self.show_value()


def input_names(pane: ValueList) -> str:
    """The inputs of the subgraph at hand, for a person."""
    from inspector.errors import InspectorError
    from inspector.run.inputs import inputs_of

    try:
        inputs = inputs_of(pane.session.model, pane.browser.place.subgraph)
    except InspectorError as error:
        return str(error)
    places = range(len(inputs.tensors))
    names = [cut_name(printable(inputs.label(i)), NAME) for i in places[:MOST]]
    shapes = [shape_text(inputs.tensors[i].shape) for i in places[:MOST]]
    more = [f"{len(places) - MOST} more"] if len(places) > MOST else []
    return ", ".join([*map(" ".join, zip(names, shapes, strict=True)), *more]) or "none"


def fact_lines(value: Value, width: int) -> Iterator[Span]:
    """What a value is like."""
    from inspector.report.statistics import facts

    if value.found is None:
        yield Span("its elements are no numbers that have an order", "dim")
        return
    pairs = list(facts(value.shape, value.found))
    pad = max(len(name) for name, _ in pairs)
    yield from (Span(f"{name:<{pad}}  {text}") for name, text in pairs)
    if value.found.histogram:
        for drawn in bar_rows(value.found.histogram, width, blocks=True):
            yield Span(drawn, "bar")

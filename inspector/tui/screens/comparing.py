"""The screen of a comparison: each operator's verdict, and both values with their difference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.timer import Timer
from textual.worker import get_current_worker

from inspector.errors import InspectorError
from inspector.tui.columns import Span
from inspector.tui.panes.facts import Facts
from inspector.tui.panes.heat import HeatPane
from inspector.tui.panes.job import JobLine
from inspector.tui.panes.keyline import KeyLine
from inspector.tui.panes.mismatches import OperatorList, Overview
from inspector.tui.panes.title import Title
from inspector.tui.places import operator_at
from inspector.tui.screens.base import BrowserScreen
from inspector.tui.verdict_lines import facts_of, pair_facts, wrapped

if TYPE_CHECKING:
    from inspector.compare.result import OperatorResult
    from inspector.tui.comparing import Answer, Question, Values

REST = 0.15
"""Seconds that the cursor stays on an operator before its values are computed."""


class CompareScreen(BrowserScreen):
    """A comparison, from its beginning on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave", key_display="esc", tooltip="or cancel the comparison"),
        Binding("n", "fault(1)", "Next fault"),
        Binding("N", "fault(-1)", "Fault before", show=False),
        Binding("w", "worst", "Worst first"),
        Binding("full_stop,greater_than_sign", "sample(1)", "Next sample", key_display="."),
        Binding("comma,less_than_sign", "sample(-1)", "Sample before", show=False),
        Binding("o", "output", "Next output", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.asked = question
        self.answer: Answer | None = None
        self.sample = 0
        self.output = 0
        self.values: Values | None = None
        self.rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """The operators over both values."""
        yield Title()
        yield JobLine(id="compare-line")
        yield Overview(id="compare-overview")
        with Container(id="compare-top"):
            yield OperatorList(id="compare-operators")
            yield Facts(id="compare-facts")
        with Container(id="compare-values"):
            yield HeatPane(id="compare-expected")
            yield HeatPane(id="compare-found")
            yield HeatPane(id="compare-difference")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to compare."""
        self.listing.focus()
        self.call_after_refresh(self.begin)

    @property
    def listing(self) -> OperatorList:
        """The operators."""
        return self.query_one(OperatorList)

    def begin(self) -> None:
        """Compare in the background."""
        from inspector.tui.comparing import answered

        work = partial(answered, self.browser.session.model, self.asked)
        self.browser.jobs.start("comparing", work, self.show_answer, self.fail)

    def fail(self, why: str) -> None:
        """Say why there is no comparison."""
        self.query_one(JobLine).say(why)
        self.browser.complain(why)

    def show_answer(self, answer: Answer) -> None:
        """Show what was found, from the first fault on."""
        if not self.is_attached:
            answer.close()
            return
        self.answer = answer
        self.browser.outcome = answer.comparison.outcome.value
        self.query_one(JobLine).say(answer.headline)
        self.listing.show(answer.comparison)
        if answer.comparison.operators and not self.at_fault:
            self.listing.next_fault(1)
        self.look()

    @property
    def at_fault(self) -> bool:
        """Whether the cursor is on a SOURCE or UNKNOWN."""
        here = self.listing.here
        return here is not None and here.verdict.value in ("SOURCE", "UNKNOWN")

    def on_unmount(self) -> None:
        """Close what was opened for the comparison."""
        if self.answer is not None:
            self.answer.close()

    def on_operator_list_moved(self) -> None:
        """Look at another operator."""
        self.look()

    def on_operator_list_chosen(self, event: OperatorList.Chosen) -> None:
        """Show an operator in the graph; the comparison is left."""
        place = operator_at(event.operator.subgraph, event.operator.index)
        self.dismiss()
        self.browser.follow(place)

    def look(self) -> None:
        """Tell of the operator under the cursor, and compute its values when it has rested."""
        here = self.listing.here
        if self.answer is None or here is None:
            return
        self.output, self.values = 0, None
        in_order = self.answer.comparison.operators
        self.query_one(Overview).show(in_order, in_order.index(here))
        self.show_pair("computing both values …")
        if self.rest is not None:
            self.rest.stop()
        self.rest = self.set_timer(REST, partial(self.compute, self.answer, here, self.sample))

    def compute(self, answer: Answer, operator: OperatorResult, sample: int) -> None:
        """Compute both values of an operator, in a thread."""
        work = partial(self._compute, answer, operator, sample)
        self.run_worker(work, thread=True, exclusive=True, group="pair", exit_on_error=False)

    def _compute(self, answer: Answer, operator: OperatorResult, sample: int) -> None:
        worker, why, values = get_current_worker(), "", None
        try:
            with self.browser.jobs.interpreter().job():
                if worker.is_cancelled:
                    return
                values = answer.values(operator, sample)
        except (InspectorError, MemoryError) as error:
            why = str(error) or "there is not enough memory"
        if not worker.is_cancelled:
            self.call_later(self.show_values, values, why)

    def show_values(self, values: Values | None, why: str) -> None:
        """Show what was computed."""
        self.values = values
        if values is not None:
            self.sample = values.sample
            why = "" if values.pairs else "its values are no numbers of one shape"
        self.show_pair(why)

    def show_pair(self, why: str = "") -> None:
        """Show both values of one output, or why there are none."""
        here, answer = self.listing.here, self.answer
        if here is None or answer is None:
            return
        values = self.values
        pairs = values.pairs if values else ()
        pair = pairs[self.output % len(pairs)] if pairs else None
        facts = self.query_one(Facts)
        first = Span(f"{here.number} {here.op}  {here.verdict.value}", "strong")
        told = pair_facts(pair, values) if values and pair else [Span(why, "dim")]
        lines = [first, *told, *facts_of(here, answer)]
        facts.show(list(wrapped(lines, max(24, facts.size.width - 3))))
        panes = [self.query_one(f"#compare-{name}", HeatPane) for name in PANES]
        if pair is None or not pair.expected.size:
            for pane in panes:
                pane.show("", None)
            return
        from inspector.tui.arrays import Held
        from inspector.tui.heat import slice_text

        arrays = (pair.expected, pair.found, pair.difference)
        scales = (pair.scale, pair.scale, None)
        for title, pane, array, own in zip(PANES.values(), panes, arrays, scales, strict=True):
            source = Held(array)
            caption = f"{title} {slice_text(source, pair.furthest)}"
            pane.show(caption, source, at=pair.furthest, scale=own)

    def action_leave(self) -> None:
        """Cancel the comparison that is under way, or leave."""
        if self.browser.jobs.what:
            self.browser.jobs.cancel()
        else:
            self.dismiss()

    def action_fault(self, step: int) -> None:
        """Go to the next SOURCE or UNKNOWN, or to the one before."""
        if self.answer is None:
            self.browser.complain("nothing has been compared")
        elif not self.listing.next_fault(step):
            self.browser.complain("no operator is a SOURCE or UNKNOWN")

    def action_worst(self) -> None:
        """Put the worst first, or all in execution order again."""
        self.listing.worst_first = not self.listing.worst_first
        self.listing.put_in_order()

    def action_sample(self, step: int) -> None:
        """Show the values on another sample, inside of a loop on another turn."""
        self.sample += step
        self.look()

    def action_output(self) -> None:
        """Show the next output of the operator."""
        self.output += 1
        self.show_pair()


PANES = {"expected": "reference", "found": "candidate", "difference": "candidate − reference"}

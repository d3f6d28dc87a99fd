"""The subgraphs of two models beside the primary ones, compared like these.

Those that an operator runs (the body of a WHILE, the branches of an IF, a composite's parts, an
initialiser) are fed what the reference fed them on the samples, some turns of a loop at the most;
those that a signature names, and branches that were not taken, get random inputs. Of a recording,
it is those that were run, on what they were fed then. Each is compared as the primary subgraph of a
copy of its model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from inspector.calls import calls_of
from inspector.compare.called import Called, inputs_seen
from inspector.compare.conclusions import decide, named
from inspector.compare.parts import Nested, beside, called_inside, fed, inside
from inspector.compare.primary import compare_primary
from inspector.compare.reference import Arrays
from inspector.compare.result import Comparison, OperatorResult, OutputResult
from inspector.compare.verdicts import Verdict
from inspector.errors import InspectorError
from inspector.run.callers import BRANCHES, below, callers
from inspector.run.runtime import Runtime


def with_others(
    found: Comparison,
    candidate: Nested,
    samples: Sequence[Arrays],
    runtime: Runtime,
    after_unit: Callable[[], object],
) -> Comparison:
    """The comparison of the primary subgraphs, and that of all others that can be reached."""
    waiting = beside(candidate)
    if not waiting:
        return found
    walk = Walk(found, candidate, samples, runtime, after_unit)
    while waiting:
        pair = waiting.pop(0)
        if pair.ours not in walk.done:
            waiting += walk.visit(pair)
    return walk.merged()


@dataclass(frozen=True, slots=True)
class Part:
    """What was found of one subgraph; `units` are what the verdicts are on, by the last of each."""

    operators: Sequence[OperatorResult]
    units: dict[int, tuple[int, ...]]
    outputs: tuple[OutputResult, ...] = ()
    failure: str = ""


class Walk:
    """The work of `with_others`, one subgraph after another; `done` has what was found of each."""

    def __init__(
        self,
        primary: Comparison,
        candidate: Nested,
        samples: Sequence[Arrays],
        runtime: Runtime,
        after_unit: Callable[[], object],
    ) -> None:
        self.primary, self.candidate, self.model = primary, candidate, candidate.reference
        self.runtime, self.after_unit = runtime, after_unit
        self.seen = inputs_seen(self.model, samples, runtime)
        self.done = {
            0: Part(primary.operators, units_of(candidate), primary.outputs, primary.failure)
        }

    def visit(self, pair: Called) -> list[Called]:
        """Compare one subgraph; the subgraphs that it runs."""
        try:
            other = inside(self.candidate, pair)
            self.done[pair.ours] = self._compared(pair, other)
        except InspectorError as error:
            self.done[pair.ours] = Part(self._unchecked(pair, str(error)), {})
            graph, count = self.model.subgraphs[pair.ours], len(self.model.subgraphs)
            calls = (call for operator in callers(graph) for call in calls_of(operator, count))
            return [Called(call.subgraph, None, call.operator) for call in calls]
        return list(called_inside(other, pair.ours))

    def _compared(self, pair: Called, candidate: Nested) -> Part:
        """The results of a subgraph; its outputs count by themselves if it is nobody's part."""
        given = [each.arrays for each in fed(self.model, pair.ours, self.seen, candidate)]
        model = candidate.reference
        found = compare_primary(model, candidate, given, self.runtime, self.after_unit)
        found = found.moved(pair.ours)
        if pair.caller is not None:
            return Part(found.operators, units_of(candidate))
        return Part(found.operators, units_of(candidate), found.outputs, found.failure)

    def _unchecked(self, pair: Called, why: str) -> list[OperatorResult]:
        """The results of operators that cannot be checked by themselves, and why.

        What runs them was checked with them inside, unless it may not have run them.
        """
        graph, verdict = self.model.subgraphs[pair.ours], Verdict.UNKNOWN
        if pair.caller is not None:
            caller = self.done[pair.caller.subgraph].operators[pair.caller.index]
            is_run = pair.ours in self.seen or pair.caller.name not in BRANCHES
            if is_run and caller.verdict is not Verdict.UNKNOWN:
                verdict, why = Verdict.FOLDED, f"checked through {pair.caller}; {why}"
        return [replace(named(graph, o.index, verdict), reason=why) for o in graph.operators]

    def merged(self) -> Comparison:
        """All of it as one comparison."""
        parts = [self.done[index] for index in sorted(self.done)]
        operators = tuple(self._explained(o) for part in parts for o in part.operators)
        outputs = tuple(output for part in parts for output in part.outputs)
        return replace(
            self.primary,
            outcome=decide(operators, outputs),
            operators=operators,
            outputs=outputs,
            failure=next((part.failure for part in parts if part.failure), ""),
        )

    def _explained(self, found: OperatorResult) -> OperatorResult:
        """A result as it is, or that of a CARRIER where what differs is in a subgraph it runs."""
        inner = self._source_within(found) if found.verdict is Verdict.SOURCE else None
        if inner is None:
            return found
        why = f"operator {inner.index} ({inner.op}) of subgraph {inner.subgraph} differs"
        return replace(found, verdict=Verdict.CARRIER, reason=why, hint="")

    def _source_within(self, found: OperatorResult) -> OperatorResult | None:
        """A SOURCE in the subgraphs that a unit runs."""
        unit = self.done[found.subgraph].units[found.index]
        operators = (self.model.subgraphs[found.subgraph].operators[i] for i in unit)
        calls = (call for o in operators for call in calls_of(o, len(self.model.subgraphs)))
        graphs = (graph.index for call in calls for graph in below(self.model, call.subgraph))
        results = (result for index in graphs for result in self.done[index].operators)
        return next((result for result in results if result.verdict is Verdict.SOURCE), None)


def units_of(candidate: Nested) -> dict[int, tuple[int, ...]]:
    """The operators of each unit, by the last of them."""
    return {unit.operators[-1]: unit.operators for unit in candidate.units}

"""From evidence to results: each operator's, each output's, and the outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from inspector.compare.evidence import Evidence
from inspector.compare.heads import Agreement
from inspector.compare.idle import UNUSED, idle_operators
from inspector.compare.metrics import Errors, Metrics, worst
from inspector.compare.result import OperatorResult, OutputResult, spread
from inspector.compare.tolerance import Tolerance, beyond, end_to_end
from inspector.compare.verdicts import Outcome, Verdict, verdict
from inspector.read.model import Subgraph
from inspector.read.records import Tensor
from inspector.run.runtime import Kernels

Allowed: TypeAlias = Callable[[Tensor], Tolerance]

INTEGERS = "quantised integers come before it, and one rounded the other way is a whole step off"
NO_DOUBTS: Mapping[int, str] = {}
GRAVITY = tuple(Verdict)
"""Where several units end at one operator, the first of these verdicts is the operator's."""


def operator_results(
    graph: Subgraph,
    evidence: Sequence[Evidence],
    unmatched: Mapping[int, str],
    accumulated: Errors,
    through: Mapping[int, int] | None = None,
) -> tuple[OperatorResult, ...]:
    """A result for each operator in execution order.

    `through` says of operators that are no part of a unit which one they are checked through.
    """
    judged: dict[int, OperatorResult] = {}
    folded: dict[int, OperatorResult] = {}
    for found in evidence:
        *before, last = found.unit.operators
        result = judge(graph, found, accumulated)
        if last not in judged or graver(result, judged[last]):
            judged[last] = result
        for index in before:
            if index not in folded or graver(folded[index], result):
                folded[index] = result
    for index, other in (through or {}).items():
        if other in judged:
            folded.setdefault(index, judged[other])
    results, idle = [], idle_operators(graph)
    for operator in graph.operators:
        index = operator.index
        if index in judged:
            results.append(judged[index])
        elif index in folded:
            results.append(fold(graph, index, folded[index]))
        elif index in idle:
            results.append(named(graph, index, Verdict.FOLDED, reason=UNUSED))
        else:
            reason = unmatched.get(index, "nothing of the candidate stands for it")
            results.append(named(graph, index, Verdict.UNKNOWN, reason=reason))
    return tuple(results)


def judge(graph: Subgraph, found: Evidence, accumulated: Errors) -> OperatorResult:
    """The result of the operator that a unit ends with."""
    outputs = [accumulated[tensor] for tensor in found.unit.outputs if tensor in accumulated]
    return named(
        graph,
        found.unit.operators[-1],
        verdict(graph, found, accumulated),
        match=found.unit.match,
        reason=found.unknown or found.remark,
        hint=found.hint,
        isolated=spread(found.isolated.values()),
        floor=spread(found.floor.values()),
        accumulated=spread(outputs),
    )


def fold(graph: Subgraph, index: int, into: OperatorResult) -> OperatorResult:
    """The result of an operator that was checked through another, if that could be checked."""
    through = f"operator {into.index} ({into.op})"
    if into.verdict is Verdict.UNKNOWN:
        reason = f"computed together with {through}, which could not be checked"
        return named(graph, index, Verdict.UNKNOWN, reason=reason)
    return named(graph, index, Verdict.FOLDED, reason=f"checked through {through}")


def named(graph: Subgraph, index: int, found: Verdict, **rest: Any) -> OperatorResult:
    """A result with the operator's own particulars."""
    operator = graph.operators[index]
    first = next((i for i in operator.outputs if i >= 0), None)
    label = "" if first is None else graph.tensors[first].name
    return OperatorResult(graph.index, index, operator.name, label, found, **rest)


def graver(one: OperatorResult, other: OperatorResult) -> bool:
    """Whether a verdict is the worse of two."""
    return GRAVITY.index(one.verdict) < GRAVITY.index(other.verdict)


def output_results(
    graph: Subgraph,
    accumulated: Errors,
    floor: Errors,
    elsewhere: Mapping[Kernels, Errors],
    tops: Mapping[int, Agreement],
    doubts: Mapping[int, str] = NO_DOUBTS,
    allowed: Allowed = end_to_end,
) -> tuple[OutputResult, ...]:
    """A result for each output of the subgraph.

    One is beyond its tolerance when it is too far from each of the interpreter's kernel sets (the
    errors from the others are `elsewhere`), and further than they are from each other. `tops` are
    the agreements of heads; `doubts` say of tensors why nothing is decided by what is behind them.
    Floats that are only integers dequantised are told in steps of those as well.
    """
    uncertain, steps = behind_integers(graph, doubts), dequantized(graph)
    results = []
    for index in graph.outputs:
        errors = {index: accumulated[index]} if index in accumulated else {}
        others = {kernels: e[index] for kernels, e in elsewhere.items() if index in e}
        everywhere = [errors, *({index: found} for found in others.values())]
        further = [beyond(graph, found, floor, allowed) for found in everywhere]
        results.append(
            OutputResult(
                index,
                graph.tensors[index].name,
                spread(in_steps(found, steps.get(index)) for found in errors.values()),
                spread([in_steps(floor[index], steps.get(index))] if index in floor else []),
                index not in uncertain,
                further[0] if all(further) else (),
                tops.get(index),
                elsewhere={
                    kernels.value: spread([in_steps(found, steps.get(index))])
                    for kernels, found in others.items()
                },
                allowed=allowed(graph.tensors[index]).max_rel_range,
                reason=uncertain.get(index, ""),
            )
        )
    return tuple(results)


def dequantized(graph: Subgraph) -> dict[int, float]:
    """The tensors that DEQUANTIZE makes of integers, each with the step of those."""
    found = {}
    for operator in graph.operators:
        if operator.name == "DEQUANTIZE":
            quantization = graph.tensors[operator.inputs[0]].quantization
            if quantization is not None and len(quantization.scale) == 1:
                found[operator.outputs[0]] = quantization.scale[0]
    return found


def in_steps(found: Sequence[Metrics], step: float | None) -> list[Metrics]:
    """The figures of floats, with the largest difference in steps where there are any."""
    if not step:
        return list(found)
    return [
        error if error.max_abs is None else replace(error, max_lsb=error.max_abs / step)
        for error in found
    ]


def behind_integers(graph: Subgraph, doubts: Mapping[int, str] = NO_DOUBTS) -> dict[int, str]:
    """The tensors that quantised integers, or doubtful ones, are computed into, and themselves.

    One that is rounded the other way, by an error however small, is a whole step off from there on.
    Each with its reason, which for `doubts` is given.
    """
    found = {i: INTEGERS for i in graph.inputs if graph.tensors[i].is_quantized} | dict(doubts)
    for operator in graph.operators:
        outputs = [i for i in operator.outputs if i >= 0]
        reason = next((found[i] for i in operator.inputs if i in found), "")
        if any(graph.tensors[i].is_quantized for i in outputs):
            reason = INTEGERS
        for index in outputs if reason else ():
            found.setdefault(index, reason)
    return found


def has_integers(graph: Subgraph) -> bool:
    """Whether an output has quantised integers before it."""
    return not behind_integers(graph).keys().isdisjoint(graph.outputs)


def is_doubtful(graph: Subgraph, accumulated: Errors, allowed: Allowed = end_to_end) -> bool:
    """Whether an output is so far off that the distance between kernel sets must be known."""
    outputs = {i: accumulated[i] for i in graph.outputs if i in accumulated}
    uncertain = [worst(outputs[i]) for i in outputs.keys() & behind_integers(graph)]
    return bool(beyond(graph, outputs, {}, allowed)) or any(e.max_abs for e in uncertain)


def decide(operators: Sequence[OperatorResult], outputs: Sequence[OutputResult]) -> Outcome:
    """The outcome of a comparison; see `Outcome`."""
    verdicts = {operator.verdict for operator in operators}
    if Verdict.SOURCE in verdicts or any(o.decides and o.beyond for o in outputs):
        return Outcome.MISMATCH
    if Verdict.UNKNOWN in verdicts or not operators or any(o.error is None for o in outputs):
        return Outcome.INCOMPARABLE
    return Outcome.MATCH

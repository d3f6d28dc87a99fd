"""Verdicts from errors, one rule at a time, and the outcome from verdicts."""

from __future__ import annotations

import pytest
from ai_edge_litert import schema_py_generated as schema

from inspector.compare.candidate import Unit
from inspector.compare.conclusions import behind_integers, decide, operator_results, output_results
from inspector.compare.evidence import Evidence
from inspector.compare.metrics import EXACT, Metrics
from inspector.compare.result import OperatorResult, OutputResult, spread
from inspector.compare.verdicts import Outcome, Verdict, verdict
from inspector.read.model import Model, Subgraph
from inspector.run.runtime import Kernels
from tests.written import made, model, operator, packed, subgraph, tensor

FINE, ROUGH = Metrics(120, 1, 1e-7), Metrics(40, 1, 1e-2)
UNIT = Unit((0,), (0, 1), (2,))


@pytest.fixture
def graph() -> Subgraph:
    """t0 + t1 = t2, t2 + t1 = t3."""
    tensors = [tensor(f"t{i}") for i in range(4)]
    graph = subgraph(tensors, [operator([0, 1], [2]), operator([2, 1], [3])], inputs=[0, 1])
    return Model(packed(model([graph]))).subgraphs[0]


def quantised_first() -> Subgraph:
    """The same, where t2 holds quantised integers."""
    scale = made(schema.QuantizationParametersT, scale=[0.5], zeroPoint=[0])
    tensors = [tensor(f"t{i}") for i in range(4)]
    tensors[2].type, tensors[2].quantization = schema.TensorType.INT8, scale
    graph = subgraph(tensors, [operator([0, 1], [2]), operator([2, 1], [3])], inputs=[0, 1])
    return Model(packed(model([graph]))).subgraphs[0]


def alone(error: Metrics, **fields: object) -> Evidence:
    return Evidence(UNIT, {2: [error]}, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "found, accumulated, expected",
    [
        (alone(ROUGH, beyond=("sqnr_db",)), {}, Verdict.SOURCE),
        (Evidence(UNIT, unknown="no match"), {2: [EXACT]}, Verdict.UNKNOWN),
        (alone(FINE), {}, Verdict.OK),
        (alone(FINE), {0: [EXACT], 1: [EXACT], 2: [FINE]}, Verdict.OK),
        (alone(FINE), {0: [Metrics(45)], 1: [EXACT], 2: [ROUGH]}, Verdict.CARRIER),
        (alone(FINE), {0: [Metrics(46)], 1: [EXACT], 2: [ROUGH]}, Verdict.AMPLIFIER),
        (alone(FINE), {0: [Metrics(46), Metrics(43)], 2: [FINE, ROUGH]}, Verdict.CARRIER),
        (alone(FINE), {2: [ROUGH]}, Verdict.CARRIER),
        (alone(ROUGH, floor={2: [ROUGH]}), {0: [EXACT], 2: [ROUGH]}, Verdict.OK),
    ],
)
def test_a_verdict_follows_from_both_passes(
    graph: Subgraph, found: Evidence, accumulated: dict[int, list[Metrics]], expected: Verdict
) -> None:
    assert verdict(graph, found, accumulated) is expected


def results(graph: Subgraph, *evidence: Evidence) -> list[tuple[Verdict, str]]:
    found = operator_results(graph, evidence, {1: "nothing like it"}, {})
    return [(result.verdict, result.reason) for result in found]


def test_every_operator_gets_a_result(graph: Subgraph) -> None:
    assert results(graph, alone(FINE)) == [
        (Verdict.OK, ""),
        (Verdict.UNKNOWN, "nothing like it"),
    ]


def test_a_folded_operator_is_as_good_as_the_one_it_is_folded_into(graph: Subgraph) -> None:
    both = Unit((0, 1), (0, 1), (3,))
    good = results(graph, Evidence(both, {3: [FINE]}))
    assert good == [(Verdict.FOLDED, "checked through operator 1 (ADD)"), (Verdict.OK, "")]
    bad = results(graph, Evidence(both, unknown="it broke"))
    assert [found for found, _ in bad] == [Verdict.UNKNOWN, Verdict.UNKNOWN]
    assert "could not be checked" in bad[0][1]


def test_the_gravest_of_several_units_is_the_operators(graph: Subgraph) -> None:
    wrong = alone(ROUGH, beyond=("sqnr_db",))
    assert results(graph, alone(FINE), wrong, alone(FINE))[0][0] is Verdict.SOURCE


def op(found: Verdict) -> OperatorResult:
    return OperatorResult(0, 0, "ADD", "x", found)


def output(error: Metrics | None, *, decides: bool = True, beyond: bool = False) -> OutputResult:
    errors = spread([[error]]) if error else None
    return OutputResult(2, "x", errors, None, decides, ("max_rel_range",) * beyond)


@pytest.mark.parametrize(
    "verdicts, outputs, outcome",
    [
        ("OK FOLDED CARRIER AMPLIFIER", [output(FINE)], Outcome.MATCH),
        ("OK SOURCE UNKNOWN", [output(FINE)], Outcome.MISMATCH),
        ("OK UNKNOWN", [output(FINE)], Outcome.INCOMPARABLE),
        ("OK", [output(ROUGH, beyond=True)], Outcome.MISMATCH),
        ("UNKNOWN", [output(ROUGH, beyond=True)], Outcome.MISMATCH),
        ("OK", [output(ROUGH, beyond=True, decides=False)], Outcome.MATCH),
        ("OK", [output(FINE), output(None)], Outcome.INCOMPARABLE),
        ("", [output(FINE)], Outcome.INCOMPARABLE),
    ],
)
def test_the_outcome(verdicts: str, outputs: list[OutputResult], outcome: Outcome) -> None:
    assert decide([op(Verdict[name]) for name in verdicts.split()], outputs) is outcome


def test_outputs_behind_quantised_integers_do_not_decide(graph: Subgraph) -> None:
    assert behind_integers(graph) == {}
    assert behind_integers(quantised_first()).keys() == {2, 3}
    rough = {3: [ROUGH]}
    assert [o.decides for o in output_results(graph, rough, {}, {}, {})] == [True]
    assert [o.decides for o in output_results(quantised_first(), rough, {}, {}, {})] == [False]


def test_the_distance_between_kernel_sets_excuses_an_output(graph: Subgraph) -> None:
    rough = {3: [ROUGH]}
    assert output_results(graph, rough, {}, {}, {})[0].beyond == ("max_rel_range",)
    assert output_results(graph, rough, rough, {}, {})[0].beyond == ()


def test_an_output_is_right_when_it_is_near_any_kernel_set(graph: Subgraph) -> None:
    rough, fine = {3: [ROUGH]}, {3: [FINE]}
    both = {Kernels.REFERENCE: rough, Kernels.XNNPACK: fine}
    found = output_results(graph, rough, {}, both, {})[0]
    assert found.beyond == ()
    assert found.elsewhere == {"reference": spread([[ROUGH]]), "xnnpack": spread([[FINE]])}
    one = {Kernels.REFERENCE: rough}
    assert output_results(graph, rough, {}, one, {})[0].beyond == ("max_rel_range",)

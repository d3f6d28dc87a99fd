"""Models that keep variables behind handles: what reads and writes them is checked, too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

import inspector
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.graph import graph_of
from inspector.run.inputs import inputs_of
from inspector.run.regions import Region, Slice, region_of
from inspector.run.runtime import Kernels, Runtime
from tests.compare.planting import Fault, faults, faulty
from tests.run.keepers import keeping, looking_up
from tests.run.litert import interpreter, shared
from tests.written import CUSTOM, code, model, operator, subgraph, tensor, write

NETWORKS = [
    "networks/mww-vad.tflite",
    "networks/mww-alexa.tflite",
    "networks/litert-resource_vars_calibrated.bin",
    "small/litert-call_once_mul.bin",
]


def compared(path: Path, other: bytes, kernels: Kernels = Kernels.BUILTIN) -> Comparison:
    with inspector.open(path) as model:
        candidate = TfliteCandidate(model, inspector.Model(other, "copy.tflite"), Runtime(kernels))
        samples = [inputs_of(model).read([], seed=3, index=index) for index in range(2)]
        return compare(model, candidate, samples)


def sources(found: Comparison) -> list[tuple[int, int]]:
    return [(o.subgraph, o.index) for o in found.operators if o.verdict is Verdict.SOURCE]


@pytest.mark.parametrize("kernels", Kernels)
def test_a_model_with_a_variable_matches_itself(tmp_path: Path, kernels: Kernels) -> None:
    path = keeping(tmp_path / "m.tflite")
    found = compared(path, path.read_bytes(), kernels)
    assert found.outcome is Outcome.MATCH
    folded = [op.index for op in found.operators if op.verdict is Verdict.FOLDED]
    assert folded[:4] == [0, 1, 5, 8]  # the initialiser, the handle, and what writes


@pytest.mark.parametrize("fault, operator", [({"step": 2.5}, 3), ({"factor": 4.0}, 4)])
def test_an_operator_behind_a_variable_is_named(
    tmp_path: Path, fault: dict[str, float], operator: int
) -> None:
    path = keeping(tmp_path / "m.tflite")
    found = compared(path, keeping(tmp_path / "other.tflite", **fault).read_bytes())
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [(0, operator)])


def test_what_reads_a_variable_runs_behind_all_that_wrote_to_it(tmp_path: Path) -> None:
    path = keeping(tmp_path / "m.tflite")
    whole = interpreter(path, [np.array([10], np.float32)], preserve=True)
    with inspector.open(path) as model:
        graph = model.subgraphs[0]
        edges = graph_of(graph)
        first = region_of(graph, edges, [4], {0})
        again = region_of(graph, edges, [7], {0, 5})
        assert first == Region((0, 1, 2), (), (4,))
        assert again == Region((0, 1, 5, 6), (5,), (7,))
        part = Slice(model, region_of(graph, edges, [8], {0}), Runtime())
        for _ in range(2):  # each run finds the variable as the initialiser leaves it
            (value,) = part.run([np.array([10], np.float32)])
            assert value == whole.get_tensor(8) == 13


def test_a_table_is_checked_where_it_is_filled_and_where_it_is_read(tmp_path: Path) -> None:
    path = looking_up(tmp_path / "m.tflite", b"zero", b"one")
    key = [np.array([1], np.int64)]
    found = {}
    for name, texts in (("same", (b"zero", b"one")), ("other", (b"zero", b"eins"))):
        with inspector.open(path) as model:
            other = inspector.open(looking_up(tmp_path / name, *texts))
            found[name] = compare(model, TfliteCandidate(model, other), [key])
    assert found["same"].outcome is Outcome.MATCH
    assert (found["other"].outcome, sources(found["other"])) == (Outcome.MISMATCH, [(1, 1)])
    assert found["other"].operators[2].verdict is Verdict.CARRIER


@pytest.mark.parametrize("name", NETWORKS)
def test_so_it_is_in_networks_of_other_people(name: str) -> None:
    path = shared(name)
    for kernels in (Kernels.BUILTIN, Kernels.REFERENCE):
        assert compared(path, path.read_bytes(), kernels).outcome is Outcome.MATCH


@pytest.mark.parametrize("kind", ["scale doubled", "kernel transposed", "padding swapped"])
def test_a_fault_in_a_streaming_network_is_named(kind: str) -> None:
    path = shared("networks/mww-vad.tflite")
    fault: Fault = next(fault for fault in faults(path) if fault.kind == kind)
    found = compared(path, faulty(path, fault))
    assert (found.outcome, sources(found)) == (Outcome.MISMATCH, [(0, fault.operator)])


def test_a_constant_that_changes_nothing_is_told_and_is_no_fault() -> None:
    path = shared("networks/mww-vad.tflite")  # the bias of operator 17 is a hundredth of a step
    (fault,) = (f for f in faults(path) if (f.kind, f.operator) == ("bias dropped", 17))
    found = compared(path, faulty(path, fault))
    assert found.outcome is Outcome.MATCH
    told = [op.index for op in found.operators if "nor random feeds show it" in op.reason]
    assert told == [17]


def test_what_a_custom_operator_keeps_may_be_anything(tmp_path: Path) -> None:
    """A handle that it makes names nothing that we know, whatever its options are."""
    options = list(flexbuffers.Dumps({"sizes": [1, 2], "of": {"kind": "list"}}))
    tensors = [tensor("x"), tensor("list", [], type=schema.TensorType.VARIANT), tensor("y")]
    made = [operator([0], [1], customOptions=options), operator([1, 0], [2])]
    graph = subgraph(tensors, made, inputs=[0], outputs=[2])
    codes = [code(CUSTOM, customCode="TensorList")]
    with inspector.open(write(tmp_path / "m.tflite", model([graph], operatorCodes=codes))) as found:
        primary = found.subgraphs[0]
        region = region_of(primary, graph_of(primary), [2], {0})
        with pytest.raises(inspector.RunError, match="has no TensorList"):
            compare(found, TfliteCandidate(found, found, Runtime()), [[np.ones(2, np.float32)]])
    assert region.operators == (0, 1)

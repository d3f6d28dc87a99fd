"""Faults in subgraphs that are not the primary one: named where they are, and nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Kernels, Runtime
from tests.run.graphs import call, choosing, counting, number
from tests.run.keepers import keeping
from tests.run.litert import shared
from tests.written import packed, tensor

Sample = Sequence[np.ndarray]
STATE = [np.array([0], np.int32), np.array([3], np.int32), np.array([0.5, -1], np.float32)]
NETWORKS = [
    "small/litert-nested_while.bin",
    "small/litert-while_op_with_forwarding_input.bin",
    "small/litert-l2_norm_composite.tflite",
    "small/litert-multi_signature_def.bin",
    "small/quantizer-two_signatures_a8w8.tflite",
    "networks/litert-simple_group_norm_op.tflite",
    "networks/lyra-quantizer.tflite",
]


def compared(
    path: Path, other: bytes, sample: Sample, kernels: Kernels = Kernels.BUILTIN
) -> Comparison:
    with inspector.open(path) as model:
        candidate = TfliteCandidate(model, inspector.Model(other, "copy.tflite"), Runtime(kernels))
        return compare(model, candidate, [sample])


def drawn(path: Path) -> Sample:
    with inspector.open(path) as model:
        return inputs_of(model).read([], seed=3)


def found_in(found: Comparison, verdict: Verdict) -> list[tuple[int, int]]:
    return [(o.subgraph, o.index) for o in found.operators if o.verdict is verdict]


def changed(path: Path, buffer: int, dtype: type[np.generic]) -> bytes:
    """A copy with one more in each element of a constant."""
    root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    held = root.buffers[buffer]
    held.data = (np.asarray(held.data, np.uint8).view(dtype) + dtype(1)).view(np.uint8)
    return packed(root)


def test_a_fault_in_the_body_of_a_loop_is_named_there(tmp_path: Path) -> None:
    path = counting(tmp_path / "m.tflite")
    assert compared(path, path.read_bytes(), STATE).outcome is Outcome.MATCH
    found = compared(path, changed(path, 1, np.int32), STATE)  # i + 2 for i + 1
    assert found.outcome is Outcome.MISMATCH
    assert found_in(found, Verdict.SOURCE) == [(2, 0)]
    (loop, *_) = found.operators
    assert loop.verdict is Verdict.CARRIER
    assert loop.reason == "operator 0 (ADD) of subgraph 2 differs"


def test_a_fault_in_the_branch_that_is_not_taken_is_named(tmp_path: Path) -> None:
    path = choosing(tmp_path / "m.tflite")
    root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    (square,) = root.subgraphs[2].operators
    (double,) = root.subgraphs[1].operators
    square.opcodeIndex, square.builtinOptionsType = double.opcodeIndex, double.builtinOptionsType
    square.builtinOptions = double.builtinOptions
    for which in (True, False):
        sample = [np.array([which]), np.array([3, 5], np.float32)]
        found = compared(path, packed(root), sample)
        assert (found.outcome, found_in(found, Verdict.SOURCE)) == (Outcome.MISMATCH, [(2, 0)])


def test_a_fault_in_what_an_initialiser_writes_is_named(tmp_path: Path) -> None:
    path = keeping(tmp_path / "m.tflite")
    other = keeping(tmp_path / "other.tflite", start=5).read_bytes()
    found = compared(path, other, [np.ones(1, np.float32)])
    assert (found.outcome, found_in(found, Verdict.SOURCE)) == (Outcome.MISMATCH, [(1, 1)])
    assert (0, 2) in found_in(found, Verdict.CARRIER)  # what reads the variable


def test_a_fault_behind_the_second_signature_is_named() -> None:
    path = shared("small/quantizer-two_signatures_a8w8.tflite")
    root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    graph = root.subgraphs[1]
    kernel = graph.tensors[graph.operators[0].inputs[1]]
    kernel.quantization.scale = [2 * scale for scale in kernel.quantization.scale]
    found = compared(path, packed(root), drawn(path))
    assert (found.outcome, found_in(found, Verdict.SOURCE)) == (Outcome.MISMATCH, [(1, 0)])


def test_subgraphs_may_stand_elsewhere_in_the_candidate(tmp_path: Path) -> None:
    path = counting(tmp_path / "m.tflite")
    root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    main, condition, body = root.subgraphs
    root.subgraphs = [main, body, condition]
    loop = main.operators[0].builtinOptions
    loop.condSubgraphIndex, loop.bodySubgraphIndex = 2, 1
    found = compared(path, packed(root), STATE)
    assert found.outcome is Outcome.MATCH
    assert [o.subgraph for o in found.operators] == [0, 1, 2, 2, 2]


def test_a_loop_that_keeps_a_variable_matches_itself(tmp_path: Path) -> None:
    handle = tensor("handle", [], type=schema.TensorType.RESOURCE)
    body = [
        call("VAR_HANDLE", [], [7], sharedName="v"),
        call("ASSIGN_VARIABLE", [7, 4], []),
        call("READ_VARIABLE", [7], [8]),
    ]
    path = counting(tmp_path / "m.tflite", body, [handle, number("v")])
    found = compared(path, path.read_bytes(), STATE)
    assert found.outcome is Outcome.MATCH
    assert found_in(found, Verdict.FOLDED) == [(2, 3), (2, 4)]
    other = compared(path, changed(path, 1, np.int32), STATE)
    assert found_in(other, Verdict.SOURCE) == [(2, 0)]


def test_what_runs_a_subgraph_that_the_candidate_has_not_answers_for_it(tmp_path: Path) -> None:
    path = choosing(tmp_path / "m.tflite")
    flag = [np.array([True]), np.array([3, 5], np.float32)]
    root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
    root.subgraphs[0].operators = root.subgraphs[1].operators  # x + x, whatever the flag
    root.subgraphs[0].operators[0].inputs = [1, 1]
    root.subgraphs[0].operators[0].outputs = [2]
    found = compared(path, packed(root), flag)
    assert found.outcome is Outcome.INCOMPARABLE
    assert found_in(found, Verdict.FOLDED) == [(1, 0)]
    assert found_in(found, Verdict.UNKNOWN) == [(2, 0)]  # the branch that was not taken


@pytest.mark.parametrize("name", NETWORKS)
def test_models_of_several_subgraphs_match_themselves(name: str) -> None:
    path = shared(name)
    for kernels in (Kernels.BUILTIN, Kernels.REFERENCE):
        found = compared(path, path.read_bytes(), drawn(path), kernels)
        assert found.outcome is Outcome.MATCH
        with inspector.open(path) as model:
            operators = [(g.index, o.index) for g in model.subgraphs for o in g.operators]
        assert [(o.subgraph, o.index) for o in found.operators] == operators


def test_what_differs_in_a_loop_is_said_and_cut_out(
    tmp_path: Path, tfli: Callable[..., Any]
) -> None:
    path, copy, repro = counting(tmp_path / "m.tflite"), tmp_path / "copy.tflite", tmp_path / "r"
    copy.write_bytes(changed(path, 1, np.int32))
    np.savez(tmp_path / "in.npz", i=STATE[0], limit=STATE[1], x=STATE[2])
    given = ("--input", tmp_path / "in.npz")
    done = tfli("compare", path, copy, *given, "-o", repro, "--overlay", tmp_path / "o")
    assert done.code == 1
    assert "operator 0 of subgraph 2, ADD 'next': isolated error" in done.err
    assert "2/0" in done.out and "operator 0 (ADD) of subgraph 2 differs" in done.out
    script = subprocess.run([sys.executable, repro / "repro.py"], capture_output=True, text=True)
    assert "largest difference 1," in script.stdout
    verdicts = json.loads((tmp_path / "o" / "model_explorer_verdict.json").read_text())
    assert verdicts["main"]["results"]["0"]["value"] == "CARRIER"


def test_a_signature_is_compared_by_its_key(tfli: Callable[..., Any]) -> None:
    path = shared("small/quantizer-two_signatures_a8w8.tflite")
    with inspector.open(path) as model:
        keys = {signature.key: signature.subgraph for signature in model.signatures}
    for key, subgraph in keys.items():
        done = tfli("compare", path, path, "--signature", key, "--json")
        found = json.loads(done.out)
        assert done.code == 0 and (subgraph, 0) in {
            (o["subgraph"], o["index"]) for o in found["ops"]
        }
    assert {o["subgraph"] for o in found["ops"]} == {o["subgraph"] for o in found["outputs"]} == {1}
    wrong = tfli("compare", path, path, "--signature", "none")
    assert wrong.code == 2 and "has no signature 'none'" in wrong.err

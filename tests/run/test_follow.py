"""Inside loops, branches and calls: held against the same computed in NumPy, turn by turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.run.capture import capture
from inspector.run.follow import Wanted
from inspector.run.places import Frame, Place, array_key
from inspector.run.probe import Probe
from inspector.run.record import Plan, record
from tests.run.graphs import call, choosing, counting, number
from tests.run.litert import shared
from tests.written import tensor

START = np.array([0.5, -1], np.float32)


def state(limit: int) -> list[np.ndarray]:
    return [np.array([0], np.int32), np.array([limit], np.int32), START]


def test_each_turn_of_a_loop_is_what_numpy_computes(tmp_path: Path) -> None:
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        found = capture(opened, state(3))
    i, x = 0, START
    for turn in range(4):
        condition, body = (Frame(0, 0, callee, turn) for callee in (1, 2))
        assert found.inside[Place(1, 0, (condition,))].tolist() == [i]
        assert found.inside[Place(1, 3, (condition,))].tolist() == [i < 3]
        if turn < 3:
            assert np.array_equal(found.inside[Place(2, 5, (body,))], x + x)
            assert np.array_equal(found.inside[Place(2, 6, (body,))], x + x + x)
            i, x = i + 1, x + x + x
    assert np.array_equal(found.values[5], x) and found.values[3].tolist() == [3]
    assert len(found.inside) == 4 * 4 + 3 * 6
    assert [(one.turns, one.equal) for one in found.findings.followed] == [(3, True)]
    assert found.findings.sound and not found.findings.missing


def test_keys_say_operator_subgraph_and_iteration(tmp_path: Path) -> None:
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        found = capture(opened, state(1))
        keys = {
            array_key(opened.subgraphs[place.subgraph].tensors[place.tensor], place)
            for place in found.inside
        }
    assert {"o0_s1_i0_3_goes_on", "o0_s1_i1_3_goes_on", "o0_s2_i0_6_thrice"} <= keys
    assert len(keys) == len(found.inside)
    assert (
        array_key(
            inspector.open(tmp_path / "m.tflite")
            .subgraphs[0]
            .tensors[0]
            ._replace(index=7, name="a/b"),
            Place(5, 7, (Frame(0, 0, 2, 0), Frame(2, 4, 5)), "t2", before=True),
        )
        == "t2_o0_s2_i0_o4_s5_before_7_a_b"
    )


def test_a_loop_within_a_loop() -> None:
    with inspector.open(shared("small/litert-nested_while.bin")) as opened:
        found = capture(opened, [np.array(1, np.float32)])
    outer, inner = Frame(0, 0, 2, 0), Frame(2, 0, 4, 0)
    assert found.inside[Place(4, 1, (outer, inner))] == 2
    assert [one.equal for one in found.findings.followed] == [True, True]


def test_turns_beyond_the_bound_are_left_out_and_told(tmp_path: Path) -> None:
    values: dict[Place, np.ndarray] = {}
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        findings = record(opened, [state(9)], Plan(turns=4), values.__setitem__)
    assert {place.iteration for place in values} == {None, 0, 1, 2, 3}
    assert [(one.turns, one.equal) for one in findings.followed] == [(4, None)]
    assert findings.sound


def test_a_loop_that_goes_round_no_time_has_no_values_in_its_body(tmp_path: Path) -> None:
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        found = capture(opened, state(0))
    assert {place.subgraph for place in found.inside} == {1}
    assert "did not go round" in found.findings.missing[2, 6]


@pytest.mark.parametrize("which, taken, left", [(True, 1, 2), (False, 2, 1)])
def test_the_branch_that_was_taken(tmp_path: Path, which: bool, taken: int, left: int) -> None:
    with inspector.open(choosing(tmp_path / "m.tflite")) as opened:
        found = capture(opened, [np.array([which]), START])
    expected = START + START if which else START * START
    assert np.array_equal(found.inside[Place(taken, 1, (Frame(0, 0, taken),))], expected)
    assert found.findings.missing == {
        (left, tensor): "operator 0 (IF) in subgraph 0 took another branch" for tensor in (0, 1)
    }


def test_a_composite_runs_its_decomposition() -> None:
    x = np.linspace(-1, 1, 768, dtype=np.float32)[None]
    with inspector.open(shared("small/litert-l2_norm_composite.tflite")) as opened:
        found = capture(opened, [x])
    squares = found.inside[Place(1, 3, (Frame(0, 0, 1),))]
    assert np.array_equal(squares, x * x) and found.findings.followed[0].equal


def test_what_is_run_once_is_seen_once() -> None:
    values: dict[Place, np.ndarray] = {}
    with inspector.open(shared("small/litert-call_once_mul.bin")) as opened:
        runs = [[np.array(x, np.float32)] for x in (3, 5)]
        findings = record(opened, runs, Plan(state=True), values.__setitem__)
    assert [len(one.caller) for one in findings.followed] == [1]
    assert values[Place(0, 3, run="t0")] == 6 and values[Place(0, 3, run="t1")] == 15


def test_a_random_loop_is_not_run_again(tmp_path: Path) -> None:
    drawn = call("RANDOM_UNIFORM", [7], [8], seed=0, seed2=0)
    more = [tensor("shape", [1], type=schema.TensorType.INT32, buffer=1), tensor("random", [1])]
    with inspector.open(counting(tmp_path / "m.tflite", [drawn], more)) as opened:
        found = capture(opened, state(2))
    assert not found.inside and found.outputs_equal
    assert "operator 3 (RANDOM_UNIFORM) in subgraph 2 is random" in found.findings.missing[2, 8]


def test_a_loop_with_a_resource_is_not_run_again(tmp_path: Path) -> None:
    handle = tensor("handle", [], type=schema.TensorType.RESOURCE)
    body = [
        call("VAR_HANDLE", [], [7], sharedName="v"),
        call("ASSIGN_VARIABLE", [7, 4], []),
        call("READ_VARIABLE", [7], [8]),
    ]
    with inspector.open(counting(tmp_path / "m.tflite", body, [handle, number("v")])) as opened:
        found = capture(opened, state(2))
    assert not found.inside
    assert "uses a resource" in found.findings.missing[2, 6]


def test_a_loop_that_ends_otherwise_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Probe.feed

    def otherwise(self: Probe, inputs: list[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
        for index, value in feed(self, inputs):
            yield index, value + 1 if index == 6 else value

    monkeypatch.setattr(Probe, "feed", otherwise)
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        found = capture(opened, state(3))
    assert [one.equal for one in found.findings.followed] == [False]
    assert found.outputs_equal and not found.findings.sound


def test_only_wanted_tensors_are_taken_inside(tmp_path: Path) -> None:
    values: dict[Place, np.ndarray] = {}
    with inspector.open(counting(tmp_path / "m.tflite")) as opened:
        plan = Plan(wanted=Wanted({2: [6]}))
        record(opened, [state(2)], plan, values.__setitem__)
        assert not capture(opened, state(2), tensors=[5]).inside
    assert [place.tensor for place in values] == [6, 6]

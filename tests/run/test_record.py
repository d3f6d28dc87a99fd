"""Several runs, state between them, groups of tensors, and files that cannot be patched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

import inspector
from inspector.run import edit
from inspector.run.capture import capture
from inspector.run.groups import grouped, product
from inspector.run.inputs import inputs_of
from inspector.run.places import Place
from inspector.run.record import Findings, Plan, record
from inspector.run.session import Session
from tests.run.graphs import RNN_WEIGHTS, chain, circling, remembering
from tests.run.litert import BUILTIN, FIXTURES, interpreter, shared

X = [
    np.array([[1, 2]], np.float32),
    np.array([[-1, 3]], np.float32),
    np.array([[0, 1]], np.float32),
]


def recorded(path: Path, runs: list[list[np.ndarray]], plan: Plan) -> dict[Place, np.ndarray]:
    values: dict[Place, np.ndarray] = {}
    with inspector.open(path) as opened:
        findings = record(opened, runs, plan, values.__setitem__)
    assert findings.sound
    return values


def rnn(x: np.ndarray, h: np.ndarray) -> np.ndarray:
    weights, recurrent, bias = RNN_WEIGHTS
    return np.maximum(x @ weights.T + h @ recurrent.T + bias, 0)


def test_steps_go_on_from_each_others_state(tmp_path: Path) -> None:
    found = recorded(remembering(tmp_path / "m.tflite"), [[x] for x in X], Plan(state=True))
    h = np.zeros((1, 3), np.float32)
    for step, x in enumerate(X):
        run = f"t{step}"
        assert np.allclose(found[Place(0, 4, run=run, before=True)], h, atol=1e-6)
        h = rnn(x, h)
        assert np.allclose(found[Place(0, 4, run=run)], h, atol=1e-6)
        assert np.allclose(found[Place(0, 5, run=run)], h, atol=1e-6)
        assert np.array_equal(found[Place(0, 0, run=run)], x)


def test_samples_begin_anew(tmp_path: Path) -> None:
    found = recorded(remembering(tmp_path / "m.tflite"), [[x] for x in X], Plan())
    zero = np.zeros((1, 3), np.float32)
    for sample, x in enumerate(X):
        assert not found[Place(0, 4, run=f"n{sample}", before=True)].any()
        assert np.allclose(found[Place(0, 5, run=f"n{sample}")], rnn(x, zero), atol=1e-6)


@pytest.mark.parametrize("name", ["networks/mww-vad.tflite", "small/tflm-trained_lstm.tflite"])
def test_steps_of_streaming_models_are_those_of_a_loop_over_the_interpreter(name: str) -> None:
    path = shared(name)
    with inspector.open(path) as opened:
        runs = [inputs_of(opened).read([], seed=2, index=step) for step in range(4)]
        outputs = opened.subgraphs[0].outputs
    found = recorded(path, runs, Plan(state=True))
    own = Interpreter(model_path=str(path), experimental_op_resolver_type=BUILTIN)
    own.allocate_tensors()
    for step, inputs in enumerate(runs):
        for details, array in zip(own.get_input_details(), inputs, strict=True):
            own.set_tensor(details["index"], array)
        own.invoke()
        for tensor in outputs:
            expected = own.get_tensor(tensor)
            assert np.array_equal(found[Place(0, tensor, run=f"t{step}")], expected)


def test_samples_cost_a_run_each_and_not_a_load(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, init = [], Session.__init__
    monkeypatch.setattr(Session, "__init__", lambda *a, **k: loads.append(1) or init(*a, **k))
    path = fixtures / "cnn.tflite"
    with inspector.open(path) as opened:
        runs = [inputs_of(opened).read([], seed=0, index=index) for index in range(5)]
    found = recorded(path, runs, Plan())
    assert len(loads) == 2  # watched and untouched
    for sample, inputs in enumerate(runs):
        own = interpreter(path, inputs, preserve=True)
        for place, value in found.items():
            if place.run == f"n{sample}":
                assert np.array_equal(value, own.get_tensor(place.tensor))


@pytest.mark.parametrize("room", [1, 9, 10, 25, 1000])
def test_groups_keep_order_and_fit(room: int) -> None:
    sizes = dict(enumerate([4, 6, 30, 0, 5, 5, 1, 9]))
    found = list(grouped(list(sizes), sizes, room))
    assert [tensor for group in found for tensor in group] == list(sizes)
    for group in found:
        assert len(group) == 1 or sum(sizes[tensor] for tensor in group) <= room
    assert list(grouped([], sizes, room)) == []
    assert product([2, 3, 0]) == 0 and product([]) == 1


@pytest.mark.parametrize("state", [False, True])
def test_groups_give_the_same_to_the_bit(tmp_path: Path, state: bool) -> None:
    path = chain(tmp_path / "m.tflite", count=12, size=100_000)
    runs = [[np.full(100_000, x, np.float32)] for x in (1, 2)]
    whole = recorded(path, runs, Plan(state=state))
    values: dict[Place, np.ndarray] = {}
    with inspector.open(path) as opened:
        findings = record(opened, runs, Plan(state=state, memory=1), values.__setitem__)
    assert findings.groups > 4 and findings.sound
    assert values.keys() == whole.keys()
    assert all(np.array_equal(values[place], whole[place]) for place in whole)


@pytest.mark.parametrize("size", [2, 1_000_000])  # of the latter, two do not fit into a group
def test_groups_and_loops_go_together(tmp_path: Path, size: int) -> None:
    path = circling(tmp_path / "m.tflite", 3, size)
    inputs = [np.array([0], np.int32), np.array([2], np.int32), np.ones(size, np.float32)]
    values: dict[Place, np.ndarray] = {}
    whole = recorded(path, [inputs], Plan())
    with inspector.open(path) as opened:
        findings = record(opened, [inputs], Plan(memory=1), values.__setitem__)
    assert whole.keys() == values.keys()
    assert all(np.array_equal(values[place], whole[place]) for place in whole)
    assert findings.sound and not findings.missing
    assert [(one.turns, one.equal) for one in findings.followed] == [(2, True)]
    assert findings.groups == 2 if size == 2 else findings.groups >= 7


@pytest.mark.parametrize("name", FIXTURES)
def test_a_file_that_cannot_be_patched_is_captured_all_the_same(
    fixtures: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with inspector.open(fixtures / name) as opened:
        inputs = inputs_of(opened).read([], seed=1)
        expected = capture(opened, inputs)
        monkeypatch.setattr(edit, "LARGEST", 1000)
        found = capture(opened, inputs)
    assert found.findings.preserved and not expected.findings.preserved
    assert found.outputs_equal and found.values.keys() == expected.values.keys()
    for tensor, value in expected.values.items():
        assert np.array_equal(found.values[tensor], value)


def test_findings_are_sound_unless_a_check_failed() -> None:
    assert Findings().sound and not Findings(outputs_equal=False).sound


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
@pytest.mark.parametrize("written, count", [(chain, 2000), (circling, 500)])
def test_200_mb_of_tensors_are_captured_within_200_mb(
    tmp_path: Path, written: Callable[[Path, int, int], Path], count: int
) -> None:
    path = written(tmp_path / "m.tflite", count, 50_000_000 // count)
    target = tmp_path / "acts.npz"
    np.savez(tmp_path / "in.npz", i=np.array([0], np.int32), limit=np.array([1], np.int32))
    given = ["--input", tmp_path / "in.npz"] if written is circling else []
    call = [sys.executable, "-m", "inspector.cli.main", "capture", path, "-o", target, *given]
    running = subprocess.Popen([*call, "--max-memory", "200MB"], stderr=subprocess.DEVNULL)
    peak = 0
    while running.poll() is None:
        peak = max(peak, sum(map(resident, family(running.pid))))
        time.sleep(0.005)
    assert running.returncode == 0
    assert target.stat().st_size > 200_000_000
    assert 50_000_000 < peak < 200_000_000


def family(process: int) -> list[int]:
    """A process and its children."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return [process]
    return [process, *map(int, children.split())]


def resident(process: int) -> int:
    """All pages of a process that are in memory, in bytes."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")

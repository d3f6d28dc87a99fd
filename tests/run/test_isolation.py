"""The interpreter in a process of its own: it gives the same, and what it dies of stays there."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import inspector
from inspector.compare.passes import compare
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import RunError
from inspector.run import process
from inspector.run.blame import blamed
from inspector.run.capture import capture
from inspector.run.inputs import inputs_of
from inspector.run.isolation import isolated, open_session, pools
from inspector.run.process import DiedError, Limits
from inspector.run.remote import RemoteSession
from inspector.run.runtime import Engine, Kernels, Runtime
from inspector.run.session import Session
from tests.run.graphs import aborting, endless, huge
from tests.run.litert import FIXTURES, shared

IMAGE = np.full((1, 28, 28), 0.5, np.float32)
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX'")
PROC = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")


@pytest.fixture(autouse=True, scope="module")
def apart() -> contextlib.AbstractContextManager[None]:
    """One process for all tests here but those that want another."""
    with isolated(Limits(60)):
        yield


@pytest.mark.parametrize("name", FIXTURES)
def test_a_capture_is_the_same_to_the_bit(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        inputs = inputs_of(opened).read([], seed=5)
        found = capture(opened, inputs)
        held = pools[:]
        pools.clear()
        expected = capture(opened, inputs)
        pools.extend(held)
    assert found.values.keys() == expected.values.keys() and found.outputs_equal
    for tensor, value in expected.values.items():
        assert found.values[tensor].tobytes() == value.tobytes()
        assert found.values[tensor].dtype == value.dtype


def test_both_sessions_have_one_face(fixtures: Path) -> None:
    path = fixtures / "mnist.tflite"
    here, there = Session(Runtime(), path), open_session(Runtime(), path.read_bytes())
    assert isinstance(there, RemoteSession) and there.sockets == here.sockets
    for session in (here, there):
        session.run([IMAGE])
    assert np.array_equal(here.read(9), there.read(9))
    assert here.tensor_shapes() == there.tensor_shapes()
    words = r"'serving_default_image:0' wants float32 \[1, 28, 28\]; .* float64"
    for session in (here, there):
        with pytest.raises(inspector.InputError, match=words):
            session.run([IMAGE.astype(float)])
        with pytest.raises(inspector.RunError, match="tensor 99 has no value"):
            session.read(99)


def test_strings_go_there_and_come_back() -> None:
    session = open_session(Runtime(), shared("small/litert-gather_string.tflite"))
    session.resize([(3,), (2,)])
    session.run([np.array([b"a", b"", b"c\0d"], object), np.array([2, 0])])
    assert session.read(2).tolist() == [b"c\0d", b"a"]


def test_many_tensors_come_in_several_answers(tmp_path: Path) -> None:
    from tests.run.graphs import chain

    with inspector.open(chain(tmp_path / "m.tflite", count=9, size=400_000)) as opened:
        found = capture(opened, [np.ones(400_000, np.float32)])
    assert [value[0] for value in found.values.values()] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 18]


@POSIX
def test_an_abort_is_told_with_its_operator_and_the_next_model_runs(
    tmp_path: Path, fixtures: Path
) -> None:
    with inspector.open(aborting(tmp_path / "m.tflite", at=3, count=6)) as opened:
        with pytest.raises(DiedError, match=r"SIGABRT.*it happens at operator 3 \(ADD\)"):
            capture(opened, [np.ones(64, np.int8)])
    with inspector.open(fixtures / "mnist.tflite") as opened:
        assert capture(opened, [IMAGE]).outputs_equal


@POSIX
def test_a_hang_is_cut_off_and_its_operator_named(tmp_path: Path) -> None:
    inputs = [np.array([0], np.int32), np.array([5], np.int32)]
    with inspector.open(endless(tmp_path / "m.tflite")) as opened, isolated(Limits(1)):
        with pytest.raises(DiedError, match=r"not finished after 1 sec.*operator 1 \(WHILE\)"):
            capture(opened, inputs)


@PROC
def test_a_process_that_swells_is_stopped(tmp_path: Path) -> None:
    with isolated(Limits(60, memory=200_000_000)):
        session = open_session(Runtime(), huge(tmp_path / "m.tflite"))
        with pytest.raises(DiedError, match="more than 200,000,000 bytes of memory"):
            session.run([np.ones((), np.float32)])
        assert not session.alive


@PROC
@pytest.mark.parametrize("limits", [Limits(60, memory=1_000_000), Limits(1e-4)])
def test_what_is_too_much_before_an_operator_runs_is_no_operators_fault(
    limits: Limits, fixtures: Path
) -> None:
    with inspector.open(fixtures / "mnist.tflite") as model, isolated(limits):
        with pytest.raises(DiedError, match="it happens before the first operator"):
            capture(model, [IMAGE])


def test_no_operator_is_blamed_where_all_of_them_end_well(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as model:
        graph = model.subgraphs[0]
        found = blamed(DiedError("it took too much"), model, graph, Runtime(), [IMAGE])
    assert str(found) == "it took too much; a run that keeps no tensors but its outputs ends well"


@POSIX
def test_a_process_that_is_killed_in_a_run_is_replaced(tmp_path: Path, fixtures: Path) -> None:
    with isolated(Limits(60)):
        session = open_session(Runtime(), endless(tmp_path / "m.tflite"))
        number = pools[-1].worker.process.pid
        timer = threading.Timer(0.2, os.kill, [number, signal.SIGKILL])
        timer.start()
        with pytest.raises(DiedError, match=r"SIGKILL \(killed\)"):
            session.run([np.array([0], np.int32), np.array([5], np.int32)])
        with pytest.raises(DiedError, match="SIGKILL"):
            session.read(0)
        again = open_session(Runtime(), fixtures / "mnist.tflite")
        again.run([IMAGE])
        assert again.alive and pools[-1].worker.process.pid != number


@pytest.mark.parametrize(
    "script, words",
    [
        ("sys.stdout.buffer.write(bytes([9, 0, 0]))", "ended with code 0"),
        ("sys.stderr.write('INFO: hello\\nno memory left\\n'); sys.exit(3)", "3: no memory left"),
        ("sys.stdout.buffer.write(b'x' * 64)", "the interpreter's process"),
        ("sys.stdout.buffer.write(bytes([2]) + bytes(7) + b'{}')", "the interpreter's process"),
    ],
    ids=["half a message", "last words", "an absurd length", "no message"],
)
def test_a_process_that_does_not_answer_is_an_error(
    fixtures: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    monkeypatch.setattr(process, "START", f"import sys; {script}")
    with isolated(), pytest.raises(DiedError, match=words):
        open_session(Runtime(), fixtures / "mnist.tflite")


def test_nothing_is_left_running() -> None:
    with isolated():
        child = pools[-1].worker.process
        assert child.poll() is None
    assert child.poll() is not None


def test_what_native_code_prints_does_not_reach_the_terminal(
    fixtures: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    session = open_session(Runtime(Kernels.XNNPACK), fixtures / "mnist.tflite")
    session.run([IMAGE])
    assert capfd.readouterr() == ("", "")


def test_modules_of_the_folder_that_one_is_in_are_not_imported(
    fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('taken from the wrong place')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    with isolated():
        assert open_session(Runtime(), fixtures / "mnist.tflite").alive


def test_tensorflow_has_an_interpreter_too(fixtures: Path) -> None:
    pytest.importorskip("tensorflow")
    with inspector.open(fixtures / "mnist.tflite") as opened:
        found = capture(opened, [IMAGE], engine=Engine.TENSORFLOW)
        expected = capture(opened, [IMAGE])
    assert found.runtime.to_json()["name"] == "TensorFlow" and found.outputs_equal
    assert np.allclose(found.values[9], expected.values[9], atol=1e-6)


@POSIX
def test_a_comparison_goes_on_after_the_interpreter_died(tmp_path: Path) -> None:
    """What could still be compared is compared; the operator that kills it is UNKNOWN."""
    right = inspector.open(aborting(tmp_path / "right.tflite", at=9, count=5))
    wrong = inspector.open(aborting(tmp_path / "wrong.tflite", at=2, count=5))
    with right, wrong:
        candidate = TfliteCandidate(right, wrong, Runtime())
        found = compare(right, candidate, [[np.arange(64, dtype=np.int8)]])
    verdicts = [operator.verdict.name for operator in found.operators]
    assert verdicts == ["OK", "OK", "UNKNOWN", "OK", "OK"]
    assert found.outcome.name == "INCOMPARABLE" and "operator 2 (ADD)" in found.failure


@PROC
def test_a_process_that_hangs_does_not_outlive_its_parent(tmp_path: Path) -> None:
    script = (
        "import os, sys, pathlib, threading, numpy\n"
        "from inspector.run.isolation import isolated, open_session, pools\n"
        "from inspector.run.runtime import Runtime\n"
        "with isolated():\n"
        f"    session = open_session(Runtime(), pathlib.Path({str(endless(tmp_path / 'm'))!r}))\n"
        "    inputs = [numpy.array([0], 'int32'), numpy.array([5], 'int32')]\n"
        "    threading.Thread(target=session.run, args=[inputs], daemon=True).start()\n"
        "    sys.stdout.write(str(pools[-1].worker.process.pid)); sys.stdout.flush()\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    for _ in range(300):
        if not is_running(int(done.stdout)):
            return
        time.sleep(0.1)
    pytest.fail("it is still running")


def is_running(number: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@POSIX
def test_what_is_cancelled_ends_and_can_be_resumed(tmp_path: Path, fixtures: Path) -> None:
    """No search for the operator begins: it would run the model again and again."""
    inputs = [np.array([0], np.int32), np.array([5], np.int32)]
    with inspector.open(endless(tmp_path / "m.tflite")) as opened, isolated(Limits(60)) as pool:
        timer = threading.Timer(0.5, pool.cancel)
        timer.start()
        with pytest.raises(DiedError) as raised:
            capture(opened, inputs)
        assert "it happens" not in str(raised.value)
        with pytest.raises(RunError, match="cancelled"):
            open_session(Runtime(), fixtures / "mnist.tflite")
        pool.resume()
        again = open_session(Runtime(), fixtures / "mnist.tflite")
        again.run([IMAGE])
        assert again.alive

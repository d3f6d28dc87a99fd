"""`tfli capture`: what it writes, what it says, and with what code it ends."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.run import recorder as recording
from tests.run.graphs import aborting, chain, choosing, counting, remembering
from tests.run.litert import interpreter
from tests.written import add_model, write

Tfli = Callable[..., Any]


def test_the_file_holds_what_the_report_lists(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    target = tmp_path / "acts.npz"
    done = tfli("capture", fixtures / "cnn_int8.tflite", "-o", target, "--seed", "3", "--json")
    found = done.json
    assert (done.code, done.err) == (0, "")
    assert found.keys() == {
        "schema", "file", "tensors", "missing", "runtime", "seed", "inputs", "runs", "passes",
        "preserved", "calls", "self_check",
    }  # fmt: skip
    assert found["inputs"] == [
        {"name": "image", "source": "random", "files": None, "preprocessing": None}
    ]
    assert (found["runs"], found["passes"], found["preserved"], found["calls"]) == (1, 1, False, [])
    assert (found["file"], found["seed"], found["missing"]) == (str(target), 3, [])
    assert found["self_check"] == {"outputs_equal": True}
    assert found["runtime"].keys() == {"name", "version", "kernels", "threads"}
    arrays = np.load(target)
    assert arrays.files == [tensor["key"] for tensor in found["tensors"]]
    for tensor in found["tensors"]:
        assert tensor.keys() == {
            "key", "subgraph", "index", "name", "dtype", "shape", "run", "before", "iteration",
            "caller",
        }  # fmt: skip
        assert tensor["key"].startswith(f"{tensor['index']}_")
        assert arrays[tensor["key"]].dtype == tensor["dtype"]
        assert list(arrays[tensor["key"]].shape) == tensor["shape"]


def test_a_picture_is_captured_as_the_interpreter_sees_it(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    model, target = fixtures / "mnist.tflite", tmp_path / "acts.npz"
    assert tfli("capture", model, "-o", target, "--input", fixtures / "digit_7.png").code == 0
    arrays = np.load(target)
    image = arrays["0_serving_default_image_0"]
    expected = interpreter(model, [image], preserve=True)
    for key in arrays.files:
        assert np.array_equal(arrays[key], expected.get_tensor(int(key.partition("_")[0])))
    assert arrays["9_StatefulPartitionedCall_0"].argmax() == 7


def test_only_tensors_of_a_name(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    model, target = fixtures / "cnn.tflite", tmp_path / "acts.npz"
    done = tfli("capture", model, "-o", target, "--tensors", "*pool*", "--json")
    assert len(done.json["tensors"]) == 4
    assert all("pool" in tensor["name"] for tensor in done.json["tensors"])


def test_names_become_safe_and_unique_keys(tfli: Tfli, tmp_path: Path) -> None:
    found = add_model()
    for tensor in found.subgraphs[0].tensors:
        tensor.name = "../a b/\x1b[31m" + "é" * 300
    model, target = write(tmp_path / "m.tflite", found), tmp_path / "acts.npz"
    assert tfli("capture", model, "-o", target).code == 0
    assert np.load(target).files == [f"{i}_a_b_31m" for i in range(3)]


def test_the_user_is_told_where_it_went_and_that_it_was_checked(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    done = tfli("capture", fixtures / "mnist.tflite", "-o", tmp_path / "acts.npz")
    assert (done.code, done.out) == (0, "")
    assert f"wrote 5 tensors, 8.45 kB, to {tmp_path / 'acts.npz'}" in done.err
    assert "same outputs, bit for bit" in done.err


def test_a_failed_self_check_is_a_mismatch(
    tfli: Tfli, fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "same_bits", lambda *_: False)
    done = tfli("capture", fixtures / "mnist.tflite", "-o", tmp_path / "acts.npz")
    assert done.code == 1 and "do not rely" in done.err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--input", "nowhere.png"], "nowhere.png: there is no such file"),
        (["--input", "x=digit.png"], "names none of the inputs; they are 'image'"),
        (["--tensors", "nothing*"], "no tensor has a name like"),
        (["--signature", "other"], "no signature 'other'; it has 'serving_default'"),
        (["--seed", "-1"], "below 0"),
        (["--kernels", "gpu"], "--kernels"),
        (["--threads", "0"], "num_threads"),
        (["--steps", "0"], "--steps 0: at least one is needed"),
        (["--steps", "2", "--samples", "2"], "give one of them"),
        (["--max-memory", "much"], "--max-memory much: is no size"),
        (["--timeout", "0"], "--timeout 0: give a number of seconds above 0"),
        (["--subgraph", "3"], "there is no subgraph 3"),
    ],
)
def test_bad_requests_get_one_line_and_write_nothing(
    tfli: Tfli, fixtures: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = tfli("capture", fixtures / "mnist.tflite", "-o", tmp_path / "a.npz", *arguments)
    assert done.code == 2 and words in done.err and "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_written_over(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    target = tmp_path / "acts.npz"
    target.write_text("mine")
    call = ("capture", fixtures / "mnist.tflite", "-o", target)
    assert tfli(*call).code == 2 and target.read_text() == "mine"
    assert tfli(*call, "--force").code == 0
    assert len(np.load(target).files) == 5


def test_a_loop_is_listed_turn_by_turn(tfli: Tfli, tmp_path: Path) -> None:
    model, target = counting(tmp_path / "m.tflite"), tmp_path / "acts.npz"
    np.savez(tmp_path / "in.npz", i=np.array([0], np.int32), limit=np.array([5], np.int32))
    call = ("capture", model, "-o", target, "--input", tmp_path / "in.npz", "--force")
    found = tfli(*call, "--json").json
    turns = {t["iteration"] for t in found["tensors"] if t["subgraph"] == 2}
    assert turns == {0, 1, 2, 3, 4}
    last = found["tensors"][-1]
    frame = {"subgraph": 0, "operator": 0, "callee": 1, "iteration": 5}
    assert (last["key"], last["caller"]) == ("o0_s1_i5_3_goes_on", [frame])
    assert found["calls"] == [
        {"subgraph": 0, "operator": 0, "op": "WHILE", "runs": 1, "iterations": 5, "left_out": 0,
         "equal": True}
    ]  # fmt: skip
    done = tfli(*call, "--max-iterations", "2")
    assert done.code == 0 and "went round more than 2 times; the rest is left out" in done.err


def test_steps_have_keys_of_their_own(tfli: Tfli, tmp_path: Path) -> None:
    model, target = remembering(tmp_path / "m.tflite"), tmp_path / "acts.npz"
    found = tfli("capture", model, "-o", target, "--steps", "2", "--json").json
    assert [tensor["key"] for tensor in found["tensors"]] == [
        f"t{step}_{key}" for step in (0, 1) for key in ("before_4_h", "0_x", "4_h", "5_y")
    ]
    arrays = np.load(target)
    assert np.array_equal(arrays["t0_4_h"], arrays["t1_before_4_h"])
    assert not np.array_equal(arrays["t0_0_x"], arrays["t1_0_x"])


def test_memory_is_kept_by_running_several_times(tfli: Tfli, tmp_path: Path) -> None:
    model, target = chain(tmp_path / "m.tflite", 12, 100_000), tmp_path / "acts.npz"
    done = tfli("capture", model, "-o", target, "--max-memory", "10MB", "--json")
    assert done.code == 0 and done.json["passes"] > 3 and len(np.load(target).files) == 13
    again = tfli("capture", model, "-o", target, "--max-memory", "10MB", "--force")
    assert "the model was run" in again.err and "could not be kept" in again.err


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX'")
def test_a_model_that_kills_the_interpreter_is_one_line(tfli: Tfli, tmp_path: Path) -> None:
    target = tmp_path / "acts.npz"
    done = tfli("capture", aborting(tmp_path / "m.tflite"), "-o", target)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "SIGABRT" in done.err and "operator 1 (ADD)" in done.err and not target.exists()


def test_tensors_without_a_value_share_a_line_where_they_share_a_reason(
    tfli: Tfli, tmp_path: Path
) -> None:
    model = choosing(tmp_path / "m.tflite")
    done = tfli("capture", model, "-o", tmp_path / "acts.npz", "--seed", "1")
    assert done.code == 0
    (line,) = [line for line in done.out.splitlines() if "took another branch" in line]
    assert "0-1" in line and "x and 1 more" in line

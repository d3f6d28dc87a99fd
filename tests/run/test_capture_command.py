"""`tfli capture`: what it writes, what it says, and with what code it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.run import record as recording
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

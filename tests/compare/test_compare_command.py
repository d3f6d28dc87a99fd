"""`tfli compare`: what it says, and with what code it ends."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.compare.faults import CHANGES, planted, spots
from tests.run.graphs import aborting
from tests.written import add_model, code, model, operator, subgraph, tensor, write

Tfli = Callable[..., Any]
FIGURES = {"sqnr_db", "max_abs", "max_rel_range", "max_lsb", "nonfinite"}


@pytest.fixture
def faulty(fixtures: Path, tmp_path: Path) -> Path:
    """A copy of the CNN whose second operator has its kernel reversed."""
    path = fixtures / "cnn.tflite"
    spot = next(spot for spot in spots(path) if (spot.operator, spot.operand) == (1, 1))
    copy = tmp_path / "faulty.tflite"
    copy.write_bytes(planted(path, spot, CHANGES["reverse"]))
    return copy


def test_the_object_has_what_programs_rely_on(tfli: Tfli, fixtures: Path, faulty: Path) -> None:
    done = tfli("compare", fixtures / "cnn.tflite", faulty, "--samples", "2", "--json")
    found = done.json
    assert (done.code, done.err, found["schema"]) == (1, "", "tfli/1")
    assert (found["verdict"], found["samples"]) == ("mismatch", 2)
    assert sum(found["counts"].values()) == len(found["ops"]) == 15
    assert found["runtime"].keys() == {"name", "version", "kernels", "threads"}
    for op in found["ops"]:
        assert {"subgraph", "index", "op", "match", "verdict"} <= op.keys()
        for side in ("isolated", "floor", "accumulated"):
            assert op[side].keys() >= FIGURES
    assert [op["index"] for op in found["ops"] if op["verdict"] == "SOURCE"] == [1]
    assert found["outputs"][0].keys() >= {"name", "sqnr_db", "max_abs", "max_lsb"}


def test_the_one_to_blame_is_named_in_words(tfli: Tfli, fixtures: Path, faulty: Path) -> None:
    done = tfli("compare", fixtures / "cnn.tflite", faulty)
    assert done.code == 1
    assert "mismatch: operator 1, DEPTHWISE_CONV_2D 'cnn_1/depthwise_relu6_1/Relu6'" in done.err
    assert "of range, floor" in done.err
    rows = done.out.splitlines()
    assert rows[0].split()[:3] == ["#", "operator", "verdict"]
    assert rows[1].split()[:3] == ["1", "DEPTHWISE_CONV_2D", "SOURCE"]
    assert not any(row.split()[:1] == ["0"] for row in rows)


def test_what_agrees_is_shown_when_asked_for(tfli: Tfli, fixtures: Path) -> None:
    call = ("compare", fixtures / "mnist.tflite", fixtures / "mnist.tflite")
    done = tfli(*call)
    assert done.code == 0 and "match: all 4 operators agree" in done.err
    assert "FULLY_CONNECTED" not in done.out and "exact" in done.out
    assert tfli(*call, "--all").out.count("FULLY_CONNECTED") == 2


def test_a_capture_brings_its_own_inputs(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    model, digit, acts = fixtures / "mnist.tflite", fixtures / "digit_7.png", tmp_path / "a.npz"
    assert tfli("capture", model, "-o", acts, "--input", digit).code == 0
    assert tfli("compare", model, acts).code == 0
    assert tfli("compare", model, acts, "--input", digit).code == 0
    other = tfli("compare", fixtures / "cnn.tflite", acts)
    assert other.code == 2 and "is it a capture of" in other.err


def test_what_cannot_be_checked_ends_with_2(tfli: Tfli, tmp_path: Path) -> None:
    elu = operator([0], [1], opcodeIndex=0)
    graph = subgraph([tensor("x"), tensor("y")], [elu])
    codes = [code(schema.BuiltinOperator.ELU)]
    path = write(tmp_path / "elu.tflite", model([graph], operatorCodes=codes))
    assert tfli("compare", path, path).code == 0
    done = tfli("compare", path, "--against", "reference")
    assert done.code == 2 and done.err.startswith("tfli: incomparable: ")
    assert "operator 0 (ELU) could not be checked" in done.err
    assert "has no ELU, version 1, among its reference kernels" in done.err


def test_both_sides_run_in_the_interpreter_that_is_chosen(tfli: Tfli, fixtures: Path) -> None:
    pytest.importorskip("tensorflow")
    path = fixtures / "cnn_int8.tflite"
    done = tfli("compare", path, path, "--runtime", "tensorflow", "--json")
    found = json.loads(done.out)
    assert (done.code, found["verdict"], found["runtime"]["name"]) == (0, "match", "TensorFlow")


@pytest.mark.parametrize(
    "candidate, words",
    [
        ("nowhere.tflite", "nowhere.tflite: cannot be opened"),
        ("nowhere.npz", "nowhere.npz: there is no such file"),
        ("text.tflite", "text.tflite: not a TFLite model"),
        ("other.keras", "there is no such file"),
        ("text.keras", "Keras cannot load it"),
    ],
)
def test_bad_candidates_get_one_line(
    tfli: Tfli, fixtures: Path, tmp_path: Path, candidate: str, words: str
) -> None:
    for name in ("text.tflite", "text.keras"):
        (tmp_path / name).write_text("no model, but long enough")
    done = tfli("compare", fixtures / "mnist.tflite", tmp_path / candidate)
    assert (done.code, done.out) == (2, "") and words in done.err
    assert done.err.count("\n") == 1


def test_models_without_anything_in_common(tfli: Tfli, fixtures: Path) -> None:
    done = tfli("compare", fixtures / "mnist.tflite", fixtures / "cnn.tflite")
    assert done.code == 2 and "are these two versions of one network?" in done.err
    assert tfli("compare", fixtures / "mnist.tflite", fixtures, "--samples", "0").code == 2


@pytest.mark.parametrize("name", ["cnn.tflite", "cnn_int8.tflite", "mnist_dynamic.tflite"])
@pytest.mark.parametrize("kernels", ["reference", "xnnpack"])
def test_a_model_under_other_kernels_is_itself(
    tfli: Tfli, fixtures: Path, name: str, kernels: str
) -> None:
    found = tfli("compare", fixtures / name, "--against", kernels, "--json")
    assert (found.code, found.json["verdict"]) == (0, "match")
    assert found.json["counts"]["SOURCE"] == found.json["counts"]["UNKNOWN"] == 0


def test_what_is_compared_must_be_said(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    assert "compared with what?" in tfli("compare", fixtures / "cnn.tflite").err
    acts = tmp_path / "acts.npz"
    tfli("capture", fixtures / "cnn.tflite", "-o", acts)
    found = tfli("compare", fixtures / "cnn.tflite", acts, "--against", "reference")
    assert found.code == 2 and "no kernels to choose" in found.err


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX'")
def test_where_the_candidate_kills_the_interpreter_the_rest_is_compared(
    tfli: Tfli, tmp_path: Path
) -> None:
    sound, deadly = (aborting(tmp_path / f"{at}.tflite", at=at, count=6) for at in (99, 3))
    done = tfli("compare", sound, deadly, "--json")
    verdicts = [op["verdict"] for op in done.json["ops"]]
    assert (done.code, done.json["verdict"]) == (2, "incomparable")
    assert verdicts == ["OK"] * 3 + ["UNKNOWN"] + ["OK"] * 2
    assert "SIGABRT" in done.json["failure"] and "operator 3 (ADD)" in done.json["failure"]
    other = tfli("compare", deadly, sound)
    assert other.code == 2 and "SIGABRT" in other.err and other.err.count("\n") == 1


def test_carriers_are_few_unless_asked_for_and_the_worst_may_be_first(
    tfli: Tfli, fixtures: Path, faulty: Path
) -> None:
    call = ("compare", fixtures / "cnn.tflite", faulty)
    done = tfli(*call)
    assert done.out.count("CARRIER") == 3 and "more operators that pass on" in done.err
    every = tfli(*call, "--all").out
    assert every.count("CARRIER") + every.count("AMPLIFIER") == 13 and " OK " in every
    rows = [row.split() for row in tfli(*call, "--all", "--sort", "error").out.splitlines()]
    assert [row[2] for row in rows[1:3]] == ["SOURCE", rows[2][2]] and rows[15][2] == "OK"


def test_the_headline_says_what_the_fault_looks_like(
    tfli: Tfli, fixtures: Path, faulty: Path
) -> None:
    done = tfli("compare", fixtures / "cnn.tflite", faulty, "--json")
    assert done.json["ops"][1]["hint"] == "its kernel looks reversed from end to end"
    assert done.json["ops"][0]["hint"] is None
    words = tfli("compare", fixtures / "cnn.tflite", faulty).err
    assert "its kernel looks reversed from end to end" in words


def test_nothing_of_a_candidate_may_match(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    done = tfli("compare", fixtures / "cnn.tflite", write(tmp_path / "add.tflite", add_model()))
    assert (done.code, done.out) == (2, "") and "two versions of one network?" in done.err


@pytest.mark.parametrize("against", [["--against", "reference"], ["model"], ["acts.npz"]], ids=str)
def test_a_model_without_operators_is_told(against: list[str], tfli: Tfli, tmp_path: Path) -> None:
    path = tmp_path / "model"
    write(path, model([subgraph([tensor()], [], inputs=[0], outputs=[0])]))
    assert tfli("capture", path, "-o", tmp_path / "acts.npz").code == 0
    *option, last = against
    done = tfli("compare", path, *option, last if option else tmp_path / last)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"tfli: {path}: subgraph 0 has no operators to compare\n"

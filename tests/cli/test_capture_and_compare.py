"""`tfli capture` and `tfli compare` as a user calls them, held against the interpreter itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.compare.faults import CHANGES, planted, spots
from tests.conftest import Result
from tests.run.litert import BUILTIN, FIXTURES, REFERENCE, interpreter
from tests.written import add_model, write

Tfli = Callable[..., Result]
MNIST = [name for name in FIXTURES if name.startswith("mnist")]
COMPARED = {"cnn.tflite", "cnn_int8.tflite", "mnist_float16.tflite", "mnist_dynamic.tflite"}
FAULTS = [
    (name, operator, operand, change)
    for name in ("cnn.tflite", "cnn_int8.tflite")
    for operator, operand, change in (
        (0, 2, "drop"),
        (1, 1, "reverse"),
        (7, 1, "halve"),
        (12, 2, "drop"),
        (13, 1, "reverse"),
    )
]


def captured(tfli: Tfli, model: Path, target: Path, *more: str | Path) -> dict[str, np.ndarray]:
    """The arrays that a capture wrote, by key."""
    done = tfli("capture", model, "-o", target, *more)
    assert done.code == 0, done.err
    with np.load(target) as found:
        return dict(found)


@pytest.mark.parametrize("kernels, resolver", [("builtin", BUILTIN), ("reference", REFERENCE)])
@pytest.mark.parametrize("name", FIXTURES)
def test_the_archive_holds_what_the_interpreter_keeps(
    tfli: Tfli, fixtures: Path, tmp_path: Path, name: str, kernels: str, resolver: object
) -> None:
    model, target = fixtures / name, tmp_path / "acts.npz"
    done = tfli("capture", model, "-o", target, "--seed", "11", "--kernels", kernels, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["schema"] == "tfli/1" and done.json["self_check"] == {"outputs_equal": True}
    assert done.json["runtime"]["kernels"] == kernels and done.json["seed"] == 11
    with np.load(target) as arrays:
        found = {tensor["index"]: arrays[tensor["key"]] for tensor in done.json["tensors"]}
        assert len(arrays.files) == len(found)
    fed = [found[i["index"]] for i in interpreter(model, [found[0]]).get_input_details()]
    whole = interpreter(model, fed, resolver, preserve=True)
    names = {details["index"]: details["name"] for details in whole.get_tensor_details()}
    for tensor in done.json["tensors"]:
        value = whole.get_tensor(tensor["index"])
        assert found[tensor["index"]].tobytes() == value.tobytes()
        assert (tensor["dtype"], tensor["shape"]) == (str(value.dtype), list(value.shape))
        assert tensor["name"] == names[tensor["index"]]
    outputs = {details["index"] for details in whole.get_output_details()}
    assert outputs <= found.keys()


@pytest.mark.parametrize("name", MNIST)
def test_the_seven_is_read_as_a_seven(
    tfli: Tfli, fixtures: Path, tmp_path: Path, name: str
) -> None:
    given = f"image={fixtures / 'digit_7.png'}"
    found = captured(tfli, fixtures / name, tmp_path / "acts.npz", "--input", given)
    (output,) = interpreter(fixtures / name, [next(iter(found.values()))]).get_output_details()
    (answer,) = (v for k, v in found.items() if k.startswith(f"{output['index']}_"))
    assert answer.argmax() == 7


@pytest.mark.parametrize("name", ["cnn.tflite", "mnist_int8.tflite"])
def test_a_seed_repeats_to_the_byte(tfli: Tfli, fixtures: Path, tmp_path: Path, name: str) -> None:
    first, again, other, none, zero = (
        captured(tfli, fixtures / name, tmp_path / f"{i}.npz", *seed)
        for i, seed in enumerate([("--seed", "5"), ("--seed", "5"), ("--seed", "6"), (),
                                  ("--seed", "0")])
    )  # fmt: skip
    assert first.keys() == again.keys() == other.keys()
    assert all(first[key].tobytes() == again[key].tobytes() for key in first)
    assert all(none[key].tobytes() == zero[key].tobytes() for key in zero)
    assert not np.array_equal(next(iter(first.values())), next(iter(other.values())))


def test_a_capture_feeds_the_next(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    model, first = fixtures / "cnn.tflite", tmp_path / "first.npz"
    one = captured(tfli, model, first, "--seed", "9")
    two = captured(tfli, model, tmp_path / "second.npz", "--input", first)
    assert all(np.array_equal(one[key], two[key]) for key in one)


@pytest.mark.parametrize(
    "array, words",
    [
        (np.zeros((28, 28), np.float32), "wants float32 [1, 28, 28]; it was given float32 [28, "),
        (np.zeros((2, 28, 28), np.float32), "it was given float32 [2, 28, 28]"),
        (np.zeros((1, 28, 28, 1), np.float32), "it was given float32 [1, 28, 28, 1]"),
        (np.zeros((1, 28, 28)), "it was given float64 [1, 28, 28]"),
        (np.zeros((1, 28, 28), np.int8), "it was given int8 [1, 28, 28]"),
        (np.zeros((0, 28, 28), np.float32), "it was given float32 [0, 28, 28]"),
        (np.float32(1), "it was given float32 []"),
    ],
)  # fmt: skip
def test_an_array_that_does_not_fit_is_one_line_and_no_file(
    tfli: Tfli, fixtures: Path, tmp_path: Path, array: np.ndarray, words: str
) -> None:
    given, target = tmp_path / "x.npy", tmp_path / "acts.npz"
    np.save(given, array)
    for command in (("capture", "-o", target), ("compare", fixtures / "mnist.tflite")):
        done = tfli(*command, fixtures / "mnist.tflite", "--input", f"image={given}")
        assert (done.code, done.out) == (2, "") and words in done.err
        assert len(done.err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.parametrize("given", ["nothing.npy", "image=nothing.npy", "text.npy", "text.png", "."])
def test_a_file_that_is_no_input_is_one_line_and_no_file(
    tfli: Tfli, fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("text.npy", "text.png"):
        Path(name).write_text("neither an array nor a picture")
    done = tfli("capture", fixtures / "mnist.tflite", "-o", "acts.npz", "--input", given)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1 and given.split("=")[-1] in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.npy", "text.png"]


def test_a_name_that_is_no_input_is_told_with_those_that_are(tfli: Tfli, tmp_path: Path) -> None:
    model, given = write(tmp_path / "add.tflite", add_model()), tmp_path / "x.npy"
    np.save(given, np.ones(2, np.float32))
    for text in (f"sum={given}", str(given)):
        done = tfli("capture", model, "-o", tmp_path / "a.npz", "--input", text)
        assert done.code == 2 and "'left', 'right'" in done.err
    assert not (tmp_path / "a.npz").exists()


def test_what_is_there_stays_there(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    target, model = tmp_path / "acts.npz", fixtures / "mnist.tflite"
    before = captured(tfli, model, target, "--seed", "1")
    refused = tfli("capture", model, "-o", target, "--seed", "2", "--json")
    assert (refused.code, refused.out) == (2, "")
    assert "--force" in refused.err and len(refused.err.splitlines()) == 1
    with np.load(target) as held:
        assert all(np.array_equal(held[key], before[key]) for key in before)
    after = captured(tfli, model, target, "--seed", "2", "--force")
    assert not np.array_equal(next(iter(after.values())), next(iter(before.values())))
    failed = tfli("capture", model, "-o", target, "--seed", "-2", "--force")
    assert failed.code == 2 and list(tmp_path.iterdir()) == [target]
    with np.load(target) as held:
        assert all(np.array_equal(held[key], after[key]) for key in after)


def test_a_place_that_cannot_be_written_is_told(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    for target in (tmp_path / "no" / "acts.npz", tmp_path):
        done = tfli("capture", fixtures / "mnist.tflite", "-o", target, "--force")
        assert done.code == 2 and len(done.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kernels", ["builtin", "reference", "xnnpack"])
@pytest.mark.parametrize("name", sorted(COMPARED))
def test_a_model_matches_itself(tfli: Tfli, fixtures: Path, name: str, kernels: str) -> None:
    path = fixtures / name
    done = tfli("compare", path, path, "--kernels", kernels, "--seed", "2", "--json")
    found = done.json
    assert (done.code, done.err, found["verdict"]) == (0, "", "match")
    assert found["runtime"]["kernels"] == kernels
    assert found["counts"]["SOURCE"] == found["counts"]["UNKNOWN"] == 0
    assert found["outputs"][0]["sqnr_db"] == "inf" and found["outputs"][0]["max_abs"] == 0


@pytest.mark.parametrize("name, operator, operand, change", FAULTS)
def test_a_planted_fault_is_named_and_nothing_else_is(
    tfli: Tfli, fixtures: Path, tmp_path: Path,
    name: str, operator: int, operand: int, change: str,
) -> None:  # fmt: skip
    path, copy = fixtures / name, tmp_path / "copy.tflite"
    (spot,) = (s for s in spots(path) if (s.operator, s.operand) == (operator, operand))
    copy.write_bytes(planted(path, spot, CHANGES[change]))
    done = tfli("compare", path, copy, "--seed", "3", "--json")
    blamed = [op["index"] for op in done.json["ops"] if op["verdict"] == "SOURCE"]
    assert (done.code, done.json["verdict"], blamed) == (1, "mismatch", [operator])
    told = tfli("compare", path, copy, "--seed", "3")
    assert told.code == 1 and f"mismatch: operator {operator}, " in told.err


def test_the_object_has_the_fields_of_the_design(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    path, copy = fixtures / "cnn_int8.tflite", tmp_path / "copy.tflite"
    spot = next(spot for spot in spots(path) if (spot.operator, spot.operand) == (7, 1))
    copy.write_bytes(planted(path, spot, CHANGES["halve"]))
    done = tfli("compare", path, copy, "--samples", "3", "--json")
    found = done.json
    assert found.keys() >= {
        "schema", "verdict", "ops", "outputs", "counts", "runtime", "samples",
    }  # fmt: skip
    assert found["verdict"] in ("match", "mismatch", "incomparable") and found["samples"] == 3
    for index, op in enumerate(found["ops"]):
        assert (op["subgraph"], op["index"]) == (0, index)
        assert op["verdict"] in {"SOURCE", "AMPLIFIER", "CARRIER", "OK", "FOLDED", "UNKNOWN"}
        assert isinstance(op["op"], str) and isinstance(op["match"], str)
        assert op["isolated"].keys() >= {
            "sqnr_db", "max_abs", "max_rel_range", "max_lsb", "nonfinite",
        }  # fmt: skip
        assert op["isolated"]["max_lsb"] is not None and op["isolated"]["nonfinite"] == 0
    assert sum(found["counts"].values()) == len(found["ops"])
    assert found["ops"][7]["isolated"]["max_lsb"] > 1
    (output,) = found["outputs"]
    assert output.keys() >= {"name", "sqnr_db", "max_abs", "max_lsb"}


def test_the_figures_of_an_output_are_those_of_the_two_runs(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    path, copy = fixtures / "mnist_int8.tflite", tmp_path / "copy.tflite"
    spot = next(spot for spot in spots(path) if spot.operand == 1)
    copy.write_bytes(planted(path, spot, CHANGES["reverse"]))
    digit = f"image={fixtures / 'digit_7.png'}"
    found = captured(tfli, path, tmp_path / "acts.npz", "--input", digit)
    image = next(iter(found.values()))
    runs = [interpreter(model, [image]) for model in (path, copy)]
    details = runs[0].get_output_details()[0]
    one, other = (run.get_tensor(details["index"]).astype(int) for run in runs)
    (output,) = tfli("compare", path, copy, "--input", digit, "--json").json["outputs"]
    gap = np.abs(one - other).max()
    assert output["max_lsb"] == gap > 0
    assert output["max_abs"] == pytest.approx(gap * details["quantization"][0])


def test_a_capture_of_a_faulty_copy_is_a_candidate(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    path, copy, acts = fixtures / "cnn.tflite", tmp_path / "copy.tflite", tmp_path / "acts.npz"
    spot = next(spot for spot in spots(path) if (spot.operator, spot.operand) == (7, 1))
    copy.write_bytes(planted(path, spot, CHANGES["reverse"]))
    captured(tfli, copy, acts, "--seed", "3")
    done = tfli("compare", path, acts, "--json")
    blamed = [op["index"] for op in done.json["ops"] if op["verdict"] == "SOURCE"]
    assert (done.code, blamed) == (1, [7])


def test_networks_that_share_nothing_are_one_line_and_code_2(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "add.tflite", add_model())
    for pair in ((fixtures / "mnist.tflite", other), (other, fixtures / "cnn_int8.tflite")):
        for more in ((), ("--json",)):
            done = tfli("compare", *pair, *more)
            assert (done.code, done.out) == (2, "")
            assert len(done.err.splitlines()) == 1 and done.err.startswith("tfli: ")

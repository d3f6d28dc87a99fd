"""Folders as samples: their order, which files belong together, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import inspector
from inspector.run.inputs import Inputs
from inspector.run.series import Series
from tests.run.described import described, inputs_like
from tests.run.litert import interpreter
from tests.written import add_model, tensor, write

Tfli = Callable[..., Any]


def saved(folder: Path, **values: float) -> Path:
    """A folder of arrays of two numbers by name."""
    folder.mkdir(exist_ok=True)
    for name, value in values.items():
        np.save(folder / f"{name}.npy", np.full(2, value, np.float32))
    return folder


@pytest.fixture
def one(tmp_path: Path) -> Inputs:
    return inputs_like(tmp_path / "m", [tensor("x", (2,))])


@pytest.fixture
def two(tmp_path: Path) -> Inputs:
    return inputs_like(tmp_path / "m", [tensor("left", (2,)), tensor("right", (2,))])


def firsts(series: Series) -> list[list[float]]:
    return [[float(array[0]) for array in sample] for sample in series]


def test_the_files_of_a_folder_are_samples_by_name(tmp_path: Path, one: Inputs) -> None:
    folder = saved(tmp_path / "x", c=3, a=1, b10=10, b=2)
    for name in (".hidden.npy", "notes.md", "labels.txt"):
        (folder / name).write_text("no sample")
    (folder / "deeper.npy").mkdir()
    found = Series(one, [str(folder)])
    assert len(found) == 4 and firsts(found) == [[1], [2], [10], [3]]
    assert firsts(Series(one, [f"x={folder}"], count=2)) == [[1], [2]]
    assert found[-1][0].tolist() == [3, 3] and found[1:3][0][0].tolist() == [2, 2]
    assert one.read([str(folder)], 0, index=2)[0].tolist() == [10, 10]
    with pytest.raises(IndexError):
        found[4]


def test_a_folder_may_mix_kinds_that_fit(tmp_path: Path) -> None:
    inputs = inputs_like(tmp_path / "m", [tensor("x", (1, 2, 2, 1))])
    folder = tmp_path / "mixed"
    folder.mkdir()
    Image.new("L", (2, 2), 255).save(folder / "a.png")
    np.save(folder / "b.npy", np.full((1, 2, 2, 1), 3, np.float32))
    (folder / "c.raw").write_bytes(np.full(4, 7, np.float32).tobytes())
    assert [sample[0].ravel().tolist() for sample in Series(inputs, [str(folder)])] == [
        [1] * 4, [3] * 4, [7] * 4,
    ]  # fmt: skip


def test_files_of_two_folders_go_together_by_name_or_order(tmp_path: Path, two: Inputs) -> None:
    left = saved(tmp_path / "l", a=1, b=2, c=3)
    same, other = saved(tmp_path / "s", a=10, b=20, c=30), saved(tmp_path / "o", x=7, y=8, z=9)
    found = Series(two, [f"left={left}", f"right={same}"])
    assert firsts(found) == [[1, 10], [2, 20], [3, 30]]
    assert firsts(Series(two, [f"left={left}", f"right={other}"])) == [[1, 7], [2, 8], [3, 9]]
    half = saved(tmp_path / "h", b=1, c=2, d=3)
    with pytest.raises(inspector.InputError, match="'a' has none in the other"):
        Series(two, [f"left={left}", f"right={half}"])
    with pytest.raises(inspector.InputError, match=r"l holds 3 samples, and .*f 1"):
        Series(two, [f"left={left}", f"right={saved(tmp_path / 'f', a=1)}"])


def test_what_is_no_folder_is_the_same_in_each_sample(tmp_path: Path, two: Inputs) -> None:
    left, right = saved(tmp_path / "l", a=1, b=2), saved(tmp_path / "r", x=5) / "x.npy"
    assert firsts(Series(two, [f"left={left}", f"right={right}"])) == [[1, 5], [2, 5]]
    random = Series(two, [f"left={left}"], seed=4)
    for index in range(2):
        assert np.array_equal(random[index][1], two.read([], 4, index)[1])
    assert not np.array_equal(random[0][1], random[1][1])


def test_archives_in_a_folder_give_all_inputs(tmp_path: Path, two: Inputs) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    for name, (left, right) in {"a": (1, 2), "b": (3, 4)}.items():
        np.savez(folder / name, left=np.full(2, left, "f4"), right=np.full(2, right, "f4"))
    assert firsts(Series(two, [str(folder)])) == [[1, 2], [3, 4]]


def test_without_folders_there_are_as_many_random_ones_as_asked_for(two: Inputs) -> None:
    assert len(Series(two, [])) == 1
    found = Series(two, [], seed=9, count=3)
    assert all(map(np.array_equal, found[2], two.read([], 9, 2)))


@pytest.mark.parametrize(
    "count, words", [(4, "4 samples are asked for; there are 2"), (0, "0 sam")]
)
def test_more_samples_than_files_are_refused(
    tmp_path: Path, one: Inputs, count: int, words: str
) -> None:
    with pytest.raises(inspector.InputError, match=words):
        Series(one, [str(saved(tmp_path / "x", a=1, b=2))], count=count)


def test_an_empty_folder_says_what_was_looked_for(tmp_path: Path, one: Inputs, two: Inputs) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "a.txt").write_text("text")
    with pytest.raises(inspector.InputError, match=r"none: .* nothing that fits .*\.npy.*\.wav"):
        Series(one, [str(tmp_path / "none")])
    with pytest.raises(inspector.InputError, match=r"looked for are \.npz"):
        Series(two, [str(tmp_path / "none")])


def test_samples_have_to_be_alike(tmp_path: Path) -> None:
    free = tensor("x", (1, 1, 1, 1), shapeSignature=[1, -1, -1, 1])
    inputs = inputs_like(tmp_path / "m", [free])
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("L", (2, 2)).save(folder / "a.png")
    Image.new("L", (3, 2)).save(folder / "b.png")
    with pytest.raises(
        inspector.InputError, match=r"b.png: gives shape \[1, 2, 3, 1\], and .*a.png \[1, 2, 2, 1\]"
    ):
        list(Series(inputs, [str(folder)]))
    assert len(list(Series(inputs.reshaped(["1,5,5,1"]), [str(folder)]))) == 2


def test_the_commands_run_once_for_each_file(tfli: Tfli, tmp_path: Path) -> None:
    model = write(tmp_path / "m.tflite", add_model())
    left, right = saved(tmp_path / "l", a=1, b=2), saved(tmp_path / "r", a=10, b=20)
    given = ("--input", f"left={left}", "--input", f"right={right}")
    done = tfli("capture", model, "-o", tmp_path / "a.npz", *given, "--json")
    assert (done.code, done.json["runs"]) == (0, 2)
    assert [(i["name"], i["source"], i["files"]) for i in done.json["inputs"]] == [
        ("left", str(left), 2), ("right", str(right), 2),
    ]  # fmt: skip
    with np.load(tmp_path / "a.npz") as found:
        for run, (one, other) in {"n0": (1, 10), "n1": (2, 20)}.items():
            arrays = [np.full(2, value, np.float32) for value in (one, other)]
            expected = interpreter(model, arrays).get_tensor(2)
            assert np.array_equal(found[f"{run}_2_sum"], expected)
    compared = tfli("compare", model, model, *given, "--json")
    assert (compared.code, compared.json["samples"]) == (0, 2)
    assert compared.json["inputs"] == done.json["inputs"]


def test_steps_take_the_files_one_after_the_other(tfli: Tfli, tmp_path: Path) -> None:
    model = write(tmp_path / "m.tflite", add_model())
    given = ("--input", f"left={saved(tmp_path / 'l', a=1, b=2, c=3)}")
    call = ("capture", model, "-o", tmp_path / "a.npz", *given)
    assert tfli(*call, "--steps", "2").code == 0
    with np.load(tmp_path / "a.npz") as found:
        assert [found[f"t{step}_0_left"][0] for step in range(2)] == [1, 2]
    done = tfli(*call, "--steps", "4", "--force")
    assert done.code == 2 and "4 samples are asked for; there are 3" in done.err


def test_a_folder_that_does_not_fit_is_one_line_and_no_file(tfli: Tfli, tmp_path: Path) -> None:
    free = tensor("x", (1, 1, 1, 1), shapeSignature=[1, -1, -1, 1])
    model, folder = described(tmp_path / "m.tflite", [free]), tmp_path / "pictures"
    folder.mkdir()
    for name, size in (("a", 2), ("b", 3)):
        Image.new("L", (size, size)).save(folder / f"{name}.png")
    for command in (("capture", model, "-o", tmp_path / "a.npz"), ("compare", model, model)):
        done = tfli(*command, "--input", folder)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
        done = tfli(*command, "--input", folder, "--shape", "x=1,4,4,1", "--json")
        assert done.code == 0, done.err
    with np.load(tmp_path / "a.npz") as found:
        assert found["n1_1_sum"].shape == (1, 4, 4, 1)

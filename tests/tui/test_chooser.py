"""Containers in the browser: which of the models is looked at, and that one alone is not asked."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from driving import NARROW, WIDE, lines

from inspector.errors import ModelError
from inspector.read.containers import Container, Member
from inspector.read.opening import is_model, open_source
from inspector.tui.chooser import MemberChooser, chosen_model
from inspector.tui.preferences import Preferences
from tests.archives import zipped


@pytest.fixture
def members(fixtures: Path) -> dict[str, bytes]:
    """Two models, and what is none."""
    names = ("cnn.tflite", "mnist.tflite")
    found = {name: (fixtures / name).read_bytes() for name in names}
    return {"labels.txt": b"cat\ndog\n", **found}


def nobody(_: Container, __: Sequence[Member]) -> Member | None:
    raise AssertionError("there is nothing to choose")


def first(_: Container, found: Sequence[Member]) -> Member | None:
    return found[0]


def picked(path: Path, keys: Sequence[str], size: tuple[int, int]) -> tuple[str, list[str]]:
    """The name of the model that some keys choose, and the first screen."""
    seen: list[list[str]] = []

    def choose(container: Container, found: Sequence[Member]) -> Member | None:
        chooser = MemberChooser(container, found, Preferences())

        async def run() -> None:
            async with chooser.run_test(size=size) as pilot:
                await pilot.pause()
                seen.append(lines(chooser))
                await pilot.press(*keys)

        asyncio.run(run())
        return chooser.return_value

    source = chosen_model(open_source(path), choose)
    return source.name if source else "", seen[0]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_one_of_several_models_is_chosen(
    members: dict[str, bytes], tmp_path: Path, size: tuple[int, int]
) -> None:
    path = zipped(tmp_path / "two.task", members)
    name, screen = picked(path, ["down", "enter"], size)
    assert name == f"{path}::mnist.tflite"
    assert "two.task holds 2 models: which one?" in "".join(screen)
    assert [line.split()[:-3] for line in screen[3:5]] == [
        ["›", "1", "cnn.tflite"],
        ["2", "mnist.tflite"],
    ]
    assert not any("labels.txt" in line for line in screen)
    assert "Open" in screen[-1]
    assert "q Quit" in screen[-1]


@pytest.mark.parametrize("key", ["q", "escape"])
def test_none_is_chosen(members: dict[str, bytes], tmp_path: Path, key: str) -> None:
    path = zipped(tmp_path / "two.zip", members, zipfile.ZIP_DEFLATED)
    assert picked(path, [key], WIDE)[0] == ""


def test_containers_in_containers_are_gone_into(members: dict[str, bytes], tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.task", members)
    held = {"inner.task": inner.read_bytes(), "other.task": inner.read_bytes()}
    source = chosen_model(open_source(zipped(tmp_path / "outer.zip", held)), first)
    assert source is not None
    assert is_model(source)
    assert source.name.endswith("outer.zip::inner.task::cnn.tflite")


def test_what_holds_one_model_stands_for_it(members: dict[str, bytes], tmp_path: Path) -> None:
    del members["mnist.tflite"]
    source = chosen_model(open_source(zipped(tmp_path / "one.task", members)), nobody)
    assert source is not None
    assert source.name.endswith("one.task::cnn.tflite")


def test_what_holds_none_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "none.zip", {"labels.txt": b"cat\n"})
    with pytest.raises(ModelError, match="without a TFLite model"):
        chosen_model(open_source(path), nobody)

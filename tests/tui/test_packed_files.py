"""The texts packed behind a model, as the model's tab begins to show them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from driving import play, press, shown
from textual.pilot import Pilot

import inspector
from inspector.tui.app import Browser
from inspector.tui.packed import FIRST, LARGEST, beginnings

FILES = {
    "labels.txt": b"cat\r\ndog\n",
    "vocabulary.txt": "\n".join(f"word {i}" for i in range(FIRST + 3)).encode(),
    "picture.bin": bytes(range(256)),
    "large.txt": b"x" * (LARGEST + 1),
    "[red]\x1b[31m.txt": b"[bold]\x1b]0;title\x07\n",
}


@pytest.fixture
def packed(tmp_path: Path, fixtures: Path) -> Path:
    """The bundled network with a zip behind it, as `MetadataPopulator` appends one."""
    path = tmp_path / "packed.tflite"
    path.write_bytes((fixtures / "cnn.tflite").read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return path


def test_texts_are_shown_as_far_as_they_are_short(packed: Path) -> None:
    with inspector.open(packed) as model:
        found = dict(beginnings(model))
    assert found["labels.txt"] == ["cat", "dog"]
    assert found["vocabulary.txt"][:2] == ["word 0", "word 1"]
    assert found["vocabulary.txt"][FIRST:] == ["… 3 more lines"]
    assert "picture.bin" not in found
    assert "large.txt" not in found


def test_they_stand_below_the_facts_of_the_model_and_steer_nothing(packed: Path) -> None:
    async def act(pilot: Pilot[None], browser: Browser) -> None:
        await press(pilot, "3", "end")
        screen = shown(browser)
        assert "cat" in screen
        assert "word 11" in screen
        assert "[red]\\x1b[31m.txt" in screen
        assert "[bold]\\x1b]0;title\\x07" in screen
        assert "Follow" not in screen  # a text leads nowhere

    play(packed, act, size=(120, 60))

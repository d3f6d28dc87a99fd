"""`tfli MODEL` and `tfli browse`: when the browser opens, pictures, and what cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import Result

from inspector.cli.main import bare_command

Tfli = Callable[..., Result]


@pytest.mark.parametrize(
    ("arguments", "terminal", "command"),
    [
        ([], True, "browse"),
        ([], False, "info"),
        (["--json"], True, "info"),
        (["--at", "3"], True, "browse"),
        (["--screenshot=x.svg"], False, "browse"),
    ],
)
def test_what_a_bare_model_means(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], terminal: bool, command: str
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: terminal)
    assert bare_command(arguments) == command


def test_a_dumb_terminal_gets_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    assert bare_command([]) == "info"


def picture(path: Path) -> str:
    """The text of an SVG, but for what names its parts."""
    texts = ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")
    return "\n".join("".join(text.itertext()) for text in texts).replace("\xa0", " ")


def test_a_screenshot_needs_no_terminal(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.svg"
    model = fixtures / "cnn.tflite"
    shot = tfli(model, "--screenshot", path, "--at", "13", "--size", "100x30")
    assert shot == Result(0, "", "")
    assert "#13 FULLY_CONNECTED" in picture(path)
    assert tfli(model, "--screenshot", path).code == 2  # it is there
    assert tfli(model, "--screenshot", path, "--tab", "tensors", "--force").code == 0
    assert "serving_default_image" in picture(path)


def test_a_theme_changes_the_colours(tfli: Tfli, fixtures: Path, tmp_path: Path) -> None:
    dark, light = tmp_path / "dark.svg", tmp_path / "light.svg"
    for path, theme in ((dark, "tfli-dark"), (light, "tfli-light")):
        assert tfli(fixtures / "cnn.tflite", "--screenshot", path, "--theme", theme).code == 0
    assert picture(dark) == picture(light)
    assert dark.read_text() != light.read_text()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--at", "99"], "there is no operator 99; subgraph 0 has 15"),
        (["--at", "nobody"], "'nobody' is no address"),
        (["--theme", "pink"], "there is no theme 'pink'; there are "),
        (["--tab", "nowhere"], "there is no tab 'nowhere'; there are graph, "),
        (["--size", "5"], "--size 5: write columns and lines as 120x40"),
        (["--size", "9999x40"], "--size 9999x40: write"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    tfli: Tfli, fixtures: Path, tmp_path: Path, options: list[str], complaint: str
) -> None:
    path = tmp_path / "x.svg"
    result = tfli(fixtures / "cnn.tflite", "--screenshot", path, *options)
    assert (result.code, result.out) == (2, "")
    assert complaint in result.err
    assert len(result.err.splitlines()) == 1
    assert not path.exists()


def test_a_picture_that_is_called_otherwise_is_not_written(
    tfli: Tfli, fixtures: Path, tmp_path: Path
) -> None:
    result = tfli(fixtures / "cnn.tflite", "--screenshot", tmp_path / "x.png")
    assert result.code == 2
    assert "x.png: a picture of the browser is an SVG" in result.err
    assert not any(tmp_path.iterdir())


def test_without_a_terminal_the_browser_says_so(fixtures: Path) -> None:
    command = [sys.executable, "-m", "inspector.cli.main", "browse", fixtures / "cnn.tflite"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr


def test_other_commands_leave_textual_alone(fixtures: Path) -> None:
    code = (
        "import sys; from inspector.cli.main import run; "
        f"run(['ops', {str(fixtures / 'cnn.tflite')!r}]); assert 'textual' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("terminal", "found"),
    [
        ({"TERM": "vt100"}, False),
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "vt100", "COLORTERM": "truecolor"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, False),
        ({"TERM": "no-such-terminal"}, True),
    ],
)
def test_colours_are_those_of_the_terminal(terminal: dict[str, str], found: bool) -> None:
    """In a process of its own: terminfo is read once in each."""
    pytest.importorskip("curses")
    told = "from inspector.cli.screen import has_colours; print(has_colours())"
    environment = {"PATH": os.environ["PATH"], **terminal}
    done = subprocess.run(
        [sys.executable, "-c", told],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == str(found)

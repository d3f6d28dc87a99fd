"""Bad files through every command that reads one: a clear line, exit code 2, nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import written
from conftest import Result
from written import operator, subgraph, tensor

Tfli = Callable[..., Result]


def make(folder: Path, kind: str, whole: bytes) -> Path:
    """A bad file of some kind."""
    path = folder / "model.tflite"
    if kind == "folder":
        path.mkdir()
    elif kind != "absent":
        contents = {
            "empty": b"",
            "text": b"A text that is no model at all.\n" * 9,
            "truncated": whole[: len(whole) // 2],
            "identifier": whole[:4] + b"TFL9" + whole[8:],
            "index": written.packed(
                written.model([subgraph([tensor("\x1b]0;owned\x07")], [operator([912], [0])])])
            ),
        }
        path.write_bytes(contents[kind])
    return path


KINDS = ["absent", "folder", "empty", "text", "truncated", "identifier", "index"]


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize("command", ["tensors", "ops"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_file_is_one_line_and_exit_code_2(
    tfli: Tfli, fixtures: Path, tmp_path: Path, kind: str, command: str, form: list[str]
) -> None:
    path = make(tmp_path, kind, (fixtures / "cnn.tflite").read_bytes())
    result = tfli(command, path, *form)
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert line.startswith("tfli: ")
    assert line.isprintable()


@pytest.mark.parametrize("kind", KINDS)
def test_info_too_gives_one_line_and_exit_code_2(
    tfli: Tfli, fixtures: Path, tmp_path: Path, kind: str
) -> None:
    path = make(tmp_path, kind, (fixtures / "cnn.tflite").read_bytes())
    result = tfli(path)
    assert result.code == 2
    (line,) = result.err.splitlines()
    assert line.startswith(f"tfli: {path}: ")
    assert "\x1b" not in result.out


def test_the_program_shows_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "inspector.cli.main", tmp_path / "absent.tflite"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    line = f"tfli: {tmp_path / 'absent.tflite'}: cannot be opened: no such file or directory\n"
    assert done.stderr == line

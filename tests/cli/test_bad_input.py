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


UNREADABLE = ["absent", "folder", "empty", "text", "truncated", "identifier"]
KINDS = [*UNREADABLE, "index"]


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize("command", ["tensors", "ops"])
@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_bad_file_is_one_line_and_exit_code_2(
    tfli: Tfli, fixtures: Path, tmp_path: Path, kind: str, command: str, form: list[str]
) -> None:
    path = make(tmp_path, kind, (fixtures / "cnn.tflite").read_bytes())
    result = tfli(command, path, *form)
    assert (result.code, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert line.startswith("tfli: ")
    assert line.isprintable()


def test_the_listings_show_what_is_not_damaged(tfli: Tfli, tmp_path: Path) -> None:
    tensors = [tensor("left"), tensor("bad\x1bname", type=77), tensor("sum")]
    operators = [
        operator([0, 9], [2]),
        operator([0, 1], [2]),
        operator([0, 0], [2], intermediates=[]),
    ]
    graph = subgraph(tensors, operators, inputs=[0])
    path = written.write(tmp_path / "model.tflite", written.model([graph]))
    faults = [
        "subgraph 0, tensor 1: its type is 77, and the schema knows 0 to 22",
        "subgraph 0, operator 0: its operands name tensor 9, and the subgraph has 3; "
        "the file is damaged, or was cut short",
    ]
    for command, shown in (("tensors", [0, 2]), ("ops", [1, 2])):
        found = tfli(command, path, "--json")
        assert found.code == 2
        assert [item["index"] for item in found.json[command]] == shown
        assert found.json["warnings"] == faults
        assert found.err.splitlines() == [f"tfli: {path}: {fault}" for fault in faults]
        for form in ([], ["--csv"]):
            result = tfli(command, path, *form)
            assert (result.code, len(result.out.splitlines())) == (2, 3)
            assert result.err == found.err


def test_many_faults_are_not_all_written_to_a_terminal(tfli: Tfli, tmp_path: Path) -> None:
    graph = subgraph([tensor(str(i), type=77) for i in range(40)], inputs=[], outputs=[])
    path = written.write(tmp_path / "model.tflite", written.model([graph]))
    result = tfli("tensors", path, "--json")
    assert len(result.json["warnings"]) == 40
    assert len(result.err.splitlines()) == 13
    assert "28 more parts cannot be read" in result.err


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

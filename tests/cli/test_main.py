"""`tfli` itself: finding commands, exit codes, and one line for each failure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
import typer
from conftest import Result

import inspector
from inspector.cli import main
from inspector.cli.main import COMMANDS, Entry
from inspector.errors import InputError

Tfli = Callable[..., Result]
PROGRAM = [sys.executable, "-m", "inspector.cli.main"]


def test_help_lists_every_command(tfli: Tfli) -> None:
    shown = tfli("--help")
    assert shown.code == 0
    assert all(f"  {name} " in shown.out for name in COMMANDS)
    assert all(entry.summary in shown.out for entry in COMMANDS.values())


def test_no_argument_asks_for_help(tfli: Tfli) -> None:
    assert tfli() == tfli("--help")


def test_the_version_is_that_of_the_package(tfli: Tfli) -> None:
    assert tfli("--version") == Result(0, f"tfli {inspector.__version__}\n", "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(tfli: Tfli, name: str) -> None:
    shown = tfli(name, "--help")
    assert shown.code == 0
    assert f"\n      tfli {name} " in shown.out  # on a line of its own
    assert "--json" in shown.out or name == "browse"  # which is to be looked at


def test_a_model_alone_is_described(tfli: Tfli, fixtures: Path) -> None:
    model = fixtures / "mnist.tflite"
    assert tfli(model) == tfli("info", model)
    assert tfli(model, "--json") == tfli("info", model, "--json")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["opps"], "No such command 'opps'"),
        (["--nonsense"], "No such option"),
        (["ops"], "Missing argument 'MODEL'"),
        (["ops", "a.tflite", "b.tflite"], "unexpected extra argument"),
        (["ops", "a.tflite", "--subgraph", "one"], "'one' is no whole number"),
        (["ops", "a.tflite", "--nonsense"], "No such option"),
    ],
)
def test_a_wrong_command_line_is_told_in_two_lines(
    tfli: Tfli, arguments: list[str], complaint: str
) -> None:
    result = tfli(*arguments)
    assert (result.code, result.out) == (2, "")
    first, second = result.err.splitlines()
    assert first.startswith("tfli: ")
    assert complaint in first
    assert second.startswith("tfli: try 'tfli")


def called(monkeypatch: pytest.MonkeyPatch, function: Callable[..., object]) -> None:
    """Make `tfli ops` call `function`."""
    monkeypatch.setitem(main.COMMANDS, "ops", Entry("any:function", "A line."))
    monkeypatch.setattr(main, "load", lambda _: function)


def test_an_error_is_one_line_in_which_nothing_steers_the_terminal(
    tfli: Tfli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise InputError("tensor 'a\x1b[31m\nb\u202e' is [bold]not[/bold] there")

    called(monkeypatch, fail)
    line = "tfli: tensor 'a\\x1b[31m\\nb\\u202e' is [bold]not[/bold] there\n"
    assert tfli("ops") == Result(2, "", line)


def test_what_the_system_refuses_is_one_line(tfli: Tfli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device", "out.npz")

    called(monkeypatch, fail)
    assert tfli("ops") == Result(2, "", "tfli: out.npz: no space left on device\n")


def test_an_interrupt_is_quiet(tfli: Tfli, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    called(monkeypatch, interrupt)
    assert tfli("ops") == Result(130, "", "")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_the_number_that_a_command_returns_is_the_exit_code(
    tfli: Tfli, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    called(monkeypatch, lambda: code)
    assert tfli("ops").code == code


class Mode(str, Enum):
    FLOAT = "float"
    EXACT = "exact"


def test_plain_parameters_are_converted(tfli: Tfli, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(
        path: Path,
        count: int = 1,
        rate: Annotated[float | None, typer.Option()] = None,
        layout: Literal["keras", "tflite"] = "keras",
        mode: Mode = Mode.FLOAT,
        names: Annotated[list[str] | None, typer.Option("--name")] = None,
        on: bool = True,
    ) -> None:
        print(repr((path.name, count, rate, layout, mode.name, names, on)))

    called(monkeypatch, show)
    assert tfli("ops", "a/b").out == "('b', 1, None, 'keras', 'FLOAT', None, True)\n"
    given = ["--count", "2", "--rate", "0.5", "--layout", "tflite", "--name", "x", "--name", "y"]
    given += ["--mode", "exact", "--no-on"]
    assert tfli("ops", "b", *given).out == "('b', 2, 0.5, 'tflite', 'EXACT', ['x', 'y'], False)\n"
    assert "'fast' is none of float, exact" in tfli("ops", "b", "--mode", "fast").err
    assert "'caffe' is none of keras, tflite" in tfli("ops", "b", "--layout", "caffe").err
    assert "'x' is no number" in tfli("ops", "b", "--rate", "x").err


@pytest.mark.skipif(os.name == "nt", reason="signals and pipes of POSIX")
def test_a_reader_that_stops_reading_is_no_error(fixtures: Path) -> None:
    command = [*PROGRAM, "tensors", fixtures / "cnn_int8.tflite", "--json"]
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(command, stdout=write_end, stderr=subprocess.PIPE, check=False)
    os.close(write_end)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_is_told(fixtures: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [*PROGRAM, "tensors", fixtures / "cnn_int8.tflite"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "tfli: the output: no space left on device\n")


def test_a_stream_that_cannot_show_a_character_is_no_error(fixtures: Path) -> None:
    command = [*PROGRAM, "ops", fixtures / "cnn_int8.tflite"]
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=ascii_only)
    assert "1\\xd732\\xd732\\xd73" in done.stdout

"""A table is whole in a pipe, and fits a terminal a line a row."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from inspector.report.tables import Column, Table, show, without_spare, write_csv
from inspector.report.text import cells

COLUMNS = (Column("#", "right"), Column("name", least=6), Column("shape"))


def lines(capsys: pytest.CaptureFixture[str], table: Table) -> list[str]:
    show(table)
    return capsys.readouterr().out.splitlines()


def test_columns_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(COLUMNS, [["1", "a", "2×2"], ["10", "日本", ""], ["9", "longer name", "1"]])
    assert lines(capsys, table) == [
        " #  name         shape",
        " 1  a            2×2",
        "10  日本",
        " 9  longer name  1",
    ]


def test_nothing_is_cut_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    name = "very_long/" * 100
    assert name in lines(capsys, Table(COLUMNS, [["1", name, "2"]]))[1]


def test_one_long_cell_does_not_widen_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, _, short = lines(capsys, Table(COLUMNS, [["1", "x" * 5000, "2"], ["2", "y", "3"]]))
    assert len(short) < 100


def test_a_table_without_headings_has_no_line_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, Table((Column(""), Column("")), [["a", "b"]])) == ["a  b"]


def test_cells_cannot_break_a_line_or_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert lines(capsys, Table((Column("x"),), [["a\nb\x1b[2J"]])) == ["x", "a\\nb\\x1b[2J"]


def test_csv_holds_lists_and_objects(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(("a", "b", "c"), [([1, 2], {"k": 'v"'}, None)])
    assert capsys.readouterr().out == 'a,b,c\n1 2,"{""k"": ""v\\""""}",\n'


def test_of_names_the_ends_are_kept_and_empty_columns_go(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (Column("#"), Column("name", least=6, names=True), Column("to", least=4))
    names = ["net/block_1/conv/kernel", "net/block_1/Relu;net/block_1/BiasAdd"]
    table = Table(columns, [[str(i), name, ""] for i, name in enumerate(names)])
    assert lines(capsys, table)[0].split() == ["#", "name", "to"]  # in a pipe all is there
    monkeypatch.setattr("inspector.report.tables.terminal_width", lambda: 18)
    monkeypatch.setenv("NO_COLOR", "")
    assert lines(capsys, table) == [
        "#  name",
        "0  …_1/conv/kernel",
        "1  …/block_1/Relu…",
    ]


def on_a_terminal(columns: int, *arguments: str | Path, **environment: str) -> str:
    """What `tfli` writes to a terminal of so many columns."""
    main, worker = pty.openpty()
    fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-m", "inspector.cli.main", *arguments]
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    environment = kept | {"TERM": "xterm-256color"} | environment
    with subprocess.Popen(command, stdout=worker, env=environment) as process:
        os.close(worker)
        output = b""
        while chunk := read(main):
            output += chunk
    os.close(main)
    assert process.returncode == 0
    return output.decode().replace("\r\n", "\n")


def read(terminal: int) -> bytes:
    """What is there to read; nothing at the end, which Linux tells as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", ["tensors", "ops"])
def test_a_listing_fits_the_terminal(fixtures: Path, command: str, columns: int) -> None:
    shown = on_a_terminal(columns, command, fixtures / "cnn_int8.tflite")
    assert "\x1b[1;4m" in shown  # the headings stand out
    rows = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert len(rows) > 15
    assert all(cells(row) <= columns for row in rows)
    assert any("…" in row for row in rows)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_without_styles_is_sent_none(
    fixtures: Path, environment: dict[str, str]
) -> None:
    assert "\x1b" not in on_a_terminal(100, "info", fixtures / "cnn_int8.tflite", **environment)


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (40, ["#", "name", "a", "b"]),
        (17, ["#", "name", "a"]),
        (14, ["#", "name"]),
        (3, ["#", "name"]),
    ],
)
def test_spare_columns_go_before_others_are_cut(width: int, headings: list[str]) -> None:
    columns = (*COLUMNS[:2], Column("a", least=2, spare=True), Column("b", least=2, spare=True))
    table = Table(columns, [["1", "a longer name", "wide" * 3, "wide" * 3]])
    found = without_spare(table, width + len("a longer name") - 9)
    assert [column.heading for column in found.columns] == headings
    assert [len(row) for row in found.rows] == [len(headings)]

"""Names from a model as names of files: whatever they are, they stay in their folder."""

from __future__ import annotations

import random
from pathlib import Path, PureWindowsPath

import pytest

from inspector.filenames import safe_names

HOSTILE = {
    "../../x": "x",
    "/etc/passwd": "etc_passwd",
    "C:\\Windows\\x.dll": "C__Windows_x.dll",
    "": "unnamed",
    ".": "unnamed",
    "..": "unnamed",
    " . ": "unnamed",
    ".bashrc": "bashrc",
    "CON": "_CON",
    "con.txt": "_con.txt",
    "Lpt1 .log": "_Lpt1 .log",
    "console": "console",
    "a\x1b[31m\nb\0c": "a_[31m_b_c",
    "\u202egpj.exe": "_gpj.exe",
    "\udc80": "_",
    "what?*.txt": "what__.txt",
    "ends. ": "ends",
    "日本語.txt": "日本語.txt",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_one_that_any_system_takes(name: str) -> None:
    (found,) = safe_names([name])
    assert found == HOSTILE[name]
    assert not PureWindowsPath(found).is_reserved()


def test_a_long_name_is_cut_and_keeps_its_suffix() -> None:
    long, wide, dotted = safe_names(["a" * 300 + ".txt", "é" * 300, "b." + "c" * 300])
    assert long.endswith("aaa.txt")
    assert all(len(name.encode()) <= 120 for name in (long, wide, dotted))
    assert set(wide) == {"é"}


def test_no_two_files_have_the_same_name() -> None:
    names = ["labels.txt", "labels.txt", "LABELS.TXT", "x/../labels.txt", "labels-2.txt"]
    found = safe_names(names, taken=["metadata.json"])
    assert found[:3] == ["labels.txt", "labels-2.txt", "LABELS-3.TXT"]
    assert len({name.casefold() for name in found}) == len(names)
    assert safe_names(["metadata.json"], taken=["metadata.json"]) == ["metadata-2.json"]


def test_many_names_that_are_the_same_take_no_time_to_tell_apart() -> None:
    assert len(set(safe_names(["a.txt"] * 20_000))) == 20_000


def test_any_text_makes_a_file_in_its_folder(tmp_path: Path) -> None:
    rng = random.Random(3)
    letters = "aB./\\:~%$`\0\n\t é\u0301\ud800\u202e😀"
    names = ["".join(rng.choices(letters, k=rng.randrange(30))) for _ in range(300)]
    found = safe_names(names)
    for name in found:
        (tmp_path / name).write_bytes(b"x")
    assert {path.name for path in tmp_path.iterdir()} == set(found)
    assert len(found) == len(names)

"""Files and folders appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from inspector.errors import InputError
from inspector.files import write_folder, write_together, write_whole


class BreakError(Exception):
    """What goes wrong in the middle."""


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "w.npz"
    with write_whole(final) as target:
        assert (target.parent, target.suffix) == (tmp_path, ".npz")
        target.write_bytes(b"whole")
        assert not final.exists()
    assert final.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["w.npz"]  # noqa: PTH208


@pytest.mark.parametrize("error", [BreakError, KeyboardInterrupt])
def test_nothing_is_left_when_the_work_breaks(tmp_path: Path, error: type[BaseException]) -> None:
    final = tmp_path / "w.npz"
    with pytest.raises(error), write_whole(final) as target:
        target.write_bytes(b"half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_written_over_by_force_alone(tmp_path: Path) -> None:
    final = tmp_path / "w.npz"
    final.write_bytes(b"old")
    with pytest.raises(InputError, match="--force"), write_whole(final) as target:
        target.write_bytes(b"new")
    assert final.read_bytes() == b"old"
    with pytest.raises(BreakError), write_whole(final, force=True) as target:
        raise BreakError
    assert final.read_bytes() == b"old"
    with write_whole(final, force=True) as target:
        target.write_bytes(b"new")
    assert final.read_bytes() == b"new"


@pytest.mark.parametrize("writer", [write_whole, write_folder])
def test_the_place_must_exist(tmp_path: Path, writer: type) -> None:
    with pytest.raises(InputError, match="make it first"), writer(tmp_path / "absent" / "x"):
        pass


def test_a_file_is_no_folder_and_a_folder_no_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(InputError, match="is not a file"), write_whole(tmp_path, force=True):
        pass
    with pytest.raises(InputError, match="is not a folder"), write_folder(file, force=True):
        pass
    with pytest.raises(InputError, match="is no folder"), write_whole(file / "x"):
        pass


def test_what_the_system_refuses_is_an_input_error(tmp_path: Path) -> None:
    refused = pytest.raises(InputError, match=r"w\.npz: cannot be written: no space")
    with refused, write_whole(tmp_path / "w.npz"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    final = tmp_path / "out"
    with write_folder(final) as target:
        (target / "model.py").write_text("1")
        assert not final.exists()
    assert (final / "model.py").read_text() == "1"
    assert list(tmp_path.iterdir()) == [final]


def test_no_folder_is_left_when_the_work_breaks(tmp_path: Path) -> None:
    with pytest.raises(BreakError), write_folder(tmp_path / "out") as target:
        (target / "model.py").write_text("1")
        raise BreakError
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with write_folder(tmp_path / "out") as target:
        (target / "model.py").write_text("1")
    assert (tmp_path / "out" / "model.py").read_text() == "1"


def test_a_folder_with_files_is_written_into_by_force_alone(tmp_path: Path) -> None:
    final = tmp_path / "out"
    final.mkdir()
    (final / "notes.txt").write_text("mine")
    (final / "model.py").write_text("old")
    with pytest.raises(InputError, match="--force"), write_folder(final):
        pass
    with write_folder(final, force=True) as target:
        (target / "model.py").write_text("new")
    assert {path.name: path.read_text() for path in final.iterdir()} == {
        "notes.txt": "mine",
        "model.py": "new",
    }


def test_files_that_belong_together_appear_together(tmp_path: Path) -> None:
    with write_together(tmp_path / "w", "w.json", "w.index") as folder:
        (folder / "w").write_text("1")
        (folder / "w.json").write_text("1")
        assert len(list(tmp_path.iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w", "w.json"]
    for name in ("w", "w.json"):
        with pytest.raises(InputError, match="--force"):
            with write_together(tmp_path / name, "w.json"):
                raise AssertionError
    (tmp_path / "w.index").write_text("old")
    with write_together(tmp_path / "w", "w.json", "w.index", force=True) as folder:
        (folder / "w").write_text("2")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("w", "2")]


def test_a_file_that_is_found_late_stops_them_all(tmp_path: Path) -> None:
    (tmp_path / "w-2").write_text("mine")
    with pytest.raises(InputError, match="w-2 exists"):
        with write_together(tmp_path / "w") as folder:
            for name in ("w-1", "w-2"):
                (folder / name).write_text("new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("w-2", "mine")]


def test_folders_inside_of_a_folder_are_merged(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with write_folder(tmp_path / "w", force=True) as folder:
            (folder / "a").mkdir()
            (folder / "a" / name).write_text(name)
            (folder / "a" / "both").write_text(name)
    found = {path.name: path.read_text() for path in (tmp_path / "w" / "a").iterdir()}
    assert found == {"old": "old", "new": "new", "both": "new"}


def test_a_folder_that_was_given_empty_is_there(tmp_path: Path) -> None:
    """Though the outdated file in it is deleted, or was never there."""
    final = tmp_path / "x"
    for _ in range(2):
        with write_folder(final, force=True, outdated=("data/weights/old.bin",)) as folder:
            (folder / "data" / "weights").mkdir(parents=True)
            (folder / "data" / "model").write_text("new")
        assert (final / "data" / "weights").is_dir()
        (final / "data" / "weights" / "old.bin").write_text("old")
    with write_folder(final, force=True, outdated=("data/weights/old.bin",)) as folder:
        (folder / "data" / "weights").mkdir(parents=True)
    assert [each.name for each in (final / "data").iterdir()].count("weights") == 1
    assert not list((final / "data" / "weights").iterdir())

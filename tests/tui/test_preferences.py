"""Preferences: remembered where that is possible, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.tui.preferences import Preferences, preferences_path


def test_a_text_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "browser.json"
    Preferences(path).put("theme", "nord")
    assert Preferences(path).get("theme") == "nord"
    assert [file.name for file in path.parent.iterdir()] == ["browser.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"theme": 5}', b"\xff\xfe", b"null"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "browser.json"
    path.write_bytes(content)
    found = Preferences(path)
    assert found.get("theme") == ""
    found.put("theme", "nord")
    assert Preferences(path).get("theme") == "nord"


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = Preferences(tmp_path / "file" / "browser.json")
    found.put("theme", "nord")
    assert found.get("theme") == "nord"


def test_they_lie_where_the_platform_keeps_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    assert preferences_path().name == "browser.json"
    assert preferences_path().parent.name == "tflite-inspector"

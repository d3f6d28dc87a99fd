"""Models of other people, in a folder beside the repository; their tests are skipped without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "shared" / "models"
ABSENT = pytest.param(None, id="absent", marks=pytest.mark.skip("../shared/models is not there"))


def rows() -> list[dict[str, Any]]:
    """What the folder's index says of each model."""
    index = FOLDER / "index.jsonl"
    return [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []


def is_plain(path: Path) -> bool:
    """Whether the file holds one model, from its first byte."""
    with path.open("rb") as file:
        return file.read(8)[4:] == b"TFL3"


def plain_models() -> list[Any]:
    """All files that hold one model, as parameters of a test."""
    paths = [FOLDER / row["file"] for row in rows()]
    found = [path for path in paths if path.exists() and is_plain(path)]
    return [pytest.param(path, id=path.name) for path in found] or [ABSENT]

"""Containers of models, written by `zipfile`, and read."""

from __future__ import annotations

import zipfile
from pathlib import Path

from inspector.read.containers import Container, container_of
from inspector.read.opening import open_source


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def container(path: Path | str) -> Container:
    found = container_of(open_source(path))
    assert found
    return found

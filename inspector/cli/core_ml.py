"""Core ML models, of which some commands tell something too: the other package does it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from inspector.errors import InputError

SUFFIXES = (".mlpackage", ".mlmodel")
WORK = "rebuild.cli.package"


def is_core_ml(path: str) -> bool:
    """Whether a path names a Core ML model."""
    return Path(path).suffix in SUFFIXES


def tell(path: str, *, as_json: bool) -> None:
    """What `tfli info` tells of a Core ML model."""
    import_module(WORK).tell(Path(path), as_json)


def export(
    path: str, output: str | None, *, raw: bool, pattern: str | None, force: bool, as_json: bool
) -> None:
    """What `tfli weights` does with a Core ML package."""
    target = Path(output) if output else None
    import_module(WORK).export(
        Path(path), target, raw=raw, pattern=pattern, force=force, as_json=as_json
    )


def refuse(path: str, asked: dict[str, object]) -> None:
    """Raise `InputError` where something is asked for that there is not for Core ML models."""
    given = [name for name, value in asked.items() if value]
    if given:
        raise InputError(f"{path}: {' and '.join(given)} are for .tflite files only")

"""`tfli weights -o`: the export, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.cli.common import matcher, open_model
from inspector.cli.weights_statistics import (
    Measurements,
    measured,
    tell_statistics,
    with_statistics,
)
from inspector.errors import InputError
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, counted, say
from inspector.report.words import shape_text
from inspector.weights.export import Found, arrays
from inspector.weights.manifest import Entry, Manifest, Settings
from inspector.weights.save import listing, manifest_of, save
from inspector.weights.slots import Skipped

if TYPE_CHECKING:
    from inspector.read.model import Model

DONE, COULD_NOT = 0, 2
COLUMNS = (
    Column("key", style="bold", least=12, names=True),
    Column("shape"),
    Column("type"),
    Column("stored", style="dim", least=8),
    Column("axes", style="dim", spare=True),
    Column("operator", style="dim", least=6, spare=True),
)


def export(
    path: str,
    output: str | None,
    settings: Settings,
    shard_size: int | None,
    *,
    stats: bool,
    force: bool,
    as_json: bool,
) -> int:
    """Write or list the arrays of the model at `path`, say what there is, give the exit code."""
    with open_model(path) as model:
        with reading(model, settings, "reading weights") as found:
            if output is None:
                manifest = listing(found)
            else:
                manifest = save(
                    found, output, force=force, settings=settings, shard_size=shard_size
                )
        measurements = measured(model, manifest, settings.layout) if stats else None
    if as_json:
        emit(manifest_object(manifest, settings, output, measurements))
    else:
        tell(manifest, output, measurements)
    return COULD_NOT if manifest.skipped else DONE


@contextmanager
def reading(model: Model, settings: Settings, what: str) -> Iterator[Found]:
    """The arrays that the settings ask for; on a terminal, with the progress in bytes."""
    total = None if settings.pattern else model.size
    with Progress(what, total=total) as progress:
        wanted = matcher(settings.pattern)
        found = arrays(model, settings.layout, settings.values, wanted, settings.dtype)
        yield watched(found, progress, settings.pattern)


def watched(found: Found, progress: Progress, pattern: str | None) -> Found:
    """The same, with the progress shown. Raises `InputError` where a pattern fits nothing."""
    none = True
    for each in found:
        none = False
        yield each
        if not isinstance(each, Skipped) and each[0].parameter_of is None:
            progress.advance(each[0].stored_bytes)
        del each  # before the next is made
    if none and pattern is not None:
        raise InputError(f"no constant has a key or a name like {pattern!r}; leave out --filter")


def manifest_object(
    manifest: Manifest,
    settings: Settings,
    output: str | None,
    measurements: Measurements | None,
) -> dict[str, Any]:
    """The JSON object of a manifest; `file` is null where none was written."""
    found = [entry.as_json() for entry in manifest.arrays]
    if measurements is not None:
        with_statistics(found, measurements)
    return {
        "file": str(Path(output)) if output else None,
        "manifest": str(manifest_of(output)) if output else None,
        **settings.as_json(),
        "arrays": found,
        "skipped": [asdict(skipped) for skipped in manifest.skipped],
    }


def tell(manifest: Manifest, output: str | None, measurements: Measurements | None) -> None:
    """Show what there is, then on stderr what was written and what could not be."""
    if measurements is None:
        show(Table(COLUMNS, [row(entry) for entry in manifest.arrays]))
    else:
        tell_statistics(manifest, measurements)
    for entry in manifest.arrays:
        if entry.overflowed:
            say(f"{entry.key}: {entry.overflowed} values are too large for {entry.dtype}: now inf")
    for note, first, others in notes(manifest):
        say(f"{first}{f' and {others} more' if others else ''}: {note}")
    for skipped in manifest.skipped:
        say(f"left out {skipped}")
    if output:
        count, size = counted(len(manifest.arrays), "array"), bytes_text(manifest.nbytes)
        say(f"wrote {count}, {size}, to {output} (manifest: {manifest_of(output)})")


def notes(manifest: Manifest) -> Iterator[tuple[str, str, int]]:
    """What must be known of arrays: once each, with the first array, and how many others."""
    keys: dict[str, list[str]] = {}
    for entry in manifest.arrays:
        if entry.note:
            keys.setdefault(entry.note, []).append(entry.key)
    for note, (first, *others) in keys.items():
        yield note, first, len(others)


def row(entry: Entry) -> list[str]:
    """The cells of one array; of one that several constants make up, how many."""
    count = f"{len(entry.tensors)} of " if len(entry.tensors) > 1 else ""
    return [
        entry.key,
        shape_text(entry.shape),
        entry.dtype,
        f"{count}{entry.stored_dtype} {shape_text(entry.stored_shape)}",
        " ".join(map(str, entry.transpose or ())),
        entry.operator or "",
    ]

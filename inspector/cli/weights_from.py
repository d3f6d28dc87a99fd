"""`tfli weights --from`: edited arrays put back into a copy of their model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.cli.common import open_model
from inspector.errors import InputError
from inspector.report.bars import short_number
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show
from inspector.report.text import counted, say

if TYPE_CHECKING:
    from inspector.weights.layouts import Layout
    from inspector.weights.plan import Change
    from inspector.weights.values import Values

COLUMNS = (
    Column("key", style="bold", least=12),
    Column("stored", style="dim"),
    Column("elements", "right", "dim"),
    Column("edited", "right"),
    Column("changed", "right"),
    Column("clamped", "right", "yellow"),
    Column("largest error", "right"),
)


def put_back(
    model: str,
    source: Path,
    output: Path | None,
    layout: Layout,
    values: Values,
    wanted: Callable[[str], object],
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write `output`, the model with the wanted arrays of `source` in it, and say what changed.

    Raises `InputError` as `restore` does, and when there is no output or nothing is wanted.
    """
    from inspector.weights.readers import open_weights
    from inspector.weights.restore import restore

    if output is None:
        raise InputError("--from writes a model; name it with -o NEW.tflite")
    with open_model(model) as opened, open_weights(source) as weights:
        keys = [key for key in weights if wanted(key)]
        if not keys:
            raise InputError(f"{source}: holds no array that is asked for")
        with Progress("putting weights back", total=len(keys)) as progress:
            changes = restore(
                opened,
                weights,
                output,
                layout,
                values,
                keys=keys,
                force=force,
                done=progress.advance,
            )
    if as_json:
        emit(
            {
                "file": str(output),
                "given": len(keys),
                "arrays": [{"key": change.keys[0], **asdict(change)} for change in changes],
                "skipped": [],
            }
        )
    else:
        tell(changes, len(keys), output)


def tell(changes: list[Change], given: int, output: Path) -> None:
    """Show each constant that was edited, and say on stderr what a reader must not overlook."""
    if changes:
        show(Table(COLUMNS, [row(change) for change in changes]))
    for change in changes:
        if change.others:
            say(f"{' and '.join(change.others)} changed with {change.keys[0]}: the same bytes")
    if clamped := sum(change.clamped for change in changes):
        say(f"{clamped:,} values lie beyond what the scales of the file reach, and were clamped")
    count = sum(bool(change.changed) for change in changes)
    changed, were = counted(count, "constant"), "array was" if given == 1 else "arrays were"
    say(f"wrote {output}; {changed} changed, {given} {were} given")


def row(change: Change) -> list[str]:
    """The cells of one constant."""
    return [
        " ".join(change.keys),
        change.stored_dtype,
        f"{change.elements:,}",
        f"{change.edited:,}",
        f"{change.changed:,}",
        f"{change.clamped:,}" if change.clamped else "",
        short_number(change.largest_error, 3),
    ]

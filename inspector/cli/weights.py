"""`tfli weights`: the constants of a model, in a framework's axis order, in one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, ModelPath, matcher, open_model
from inspector.cli.weights_from import put_back
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
from inspector.report.text import bytes_text, say
from inspector.report.words import shape_text
from inspector.weights.layouts import Layout

if TYPE_CHECKING:
    from inspector.weights.export import Found
    from inspector.weights.manifest import Entry, Manifest

Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Where to: .npz or .safetensors."),
]
Orders = Annotated[Layout, typer.Option(help="Whose axis orders, shapes and names.")]
Dequantize = Annotated[
    bool, typer.Option("--dequantize/--raw", help="Real numbers, or the integers as stored.")
]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="GLOB", help="Only these keys or tensor names.")
]
Measured = Annotated[
    bool, typer.Option("--stats", help="Measure each array: range, zeros, dead channels, spread.")
]
Edited = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Put these arrays back; -o names the new model."),
]
DONE, COULD_NOT = 0, 2
COLUMNS = (
    Column("key", style="bold", least=12),
    Column("shape"),
    Column("type"),
    Column("stored", style="dim", least=8),
    Column("axes", style="dim"),
    Column("operator", style="dim", least=6),
)


def command(
    model: ModelPath,
    output: Output = None,
    *,
    layout: Orders = Layout.KERAS,
    dequantize: Dequantize = True,
    pattern: Filter = None,
    stats: Measured = False,
    edited: Edited = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Write the weights and all other constants, keys `layer/variable`; without -o, list them.

    Every constant is there: float16, int8 and int4, sparse and behind DEQUANTIZE. What cannot be
    read is listed, and the exit code is 2.

    Examples:

        tfli weights mobilenet.tflite
        tfli weights mobilenet.tflite -o weights.npz
        tfli weights mobilenet.tflite -o kernels.safetensors --filter '*/kernel'
        tfli weights mobilenet_int8.tflite -o stored.npz --raw --layout tflite
        tfli weights mobilenet.tflite --stats --filter 'stem/kernel'
        tfli weights mobilenet.tflite --from weights.npz -o edited.tflite
    """
    from inspector.weights.export import arrays
    from inspector.weights.save import listing, save
    from inspector.weights.values import Values

    values = Values.REAL if dequantize else Values.STORED
    wanted = matcher(pattern)
    if edited is not None:
        put_back(model, edited, output, layout, values, wanted, force=force, as_json=as_json)
        return DONE
    with open_model(model) as opened, Progress("reading weights") as progress:
        found = watched(arrays(opened, layout, values, wanted), progress, pattern)
        manifest = save(found, output, force=force) if output else listing(found)
        measurements = measured(opened, manifest, layout) if stats else None
    if as_json:
        emit(manifest_object(manifest, output, measurements))
    else:
        tell(manifest, output, measurements)
    return COULD_NOT if manifest.skipped else DONE


def watched(found: Found, progress: Progress, pattern: str | None) -> Found:
    """The same, with the progress shown. Raises `InputError` where a pattern fits nothing."""
    none = True
    for each in found:
        none = False
        yield each
        progress.advance()
    if none and pattern is not None:
        raise InputError(f"no constant has a key or a name like {pattern!r}; leave out --filter")


def manifest_object(
    manifest: Manifest, output: Path | None, measurements: Measurements | None
) -> dict[str, Any]:
    """The JSON object of a manifest; `file` is null where none was written."""
    arrays = [asdict(entry) for entry in manifest.arrays]
    if measurements is not None:
        with_statistics(arrays, measurements)
    return {
        "file": str(output) if output else None,
        "arrays": arrays,
        "skipped": [asdict(skipped) for skipped in manifest.skipped],
    }


def tell(manifest: Manifest, output: Path | None, measurements: Measurements | None) -> None:
    """Show what there is, then on stderr what was written and what could not be."""
    if measurements is None:
        show(Table(COLUMNS, [row(entry) for entry in manifest.arrays]))
    else:
        tell_statistics(manifest, measurements)
    for skipped in manifest.skipped:
        say(f"left out subgraph {skipped.subgraph}, tensor {skipped.tensor}: {skipped.reason}")
    if output:
        say(
            f"wrote {len(manifest.arrays)} arrays, {bytes_text(output.stat().st_size)}, to {output}"
        )


def row(entry: Entry) -> list[str]:
    """The cells of one array."""
    return [
        entry.key,
        shape_text(entry.shape),
        entry.dtype,
        f"{entry.stored_dtype} {shape_text(entry.stored_shape)}",
        " ".join(map(str, entry.transpose or ())),
        entry.operator or "",
    ]

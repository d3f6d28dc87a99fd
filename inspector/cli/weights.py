"""`tfli weights`: the constants of a model, in a framework's axis order, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inspector.cli import core_ml
from inspector.cli.common import AsJson, Force, ModelPath, matcher
from inspector.cli.running import size_of
from inspector.cli.weights_check import prove
from inspector.cli.weights_export import export
from inspector.cli.weights_from import put_back
from inspector.errors import InputError
from inspector.weights.check import claims_of
from inspector.weights.layouts import Layout
from inspector.weights.manifest import Settings
from inspector.weights.values import Dtype, Values

Output = Annotated[
    str | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Where to: .npz, .safetensors, or a folder/ of .npy."
    ),
]
Orders = Annotated[Layout | None, typer.Option(help="Whose axis orders, shapes and names. [keras]")]
Dequantize = Annotated[
    bool | None,
    typer.Option("--dequantize/--raw", help="Real numbers, or the integers as stored."),
]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="GLOB", help="Only these keys or tensor names.")
]
Precision = Annotated[
    Dtype | None, typer.Option("--dtype", help="Bring all real numbers to this type.")
]
Shards = Annotated[
    str | None,
    typer.Option("--shard-size", metavar="SIZE", help="Cut a .safetensors in files of, say, 2GB."),
]
Checked = Annotated[
    Path | None,
    typer.Option("--check", metavar="FILE", help="Prove this export against the model."),
]
Measured = Annotated[
    bool, typer.Option("--stats", help="Measure each array: range, zeros, dead channels, spread.")
]
Edited = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Put these arrays back; -o names the new model."),
]
DONE = 0


def command(
    model: ModelPath,
    output: Output = None,
    *,
    layout: Orders = None,
    dequantize: Dequantize = None,
    pattern: Filter = None,
    dtype: Precision = None,
    shard_size: Shards = None,
    stats: Measured = False,
    checked: Checked = None,
    edited: Edited = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Write the weights and all other constants, keys `layer/variable`; without -o, list them.

    Every constant is there: float16, int8 and int4, sparse and behind DEQUANTIZE; also axes and
    shapes that operators take, which --filter leaves out. What cannot be read is listed, and the
    exit code is 2. Beside the file stands FILE.json, which says where each array comes from;
    --check and --from take their options from it.

    Examples:

        tfli weights mobilenet.tflite
        tfli weights mobilenet.tflite -o weights.npz
        tfli weights mobilenet.tflite -o weights/ --layout torch --dtype float16
        tfli weights mobilenet.tflite -o kernels.safetensors --filter '*/kernel'
        tfli weights mobilenet.tflite -o w.safetensors --layout torch --filter '*.{weight,bias}*'
        tfli weights llm.tflite -o llm.safetensors --shard-size 2GB
        tfli weights mobilenet_int8.tflite -o stored.npz --raw --layout tflite
        tfli weights mobilenet.tflite --check weights.npz
        tfli weights mobilenet.tflite --stats --filter 'stem/kernel'
        tfli weights mobilenet.tflite --from weights.npz -o edited.tflite
        tfli weights mobilenet.mlpackage -o converted.npz
    """
    only_one({"--check": checked is not None, "--from": edited is not None, "--stats": stats})
    if core_ml.is_core_ml(model):
        asked: dict[str, object] = {"--layout": layout, "--dtype": dtype, "--stats": stats}
        asked |= {"--shard-size": shard_size, "--check": checked, "--from": edited}
        core_ml.refuse(model, asked)
        raw = dequantize is False
        core_ml.export(model, output, raw=raw, pattern=pattern, force=force, as_json=as_json)
        return DONE
    source = checked or edited
    claims = claims_of(source) if source else None
    before = claims.settings if claims else Settings()
    settings = Settings(
        Path(model).name,
        layout or before.layout,
        before.values if dequantize is None else (Values.REAL if dequantize else Values.STORED),
        dtype or before.dtype,
        pattern or before.pattern,
    )
    if edited is not None:
        put_back(
            model,
            edited,
            Path(output) if output else None,
            settings.layout,
            settings.values,
            matcher(pattern),
            force=force,
            as_json=as_json,
        )
        return DONE
    if checked is not None:
        return prove(model, checked, claims, settings, as_json=as_json)
    return export(
        model,
        output,
        settings,
        size_of(shard_size, "--shard-size") if shard_size else None,
        stats=stats,
        force=force,
        as_json=as_json,
    )


def only_one(asked: dict[str, bool]) -> None:
    """Raise `InputError` when several options are given that are each work of their own."""
    given = [name for name, wanted in asked.items() if wanted]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are different work; give one of them")

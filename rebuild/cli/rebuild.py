"""`tfli rebuild`: Keras source for a model, checked against it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, open_model
from inspector.cli.compare import EXIT_CODES, watched
from inspector.cli.running import PATIENCE, MemoryLimit, Timeout, apart
from inspector.errors import InputError, RunError
from inspector.files import write_folder
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.text import printable, say
from inspector.run.runtime import kernels_for
from rebuild.cli.operators import list_operators

if TYPE_CHECKING:
    from inspector.compare.result import Comparison
    from inspector.read.model import Model

DONE, COULD_NOT = 0, 2
FILES = ("model.py", "weights.npz", "map.json", "report.json")

OptionalModelPath = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="A .tflite file, a URL, or CONTAINER::MEMBER of one."),
]


class Quantized(str, Enum):
    """How quantised operators are rebuilt."""

    FLOAT = "float"
    EXACT = "exact"


def command(
    model: OptionalModelPath = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="The folder to write.")
    ] = None,
    *,
    quantized: Annotated[
        Quantized,
        typer.Option(
            help="float: weights dequantised, activations float. exact: integers are kept, each "
            "result is rounded as the kernel rounds it."
        ),
    ] = Quantized.FLOAT,
    dynamic_batch: Annotated[
        bool, typer.Option("--dynamic-batch", help="Leave the batch size open.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Run the script beside the model.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of the random inputs it is verified on.")] = 0,
    listed: Annotated[
        bool, typer.Option("--list-operators", help="Only list what each operator becomes.")
    ] = False,
    timeout: Timeout = PATIENCE,
    memory_limit: MemoryLimit = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Write Keras source that computes what MODEL computes, and prove it operator by operator.

    DIR gets model.py (build_model, load_weights), weights.npz, map.json and report.json. Nothing is
    written when an operator has no translation; each is named then.

    Examples:

        tfli rebuild mobilenet.tflite -o mobilenet
        python mobilenet/model.py
        tfli rebuild --list-operators
    """
    if listed:
        list_operators(as_json)
        return DONE
    if model is None or output is None:
        raise InputError("it takes a MODEL and -o DIR, the folder to write")
    from rebuild.folder import write, write_json
    from rebuild.report import report
    from rebuild.translate.quantized import READINGS
    from rebuild.translate.translator import translate

    with apart(timeout, memory_limit), open_model(model) as opened:
        reading = READINGS[quantized.value]
        program = translate(opened, dynamic_batch=dynamic_batch, reading=reading)
        if program.all_unsupported:
            found = report(program, (), None)
            tell_unsupported(found)
            if as_json:
                emit(found)
            return COULD_NOT
        result, reason = None, ""
        with write_folder(output, force=force) as folder:
            write(program, folder)
            if verify:
                result, reason = verified(opened, folder, seed)
            found = report(program, FILES, result.to_json() if result else None)
            write_json(folder / "report.json", {"schema": "tfli/1", **found})
    if as_json:
        emit(found)
    else:
        show(output, found, result)
    if reason:
        say(f"written, and not verified: {reason}")
    if not verify:
        return DONE
    return EXIT_CODES[result.outcome.value] if result else COULD_NOT


def verified(model: Model, folder: Path, seed: int) -> tuple[Comparison | None, str]:
    """What comparing the script in `folder` with its model gives, or why it could not be done."""
    from inspector.run.inputs import inputs_of
    from rebuild.parity import open_candidate

    inputs = inputs_of(model).read([], seed)
    try:
        with Progress("starting Keras"):
            candidate = open_candidate(model, folder)
        return watched(model, candidate, [inputs], kernels_for(model), threads=1), ""
    except RunError as error:
        return None, str(error)


def tell_unsupported(found: dict[str, Any]) -> None:
    """A line for each kind of operator that has no translation."""
    for group in found["unsupported"]:
        first = ", ".join(map(str, group["operators"][:5]))
        more = f" and {group['count'] - 5} more" if group["count"] > 5 else ""
        say(f"operator {first}{more} ({group['op']}) cannot be translated: {group['reason']}")
    say("nothing was written; `tfli ops` shows the operators in their place")


def show(output: Path, found: dict[str, Any], result: Comparison | None) -> None:
    """What was written, and what the verification says of it."""
    from inspector.report.comparison import headline, remarkable, show_comparison
    from inspector.report.console import console

    script = printable(str(output / "model.py"))
    console().print(f"{script}: {found['layers']} layers for {found['operators']} operators")
    if result:
        differing = remarkable(result)
        if differing or result.outcome.value != "match":
            show_comparison(result, differing)
        console().print(headline(result))

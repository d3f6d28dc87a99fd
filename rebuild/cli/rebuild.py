"""`tfli rebuild`: Keras source for a model, checked against it."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, open_model
from inspector.cli.compare import EXIT_CODES, watched
from inspector.cli.running import PATIENCE, MemoryLimit, Timeout, apart
from inspector.errors import InputError, RunError, UnsupportedError
from inspector.files import write_folder
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.text import printable, say
from inspector.run.runtime import Runtime
from rebuild.cli.operators import list_operators

if TYPE_CHECKING:
    from inspector.compare.result import Comparison
    from inspector.read.model import Model
    from inspector.weights.values import Dtype
    from rebuild.report import Verification

DONE, MISMATCH, COULD_NOT = 0, 1, 2
FILES = ("model.py", "weights.npz", "map.json", "report.json")

OptionalModelPath = Annotated[
    str | None,
    typer.Argument(metavar="MODEL", help="A .tflite file, a URL, or CONTAINER::MEMBER of one."),
]


class Quantized(str, Enum):
    """How quantised operators are rebuilt."""

    FLOAT = "float"
    EXACT = "exact"
    INTEGER = "integer"


class Weights(str, Enum):
    """What weights that the file has as float16 are stored as."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"


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
            "result is rounded as the kernel rounds it. integer: computed in integers, as the "
            "reference kernels do, bit for bit."
        ),
    ] = Quantized.FLOAT,
    dtype: Annotated[
        Weights,
        typer.Option(
            help="Of weights that MODEL has as float16: float16 leaves them so in weights.npz. "
            "The script computes in float32 with either, as LiteRT does."
        ),
    ] = Weights.FLOAT32,
    dynamic_batch: Annotated[
        bool, typer.Option("--dynamic-batch", help="Leave the batch size open.")
    ] = False,
    allow_unsupported: Annotated[
        bool,
        typer.Option(
            "--allow-unsupported",
            help="Write the rest, with a layer that raises where an operator has no translation.",
        ),
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
    written when an operator has no translation; each is named then. With --allow-unsupported the
    rest is written all the same; exit code 2 says that it cannot be run as a whole.

    With --quantized integer the script is compared with LiteRT's reference kernels, and an operator
    that is one step off is a mismatch. Operators that are still computed from real numbers, as with
    --quantized exact, are listed; those may be a step off.

    With --dtype float16 weights.npz takes half the space and the numbers are the same, since LiteRT
    computes in float32 from such weights too. For arithmetic in float16, set a Keras dtype policy
    before build_model().

    Examples:

        tfli rebuild mobilenet.tflite -o mobilenet
        python mobilenet/model.py
        tfli rebuild mobilenet_int8.tflite -o mobilenet --quantized integer
        tfli rebuild mobilenet_fp16.tflite -o mobilenet --dtype float16
        tfli rebuild --list-operators
    """
    if listed:
        list_operators(as_json)
        return DONE
    if model is None or output is None:
        raise InputError("it takes a MODEL and -o DIR, the folder to write")
    from rebuild.folder import write, write_json
    from rebuild.report import Verification, report
    from rebuild.translate.readings import READINGS
    from rebuild.translate.translator import translate

    with apart(timeout, memory_limit), open_model(model) as opened:
        program = translate(
            opened,
            dynamic_batch=dynamic_batch,
            reading=READINGS[quantized.value](),
            dtype=weights_dtype(opened, dtype),
            allow_unsupported=allow_unsupported,
        )
        missing = program.all_unsupported
        if missing and not allow_unsupported:
            found = report(program, (), Verification())
            tell_unsupported(found)
            say("nothing was written; `tfli ops` shows the operators in their place")
            if as_json:
                emit(found)
            return COULD_NOT
        with write_folder(output, force=force) as folder:
            write(program, folder)
            checked = verified(opened, folder, seed) if verify else Verification()
            found = report(program, FILES, checked)
            write_json(folder / "report.json", {"schema": "tfli/1", **found})
    if as_json:
        emit(found)
    else:
        show(output, found, checked)
    tell_unsupported(found)
    tell_rounded(found)
    if checked.reason:
        say(f"written, and not verified: {checked.reason}")
    if missing:
        return COULD_NOT
    return worst(checked) if verify else DONE


def weights_dtype(model: Model, wanted: Weights) -> Dtype:
    """The type of weights of float16. Raises `InputError` where there are none to keep."""
    from inspector.read.schema import TensorType
    from inspector.weights.values import Dtype

    halves = (t.dtype is TensorType.FLOAT16 for graph in model.subgraphs for t in graph.tensors)
    if wanted is Weights.FLOAT16 and not any(halves):
        raise InputError(
            f"{model.path}: has no weights of float16 that --dtype float16 could keep; leave it out"
        )
    return Dtype(wanted.value)


def verified(model: Model, folder: Path, seed: int) -> Verification:
    """What comparing the models of the script in `folder` with the original gives."""
    from inspector.run.inputs import inputs_of
    from rebuild.execute import import_keras
    from rebuild.parity import candidates
    from rebuild.report import Verification

    results: dict[str, Comparison] = {}
    try:
        with Progress("starting Keras"):
            import_keras()
        for key, candidate in candidates(model, folder):
            original = candidate.reference
            inputs = inputs_of(original).read([], seed)
            found = watched(original, candidate, [inputs], Runtime(candidate.kernels))
            results[key] = replace(found, reference=model.path)
    except (RunError, UnsupportedError) as error:
        reason = str(error).removeprefix(f"{folder}: ")  # a name that is gone when it is told
        return Verification(results, reason)
    return Verification(results)


def worst(found: Verification) -> int:
    """The exit code for all that was compared: a mismatch counts more than what is not known."""
    codes = [EXIT_CODES[result.outcome.value] for result in found.results.values()]
    codes += [COULD_NOT] if found.reason else []
    return MISMATCH if MISMATCH in codes else max(codes)


def tell_unsupported(found: dict[str, Any]) -> None:
    """A line for each kind of operator that has no translation."""
    for group in found["unsupported"]:
        first = ", ".join(str(index) for index in group["operators"][:5])
        more = f" and {group['count'] - 5} more" if group["count"] > 5 else ""
        named = f"operator {first}{more} ({group['op']})" if group["operators"][0] >= 0 else "it"
        of = f"of subgraph {group['subgraph']} " if group["subgraph"] else ""
        say(f"{named} {of}cannot be translated: {group['reason']}")


def tell_rounded(found: dict[str, Any]) -> None:
    """A line for the operators that the integer reading computes from real numbers."""
    groups = [f"{group['op']} ({group['count']})" for group in found["rounded"]]
    if groups:
        say(f"computed from real numbers, within one step: {', '.join(groups)}")


def show(output: Path, found: dict[str, Any], checked: Verification) -> None:
    """What was written, and what the verification says of it."""
    from inspector.report.comparison import headline, remarkable, show_comparison
    from inspector.report.console import console

    script = printable(str(output / "model.py"))
    console().print(f"{script}: {found['layers']} layers for {found['operators']} operators")
    for key, result in checked.results.items():
        differing = remarkable(result)
        if differing or result.outcome.value != "match":
            show_comparison(result, differing)
        of = f"signature {printable(key)}: " if key else ""
        console().print(f"{of}{headline(result)}")

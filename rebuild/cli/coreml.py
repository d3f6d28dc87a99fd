"""`tfli coreml`: a Core ML model of a model, checked against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, ModelPath, open_model
from inspector.cli.compare import EXIT_CODES
from inspector.cli.running import PATIENCE, MemoryLimit, Timeout, apart
from inspector.errors import InputError, RunError
from inspector.files import write_folder, write_whole
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.text import printable, say
from rebuild.cli.coreml_check import Checked, checked
from rebuild.cli.coreml_options import (
    SUFFIXES,
    check_format,
    check_suffix,
    labels_of,
    lines_of,
    pictures_of,
    span,
)
from rebuild.coreml.settings import (
    About,
    Format,
    Precision,
    Settings,
    StoredWeights,
    Target,
)

if TYPE_CHECKING:
    from inspector.compare.result import Comparison
    from inspector.read.model import Model
    from rebuild.coreml.compressed import Stored
    from rebuild.coreml.convert import Converted
    from rebuild.translate.program import Unsupported

DONE, MISMATCH, COULD_NOT = 0, 1, 2
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
"""What a package may have from an earlier conversion and a later one not."""


def command(
    model: ModelPath,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="An .mlpackage or .mlmodel.")
    ],
    *,
    target: Annotated[
        Target | None, typer.Option(help="The earliest system that is to run it; iOS17.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(help="Of real numbers while it runs; float16 for the chip's own.")
    ] = Precision.FLOAT32,
    form: Annotated[
        Format, typer.Option("--format", help="neuralnetwork is what systems before iOS 15 take.")
    ] = Format.MLPROGRAM,
    weights: Annotated[
        StoredWeights, typer.Option(help="keep: as compressed as they are. dequantize: as floats.")
    ] = StoredWeights.KEEP,
    image_input: Annotated[
        list[str] | None,
        typer.Option("--image-input", metavar="NAME", help="An input that is given pictures."),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]S[,S,S]",
            help="What a picture's 0..255 is multiplied by: one number, or one a channel.",
        ),
    ] = None,
    bias: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]B[,B,B]", help="What is added then."),
    ] = None,
    color: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]COLORS", help="RGB, BGR or GRAYSCALE."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Classes of the first output, a line each."),
    ] = None,
    own_labels: Annotated[
        bool, typer.Option("--own-labels", help="Take the labels that the model's file has.")
    ] = False,
    batch: Annotated[
        str | None, typer.Option(metavar="MIN..MAX", help="How many samples may be given at once.")
    ] = None,
    author: Annotated[str | None, typer.Option(help="Where not as the metadata says.")] = None,
    license_: Annotated[
        str | None, typer.Option("--license", help="Where not as the metadata says.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="Where not as the metadata says.")] = None,
    version: Annotated[
        str | None, typer.Option("--version-string", help="Where not as the metadata says.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Run the result beside the model.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Of the random inputs it is verified on.")] = 0,
    timeout: Timeout = PATIENCE,
    memory_limit: MemoryLimit = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Write a Core ML model that computes what MODEL computes, and check it against MODEL.

    Examples:

        tfli coreml mobilenet.tflite -o MobileNet.mlpackage
        tfli coreml mobilenet.tflite -o MobileNet.mlpackage --precision float16 --target iOS16
        tfli coreml mnist.tflite -o Digits.mlpackage --image-input image --scale 1/255
        tfli coreml flowers.tflite -o Flowers.mlpackage --image-input image --labels flowers.txt
    """
    from rebuild.coreml.convert import NoFormError

    check_suffix(output, form)
    check_format(form, target, precision)
    pictures = pictures_of(image_input or [], scale or [], bias or [], color or [])
    settings = Settings(
        target,
        precision,
        form,
        weights,
        pictures,
        lines_of(labels) if labels else (),
        span(batch),
        About(author, license_, description, version),
    )
    with apart(timeout, memory_limit), open_model(model) as opened:
        settings = replace(settings, labels=labels_of(opened)) if own_labels else settings
        try:
            with written(output, force) as path:
                converted = made(opened, settings)
                with Progress("writing"):
                    converted.mlmodel.save(str(path))
                found = checked(opened, path, seed) if verify else Checked()
        except NoFormError as error:
            refuse(error.operators, as_json)
            return COULD_NOT
        told = report(opened, output, converted, found)
    if as_json:
        emit(told)
    else:
        show(output, told, found.comparison)
    tell_lost(converted)
    if found.reason:
        say(f"written, and not verified: {found.reason.replace(str(path), str(output))}")
        return COULD_NOT
    if differing := found.differing:
        say(f"Core ML itself gives something else for {', '.join(map(printable, differing))}")
        return MISMATCH
    return EXIT_CODES[found.comparison.outcome.value] if found.comparison else DONE


@contextmanager
def written(output: Path, force: bool) -> Iterator[Path]:
    """Give a path to write the model to, which becomes `output` when all went well."""
    if output.suffix == SUFFIXES[Format.NEURALNETWORK]:
        with write_whole(output, force=force) as path:
            yield path
        return
    if output.is_dir() and any(output.iterdir()) and not (output / "Manifest.json").is_file():
        raise InputError(f"{output} is a folder, and no Core ML package; name another place")
    with write_folder(output, force=force, outdated=(WEIGHTS,)) as path:
        yield path


def made(model: Model, settings: Settings) -> Converted:
    """The model, rebuilt and converted."""
    from rebuild.coreml.convert import NoFormError, convert
    from rebuild.coreml.supported import untranslated
    from rebuild.folder import write
    from rebuild.translate.translator import translate

    try:
        program = translate(model, dynamic_batch=settings.batch is not None)
    except RunError as error:  # what has to be run to be translated does not tell where it ended
        if unknown := untranslated(model):
            raise NoFormError(unknown) from error
        raise
    if program.all_unsupported:
        raise NoFormError(program.all_unsupported)
    with TemporaryDirectory() as folder, Progress("converting"):
        write(program, Path(folder))
        return convert(model, Path(folder), settings)


def refuse(operators: tuple[Unsupported, ...], as_json: bool) -> None:
    """Say which operators have no form in Core ML."""
    from rebuild.cli.rebuild import tell_unsupported
    from rebuild.report import grouped

    found = {"unsupported": grouped(operators)}
    tell_unsupported(found)
    say("nothing was written; `tfli ops` shows the operators in their place")
    if as_json:
        emit({"operators": 0, **found, "verify": None})


def lost_by(converted: Converted) -> list[Stored]:
    """The compressed constants of the file that the package holds as floats."""
    return converted.constants.lost if converted.constants else []


def tell_lost(converted: Converted) -> None:
    """Say which constants did not stay compressed."""
    lost = [printable(each.key) for each in lost_by(converted)]
    if lost and converted.constants:
        first = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
        count = len(converted.constants.all)
        say(f"{len(lost)} of {count} compressed constants are floats: {first}")


def report(model: Model, output: Path, converted: Converted, found: Checked) -> dict[str, Any]:
    """The object that `--json` writes."""
    from rebuild.coreml.describe import TARGETS

    spec = converted.mlmodel.get_spec()
    return {
        "file": str(output),
        "inputs": [feature.name for feature in spec.description.input],
        "outputs": [feature.name for feature in spec.description.output],
        "operators": len(model.subgraphs[0].operators),
        "unsupported": [],
        "target": TARGETS.get(spec.specificationVersion, converted.target.value),
        "compressed": len(converted.constants.all) if converted.constants else 0,
        "decompressed": [each.key for each in lost_by(converted)],
        "verify": found.comparison.to_json() if found.comparison else None,
        "native": dict(found.native) or None,
    }


def show(output: Path, told: dict[str, Any], found: Comparison | None) -> None:
    """What was written, and what the verification says of it."""
    from inspector.report.comparison import headline, remarkable, remarks, show_comparison
    from inspector.report.console import console
    from inspector.report.overview.section import named

    inputs, outputs = (named(map(printable, told[side])) for side in ("inputs", "outputs"))
    console().print(f"{printable(str(output))}: {inputs} to {outputs}, for {told['target']}")
    if found:
        differing = remarkable(found)
        show_comparison(found, differing)
        for line in (headline(found), *remarks(found, differing)):
            console().print(line)

"""`tfli coreml`: a Core ML model of a model, checked against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, ModelPath, open_model
from inspector.cli.compare import EXIT_CODES, watched
from inspector.cli.running import PATIENCE, MemoryLimit, Timeout, apart
from inspector.errors import InputError, RunError, UnsupportedError
from inspector.files import write_folder, write_whole
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.text import printable, say
from inspector.run.runtime import Runtime, kernels_for
from rebuild.coreml.settings import Format, Precision, Settings, StoredWeights, Target

if TYPE_CHECKING:
    from inspector.compare.result import Comparison
    from inspector.read.model import Model
    from rebuild.coreml.convert import Converted
    from rebuild.translate.program import Unsupported

DONE, COULD_NOT = 0, 2
SUFFIXES = {Format.MLPROGRAM: ".mlpackage", Format.NEURALNETWORK: ".mlmodel"}
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
    """
    from rebuild.coreml.convert import NoFormError

    settings = Settings(target, precision, form, weights)
    check_suffix(output, form)
    with apart(timeout, memory_limit), open_model(model) as opened:
        try:
            with written(output, force) as path:
                converted = made(opened, settings)
                with Progress("writing"):
                    converted.mlmodel.save(str(path))
                checked, reason = verified(opened, path, seed) if verify else (None, "")
        except NoFormError as error:
            refuse(error.operators, as_json)
            return COULD_NOT
        found = report(opened, output, converted, checked)
    if as_json:
        emit(found)
    else:
        show(output, found, checked)
    if reason:
        say(f"written, and not verified: {reason}")
        return COULD_NOT
    return EXIT_CODES[checked.outcome.value] if checked else DONE


def check_suffix(output: Path, form: Format) -> None:
    """Raise `InputError` unless the file to write is called as Core ML wants it."""
    if output.suffix != SUFFIXES[form]:
        raise InputError(
            f"{output}: a model of the format {form.value} is called *{SUFFIXES[form]}; name it so"
        )


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
    from rebuild.folder import write
    from rebuild.translate.translator import translate

    program = translate(model)
    if program.all_unsupported:
        raise NoFormError(program.all_unsupported)
    with TemporaryDirectory() as folder, Progress("converting"):
        write(program, Path(folder))
        return convert(model, Path(folder), settings)


def verified(model: Model, path: Path, seed: int) -> tuple[Comparison | None, str]:
    """What comparing the package with the model gives; without it, the reason."""
    from inspector.run.inputs import inputs_of

    try:
        from rebuild.coreml.candidate import open_package

        candidate = open_package(model, path)
        inputs = inputs_of(model).read([], seed)
        return watched(model, candidate, [inputs], Runtime(kernels_for(model))), ""
    except (RunError, UnsupportedError) as error:
        return None, str(error)


def refuse(operators: tuple[Unsupported, ...], as_json: bool) -> None:
    """Say which operators have no form in Core ML."""
    from rebuild.cli.rebuild import tell_unsupported
    from rebuild.report import grouped

    found = {"unsupported": grouped(operators)}
    tell_unsupported(found)
    say("nothing was written; `tfli ops` shows the operators in their place")
    if as_json:
        emit({"operators": 0, **found, "verify": None})


def report(
    model: Model, output: Path, converted: Converted, checked: Comparison | None
) -> dict[str, Any]:
    """The object that `--json` writes."""
    spec = converted.mlmodel.get_spec()
    return {
        "file": str(output),
        "inputs": [feature.name for feature in spec.description.input],
        "outputs": [feature.name for feature in spec.description.output],
        "operators": len(model.subgraphs[0].operators),
        "unsupported": [],
        "target": converted.target.value,
        "verify": checked.to_json() if checked else None,
    }


def show(output: Path, found: dict[str, Any], checked: Comparison | None) -> None:
    """What was written, and what the verification says of it."""
    from inspector.report.comparison import headline, remarkable, show_comparison
    from inspector.report.console import console

    console().print(
        f"{printable(str(output))}: {', '.join(map(printable, found['inputs']))} to "
        f"{', '.join(map(printable, found['outputs']))}, for {found['target']}"
    )
    if checked:
        differing = remarkable(checked)
        if differing or checked.outcome.value != "match":
            show_comparison(checked, differing)
        console().print(headline(checked))

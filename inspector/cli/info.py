"""`tfli info`: what a model is, on one screen."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from inspector.cli import core_ml
from inspector.cli.common import AsJson, Force, ModelPath
from inspector.cli.extract import Destination, extract_members, extract_model, show_written
from inspector.content import pieces
from inspector.errors import InputError, ModelError
from inspector.read.containers import Container, container_of
from inspector.read.model import Model
from inspector.read.opening import open_source
from inspector.read.source import Source
from inspector.report.overview import overview, show_overview
from inspector.report.progress import Progress
from inspector.report.strict_json import emit

Extract = Annotated[
    Path | None,
    typer.Option(
        "--extract", metavar="DIR", help="Write the packed files and the metadata to DIR."
    ),
]


def command(
    model: ModelPath,
    extract: Extract = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Tell what a model is: inputs and outputs, sizes, cost, operators, precision, metadata.

    Of a container (.task, .zip, .litertlm) it tells the members; CONTAINER::MEMBER is one of them.
    What is damaged is told among the warnings, the rest is shown, and the exit code is 2.
    --extract writes the labels, vocabularies and other files packed behind a model, or the members
    of a container, and what TFLITE_METADATA says as metadata.json.

    Examples:

        tfli info mobilenet.tflite
        tfli info mobilenet.tflite --json | jq .macs
        tfli info hand_landmarker.task::hand_detector.tflite
        tfli info https://example.com/mobilenet.tflite
        tfli info classifier.tflite --extract labels
        tfli info mobilenet.mlpackage
    """
    if force and extract is None:
        raise InputError("--force is for --extract; nothing else is written here")
    if core_ml.is_core_ml(model):
        core_ml.refuse(model, {"--extract": extract})
        core_ml.tell(model, as_json=as_json)
        return
    into = None if extract is None else Destination(extract, force)
    source = open_source(model)
    container = container_of(source)
    if container:
        faults = tell_container(container, into, as_json)
    else:
        faults = tell_model(source, into, as_json)
    if faults:
        more = f" ({len(faults)} faults in all, see the warnings)" if len(faults) > 1 else ""
        raise ModelError(f"{model}: {faults[0]}{more}")


def tell_model(source: Source, into: Destination | None, as_json: bool) -> list[str]:
    """Tell what a model is; the parts of it that cannot be read are returned."""
    with Model(source) as opened:
        found, faults = overview(opened)
        if into:
            faults += extract_model(opened, into, found)
        if as_json:
            emit({"file": found.pop("file"), "sha256": digest(opened), **found})
        else:
            show_overview(found)
            show_written(found)
    return faults


def tell_container(container: Container, into: Destination | None, as_json: bool) -> list[str]:
    """Tell what a container holds; the models of it that cannot be read are returned."""
    from inspector.report.contents import contents, show_contents

    found, faults = contents(container)
    if into:
        faults += extract_members(container, into, found)
    if as_json:
        emit(found)
    else:
        show_contents(found)
        show_written(found)
    return faults


def digest(model: Model) -> str | None:
    """The SHA-256 of the model's bytes, in hexadecimal; None where they are not all here."""
    if model.buffer.is_remote:
        return None
    whole = sha256()
    with Progress("hashing", model.size) as progress:
        for piece in pieces(model.buffer, 0, model.size):
            whole.update(piece)
            progress.advance(len(piece))
    return whole.hexdigest()

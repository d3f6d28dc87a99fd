"""`tfli info`: what a model is, on one screen."""

from __future__ import annotations

from hashlib import sha256

import inspector
from inspector.cli.common import AsJson, ModelPath
from inspector.errors import ModelError
from inspector.read.model import Model
from inspector.report.overview import overview, show_overview
from inspector.report.progress import Progress
from inspector.report.strict_json import emit

CHUNK = 1 << 22


def command(model: ModelPath, as_json: AsJson = False) -> None:
    """Tell what a model is: inputs and outputs, sizes, cost, operators, precision, metadata.

    What is damaged is told among the warnings, the rest is shown, and the exit code is 2.

    Examples:

        tfli info mobilenet.tflite
        tfli info mobilenet.tflite --json | jq .macs
    """
    with inspector.open(model) as opened:
        found, faults = overview(opened)
        if as_json:
            emit({"file": found.pop("file"), "sha256": digest(opened), **found})
        else:
            show_overview(found)
    if faults:
        more = f" ({len(faults)} faults in all, see the warnings)" if len(faults) > 1 else ""
        raise ModelError(f"{model}: {faults[0]}{more}")


def digest(model: Model) -> str:
    """The SHA-256 of the file, in hexadecimal."""
    whole, data = sha256(), model.buffer.data
    with Progress("hashing", model.size) as progress:
        for start in range(0, model.size, CHUNK):
            chunk = data[start : start + CHUNK]
            whole.update(chunk)
            progress.advance(len(chunk))
    return whole.hexdigest()

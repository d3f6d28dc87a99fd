"""What a model is compared with: another file, a folder, or the model itself."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from inspector.cli.common import open_model, subgraph_of
from inspector.errors import InputError
from inspector.run.runtime import Kernels, Runtime

if TYPE_CHECKING:
    from inspector.compare.candidate import Candidate
    from inspector.compare.recording import Recording
    from inspector.read.model import Model

REBUILT = "rebuild.parity:open_candidate"
SIGNATURE = "rebuild.parity:open_signature"
KERAS_FILE = "rebuild.keras_file:open_candidate"
PACKAGE = "rebuild.coreml.candidate:open_package"


class Compared(NamedTuple):
    """What is compared: a subgraph of the reference, as the primary one of both sides."""

    reference: Model
    candidate: Candidate | Recording
    subgraph: int


def chosen_candidate(
    model: Model,
    path: str | None,
    against: Kernels | None,
    runtime: Runtime,
    opened: ExitStack,
    signature: str | None = None,
) -> Compared:
    """What is to be compared: what a path holds, or the model itself under other kernels."""
    from inspector.compare.called import led
    from inspector.compare.tflite import TfliteCandidate

    if path is None and against is None:
        raise InputError("compared with what? name a CANDIDATE, or other kernels by --against")
    subgraph = subgraph_of(model, signature, None)
    ours = led(model, subgraph) if subgraph else model
    other = runtime if against is None else replace(runtime, kernels=against)
    if path is None:
        return Compared(ours, TfliteCandidate(ours, ours, other), subgraph)
    if signature and subgraph and is_script(Path(path)):
        found: Candidate | Recording = opened_elsewhere(SIGNATURE, model, Path(path), signature)
    else:
        found = open_candidate(ours, path, other, opened, signature)
    if against is not None and not isinstance(found, TfliteCandidate):
        raise InputError(f"{path}: is no .tflite, so --against has no kernels to choose for it")
    return Compared(ours, found, subgraph)


def is_script(path: Path) -> bool:
    """Whether a path is that of a rebuilt folder, or of the script in it."""
    return path.is_dir() or path.name == "model.py"


def open_candidate(
    model: Model, name: str, runtime: Runtime, opened: ExitStack, signature: str | None
) -> Candidate | Recording:
    """What a path or URL holds, made ready to be compared; of a `.tflite`, what a signature names.

    `model` is the reference.
    """
    path = Path(name)
    if path.suffix == ".mlpackage":
        return opened_elsewhere(PACKAGE, model, path)
    if is_script(path):
        return opened_elsewhere(REBUILT, model, path)
    if path.suffix == ".keras":
        return opened_elsewhere(KERAS_FILE, model, path)
    if path.suffix == ".npz":
        from inspector.compare.recording import open_recording

        return open_recording(model, path)
    from inspector.compare.called import led
    from inspector.compare.tflite import TfliteCandidate

    other = opened.enter_context(open_model(name))
    subgraph = subgraph_of(other, signature, None)
    return TfliteCandidate(model, led(other, subgraph) if subgraph else other, runtime)


def opened_elsewhere(where: str, model: Model, path: Path, *more: str) -> Candidate:
    """A candidate that the other package opens, which is imported only now."""
    module, _, function = where.partition(":")
    folder = path.parent if path.name == "model.py" else path
    found: Candidate = getattr(import_module(module), function)(model, folder, *more)
    return found

"""What a model is compared with: another file, a folder, or the model itself."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.cli.common import open_model
from inspector.errors import InputError
from inspector.run.runtime import Kernels, Runtime

if TYPE_CHECKING:
    from inspector.compare.candidate import Candidate
    from inspector.compare.recording import Recording
    from inspector.read.model import Model

REBUILT = "rebuild.parity:open_candidate"
KERAS_FILE = "rebuild.keras_file:open_candidate"


def chosen_candidate(
    model: Model, path: str | None, against: Kernels | None, runtime: Runtime, opened: ExitStack
) -> Candidate | Recording:
    """What is to be compared: what a path holds, or the model itself under other kernels."""
    from inspector.compare.tflite import TfliteCandidate

    if path is None and against is None:
        raise InputError("compared with what? name a CANDIDATE, or other kernels by --against")
    if against is None:
        return open_candidate(model, str(path), runtime, opened)
    other = replace(runtime, kernels=against)
    if path is None:
        return TfliteCandidate(model, model, other)
    found = open_candidate(model, path, other, opened)
    if not isinstance(found, TfliteCandidate):
        raise InputError(f"{path}: is no .tflite, so --against has no kernels to choose for it")
    return found


def open_candidate(
    model: Model, name: str, runtime: Runtime, opened: ExitStack
) -> Candidate | Recording:
    """What a path or URL holds, made ready to be compared."""
    path = Path(name)
    if path.is_dir() or path.name == "model.py":
        return run_by_keras(REBUILT, model, path if path.is_dir() else path.parent)
    if path.suffix == ".keras":
        return run_by_keras(KERAS_FILE, model, path)
    if path.suffix == ".npz":
        from inspector.compare.recording import open_recording

        return open_recording(model, path)
    from inspector.compare.tflite import TfliteCandidate

    return TfliteCandidate(model, opened.enter_context(open_model(name)), runtime)


def run_by_keras(where: str, model: Model, path: Path) -> Candidate:
    """A candidate that the other package opens, which is imported only now."""
    module, _, function = where.partition(":")
    found: Candidate = getattr(import_module(module), function)(model, path)
    return found

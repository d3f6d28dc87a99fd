"""What a model is compared with: another file, a folder, or the model itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from inspector.calls import subgraph_of_signature
from inspector.compare.called import led
from inspector.compare.candidate import Candidate
from inspector.compare.recording import Recording, open_recording
from inspector.compare.tflite import TfliteCandidate
from inspector.errors import InputError
from inspector.read.model import Model
from inspector.read.opening import open_model
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Kernels, Runtime
from inspector.run.series import Report, Series

Opening: TypeAlias = Callable[[str], Model]

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
    opening: Opening = open_model,
) -> Compared:
    """What is to be compared: what a path holds, or the model itself under other kernels.

    `opening` opens a `.tflite`, `opened` closes it. Raises `InputError` where there is nothing to
    compare with, or the kernels are of no use; and as whatever opens the candidate does.
    """
    if path is None and against is None:
        raise InputError("compared with what? name a CANDIDATE, or other kernels by --against")
    subgraph = subgraph_of_signature(model, signature)
    ours = led(model, subgraph) if subgraph else model
    if not ours.subgraphs[0].operators:
        raise InputError(f"{model.path}: subgraph {subgraph} has no operators to compare")
    other = runtime if against is None else replace(runtime, kernels=against)
    if path is None:
        return Compared(ours, TfliteCandidate(ours, ours, other), subgraph)
    if signature and subgraph and is_script(Path(path)):
        found: Candidate | Recording = opened_elsewhere(SIGNATURE, model, Path(path), signature)
    else:
        found = open_candidate(ours, path, other, opened, signature, opening)
    if against is not None and not isinstance(found, TfliteCandidate):
        raise InputError(f"{path}: is no .tflite, so --against has no kernels to choose for it")
    return Compared(ours, found, subgraph)


def is_script(path: Path) -> bool:
    """Whether a path is that of a rebuilt folder, or of the script in it."""
    return path.is_dir() or path.name == "model.py"


def open_candidate(
    model: Model,
    name: str,
    runtime: Runtime,
    opened: ExitStack,
    signature: str | None,
    opening: Opening,
) -> Candidate | Recording:
    """What a path or URL holds, made ready to be compared; of a `.tflite`, what a signature names.

    `model` is the reference.
    """
    path = Path(name)
    if path.suffix in (".mlpackage", ".mlmodel"):
        return opened_elsewhere(PACKAGE, model, path)
    if is_script(path):
        return opened_elsewhere(REBUILT, model, path)
    if path.suffix == ".keras":
        return opened_elsewhere(KERAS_FILE, model, path)
    if path.suffix == ".npz":
        return open_recording(model, path)
    other = opened.enter_context(opening(name))
    subgraph = subgraph_of_signature(other, signature)
    return TfliteCandidate(model, led(other, subgraph) if subgraph else other, runtime)


def opened_elsewhere(where: str, model: Model, path: Path, *more: str) -> Candidate:
    """A candidate that the other package opens, which is imported only now."""
    module, _, function = where.partition(":")
    folder = path.parent if path.name == "model.py" else path
    found: Candidate = getattr(import_module(module), function)(model, folder, *more)
    return found


def samples_for(
    compared: Compared, model: Model, series: Callable[[Model, int], Series], *, given: bool
) -> tuple[list[list[np.ndarray]], list[Report]]:
    """The inputs to compare on, and where they are from.

    Those of a recording if it has some and none are `given`, else those of the series; random ones
    are drawn from what a quantised candidate can hold.
    """
    candidate = compared.candidate
    recorded = candidate.samples() if isinstance(candidate, Recording) else []
    if recorded and not given:
        inputs = inputs_of(model, compared.subgraph)
        places = range(len(inputs.tensors))
        return recorded, [Report(inputs.label(i), candidate.name) for i in places]
    found = series(model, compared.subgraph)
    samples = list(found)
    if isinstance(candidate, TfliteCandidate) and not given:
        samples = [candidate.in_range(sample) for sample in samples]
    return samples, found.reports

"""What `tfli compare` writes: overlays for the drawn graph, and the smallest part that differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inspector.cli.common import open_model
from inspector.cli.inputs import Asked
from inspector.cli.running import limits_of
from inspector.cli.screen import has_colours, has_screen, tell_textual
from inspector.errors import InputError
from inspector.report.progress import Progress
from inspector.run.runtime import Engine, Kernels, Runtime, kernels_for

if TYPE_CHECKING:
    import numpy as np

    from inspector.compare.candidate import Candidate
    from inspector.compare.recording import Recording
    from inspector.compare.result import Comparison
    from inspector.read.model import Model


def browse_comparison(
    reference: str,
    asked_for: tuple[str | None, Kernels | None, str | None],
    inputs: Asked,
    how: tuple[Kernels | None, int, Engine],
    limits: tuple[float, str | None],
) -> str:
    """Compare in the terminal browser; the outcome, empty where it was left before there was one.

    `asked_for` are the candidate, other kernels and a signature, `how` kernels, threads and engine
    of the reference.
    """
    if not has_screen():
        raise InputError("--tui needs a terminal")
    from inspector.tui.app import Browser
    from inspector.tui.comparing import Question
    from inspector.tui.preferences import Preferences, preferences_path
    from inspector.tui.session import Session

    candidate, against, signature = asked_for
    kernels, threads, engine = how
    with open_model(reference) as model:
        runtime = Runtime(kernels or kernels_for(model), threads, engine)
        question = Question(
            candidate, inputs.series, bool(inputs.given), against, signature, runtime
        )
        tell_textual(colours=has_colours())
        browser = Browser(Session(model), Preferences(preferences_path()), question=question)
        browser.jobs.limits = limits_of(*limits)
        browser.run()
    return browser.outcome


def write_overlays(model: Model, found: Comparison, folder: Path, force: bool) -> None:
    """Write a file for each way to look at the comparison over the drawn graph."""
    from inspector.files import write_folder
    from inspector.report.overlays import overlay_files

    with write_folder(folder, force=force) as target:
        for name, content in overlay_files(model, found).items():
            (target / name).write_text(content + "\n", "utf-8")


def write_repro(
    candidate: Candidate | Recording,
    compared: tuple[Model, list[list[np.ndarray]], Runtime],
    found: Comparison,
    folder: Path,
    force: bool,
) -> list[str]:
    """Write the smallest part of both models that differs; what to say of it.

    `compared` are the reference, the samples and the runtime that `found` comes from.
    """
    from inspector.compare.parts import first_to_blame
    from inspector.compare.recording import Recording
    from inspector.compare.reduce import blame
    from inspector.compare.reference import Reference
    from inspector.compare.repro import files
    from inspector.compare.tflite import TfliteCandidate
    from inspector.files import write_folder

    if isinstance(candidate, Recording):
        raise InputError(
            f"{candidate.name}: a recording cannot be run again, so nothing is reduced"
        )
    with Progress("looking for the fewest operators that differ"):
        model, samples, runtime = compared
        candidate, inputs = first_to_blame(candidate, samples, runtime, found)
        model = candidate.reference if isinstance(candidate, TfliteCandidate) else model
        reference = Reference(model, inputs, runtime)
        reduction = blame(reference, candidate, found)
    if reduction is None:
        return [f"{folder} was not written: on these samples no operators make the outputs differ"]
    with write_folder(folder, force=force) as target:
        for name, content in files(reference, candidate, reduction).items():
            (target / name).write_bytes(content)
    named = ", ".join(map(str, reduction.operators))
    least = "" if reduction.minimal else " (the search was stopped; fewer may do)"
    one = len(reduction.operators) == 1
    shown = f"operator {named} shows" if one else f"operators {named}{least} show"
    return [f"{shown} the difference; run {folder / 'repro.py'}"]

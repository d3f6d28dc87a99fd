"""`tfli compare`: which operator differs, and whether two models agree."""

from __future__ import annotations

import enum
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.common import AsJson, Force, open_model
from inspector.cli.compared import browse_comparison, write_overlays, write_repro
from inspector.cli.inputs import Asked, takes_inputs, tell_inputs
from inspector.cli.running import PATIENCE, Chosen, MemoryLimit, Threads, Timeout, Whose, apart
from inspector.errors import InputError
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.text import say
from inspector.run.runtime import Engine, Kernels, Runtime, kernels_for

if TYPE_CHECKING:
    import numpy as np

    from inspector.compare.candidate import Candidate
    from inspector.compare.recording import Recording
    from inspector.compare.result import Comparison
    from inspector.read.model import Model


class Order(str, enum.Enum):
    """How the operators of the table stand."""

    EXECUTION = "execution"
    ERROR = "error"


ReferencePath = Annotated[
    str, typer.Argument(metavar="REF", help="The .tflite file that is right.")
]
CandidatePath = Annotated[
    str | None,
    typer.Argument(
        metavar="CANDIDATE", help="A .tflite, a rebuilt folder, a .keras file, or a capture (.npz)."
    ),
]
Against = Annotated[
    Kernels | None,
    typer.Option(help="The kernels of a .tflite CANDIDATE; without one, REF's own under them."),
]
Key = Annotated[
    str | None,
    typer.Option("--signature", metavar="KEY", help="Compare the subgraph that it names."),
]
All = Annotated[bool, typer.Option("--all", help="Show the operators that agree, too.")]
Sorted = Annotated[
    Order, typer.Option("--sort", help="In execution order, or the worst isolated error first.")
]
Repro = Annotated[
    Path | None,
    typer.Option("-o", "--repro", metavar="DIR", help="Write the smallest part that differs."),
]
Overlay = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write overlays for Model Explorer and Netron there."),
]
Tui = Annotated[bool, typer.Option("--tui", help="Look at it in the terminal browser.")]

EXIT_CODES = {"match": 0, "mismatch": 1, "incomparable": 2}
UNFINISHED = 2
"""That nothing was told: the browser was left before a comparison ended."""


@takes_inputs
def command(
    reference: ReferencePath,
    candidate: CandidatePath = None,
    *,
    asked: Asked,
    kernels: Chosen = None,
    against: Against = None,
    threads: Threads = 1,
    engine: Whose = Engine.LITERT,
    signature: Key = None,
    timeout: Timeout = PATIENCE,
    memory_limit: MemoryLimit = None,
    everything: All = False,
    order: Sorted = Order.EXECUTION,
    repro: Repro = None,
    overlay: Overlay = None,
    force: Force = False,
    tui: Tui = False,
    as_json: AsJson = False,
) -> int:
    """Name the operators of REF that CANDIDATE computes otherwise; shown are those that differ.

    Each operator is fed the same on both sides: what REF computed before it. SOURCE is one that
    then gives something else, by more than rounding and than REF's own kernels differ; CARRIER and
    AMPLIFIER pass on the error of others; UNKNOWN could not be checked. Exit code 0: they match;
    1: they do not; 2: that could not be told. Where a common mistake gives just what CANDIDATE
    gave (a transposed kernel, a missing bias, another activation or padding), that is said. What
    loops, branches and calls run is checked as well, and so is each signature, on random inputs
    but for the one that is named.

    Examples:

        tfli compare mobilenet.tflite rebuilt/
        tfli compare model.tflite model_quantised.tflite --samples 5
        tfli compare model.tflite model_quantised.tflite --input photos/
        tfli compare model.tflite trained.keras
        tfli compare model.tflite acts.npz
        tfli compare model.tflite --against reference
        tfli compare model.tflite changed.tflite --signature decode
        tfli compare model.tflite changed.tflite -o repro/ --overlay overlays/
        tfli compare model.tflite rebuilt/ --tui
    """
    if tui:
        if as_json or repro or overlay:
            raise InputError("--tui shows the comparison; --json, --repro and --overlay write it")
        chosen = kernels, threads, engine
        question = candidate, against, signature
        outcome = browse_comparison(reference, question, asked, chosen, (timeout, memory_limit))
        return EXIT_CODES.get(outcome, UNFINISHED)
    from inspector.compare.opening import chosen_candidate, samples_for
    from inspector.report.comparison import (
        headline,
        remarkable,
        remarks,
        show_comparison,
        worst_first,
    )

    with ExitStack() as opened:
        opened.enter_context(apart(timeout, memory_limit))
        model = opened.enter_context(open_model(reference))
        runtime = Runtime(kernels or kernels_for(model), threads, engine)
        asked_for = chosen_candidate(
            model, candidate, against, runtime, opened, signature, open_model
        )
        other, subgraph = asked_for.candidate, asked_for.subgraph
        inputs, reports = samples_for(asked_for, model, asked.series, given=bool(asked.given))
        found = watched(asked_for.reference, other, inputs, runtime)
        written = []
        if repro:
            compared = asked_for.reference, inputs, runtime
            written = write_repro(other, compared, found, repro, force)
        found = found.moved(subgraph)
        if overlay:
            write_overlays(model, found, overlay, force)
            written.append(f"overlays for Model Explorer and Netron are in {overlay}")
    tell_inputs(reports)
    if as_json:
        emit(found.to_json() | {"inputs": [report.to_json() for report in reports]})
    else:
        shown = found.operators if everything else remarkable(found)
        show_comparison(found, worst_first(shown) if order is Order.ERROR else shown)
        for line in (headline(found), *remarks(found, shown)):
            say(line)
    for line in written:
        say(line)
    return EXIT_CODES[found.outcome.value]


def watched(
    model: Model,
    candidate: Candidate | Recording,
    inputs: list[list[np.ndarray]],
    runtime: Runtime,
) -> Comparison:
    """Compare, with the progress shown."""
    from inspector.compare.passes import compare

    total = len(candidate.units) if len(model.subgraphs) == 1 else None  # others have units, too
    with Progress("comparing operators", total) as progress:
        return compare(model, candidate, inputs, runtime, progress.advance)

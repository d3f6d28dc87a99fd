"""`tfli capture`: every tensor of a run, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.cli.captured import Entry, Written, captured_object, tell
from inspector.cli.common import AsJson, Force, ModelPath, matcher, open_model, subgraph_of
from inspector.cli.inputs import Asked, takes_inputs, tell_inputs
from inspector.cli.running import (
    PATIENCE,
    Chosen,
    MemoryLimit,
    Threads,
    Timeout,
    Whose,
    apart,
    size_of,
)
from inspector.errors import InputError
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.run.runtime import Engine, Runtime, kernels_for

if TYPE_CHECKING:
    import numpy as np

    from inspector.read.model import Model
    from inspector.run.follow import Wanted
    from inspector.run.places import Place
    from inspector.run.record import Plan
    from inspector.run.series import Series

Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to: an .npz.")]
Pattern = Annotated[
    str | None, typer.Option("--tensors", metavar="GLOB", help="Only tensors of this name.")
]
Key = Annotated[
    str | None, typer.Option("--signature", metavar="KEY", help="Run the subgraph that it names.")
]
Number = Annotated[int | None, typer.Option("--subgraph", metavar="N", help="Run this subgraph.")]
Steps = Annotated[
    int | None, typer.Option(metavar="N", help="Runs that go on from each other's state.")
]
Turns = Annotated[
    int, typer.Option("--max-iterations", metavar="N", help="Turns of each loop to write.")
]
Memory = Annotated[
    str | None,
    typer.Option("--max-memory", metavar="SIZE", help="Run in parts that fit into it, as 2GB."),
]

DONE, MISMATCH = 0, 1


@takes_inputs
def command(
    model: ModelPath,
    output: Output,
    *,
    asked: Asked,
    steps: Steps = None,
    pattern: Pattern = None,
    signature: Key = None,
    subgraph: Number = None,
    turns: Turns = 1000,
    memory: Memory = None,
    kernels: Chosen = None,
    threads: Threads = 1,
    engine: Whose = Engine.LITERT,
    timeout: Timeout = PATIENCE,
    memory_limit: MemoryLimit = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Run the model and write every tensor: inputs, intermediates, outputs, variables.

    Inputs are files: arrays, pictures (resized), sounds, texts, raw bytes, or folders of them, a
    run for each file. Pictures and sounds are normalised as the model's metadata or the options
    say, else to 0..1 and -1..1, and quantised as the input is. NAME may be left out where there is
    one input; inputs that are not given are random, of the seed. The untouched model runs beside
    it, and the exit code is 1 if its outputs differ in a single bit from those captured.

    A key is <index>_<name>. Before it stand, where there are several, the step (t3_) or the sample
    (n3_); for what WHILE, IF and calls run, the operator, its subgraph and the iteration
    (o5_s2_i7_); and before_ for a variable as the run found it.

    Examples:

        tfli capture mnist.tflite -o acts.npz --input digit.png
        tfli capture mobilenet.tflite -o acts.npz --seed 3 --tensors '*expand*'
        tfli capture model.tflite -o acts.npz --input left=a.npy --input right=b.npy
        tfli capture model.tflite -o acts.npz --input photos/ --mean 127.5 --std 127.5
        tfli capture keyword_stream.tflite -o acts.npz --steps 20
        tfli capture large.tflite -o acts.npz --max-memory 2GB
    """
    from inspector.run.record import Plan
    from inspector.run.series import runs_asked_for

    if turns < 1:
        raise InputError(f"--max-iterations {turns}: at least one is needed")
    with apart(timeout, memory_limit), open_model(model) as opened:
        chosen = subgraph_of(opened, signature, subgraph)
        runs = asked.series(opened, chosen, runs_asked_for(asked.samples, steps))
        plan = Plan(
            Runtime(kernels or kernels_for(opened), threads, engine),
            chosen,
            named(opened, chosen, pattern),
            turns,
            size_of(memory, "--max-memory") if memory else 0,
            state=steps is not None,
        )
        with Progress("running the model"):
            found = written(opened, runs, plan, output, force)
    tell_inputs(runs.reports)
    if as_json:
        emit(captured_object(opened, found, runs))
    else:
        tell(opened, found)
    return DONE if found.findings.sound else MISMATCH


def written(model: Model, runs: Series, plan: Plan, output: Path, force: bool) -> Written:
    """Make the capture, each array into the file as it comes."""
    from inspector.run.places import array_key
    from inspector.run.record import record
    from inspector.run.store import saving

    listed: list[Entry] = []
    with saving(output, force=force) as file:

        def put(place: Place, value: np.ndarray) -> None:
            tensor = model.subgraphs[place.subgraph].tensors[place.tensor]
            key = array_key(tensor, place)
            file.put(key, value)
            listed.append(Entry(key, place, value.shape))

        findings = record(model, runs, plan, put)
    return Written(output, plan.runtime, listed, findings)


def named(model: Model, subgraph: int, pattern: str | None) -> Wanted:
    """The tensors whose name fits a pattern, in a subgraph and those that it runs."""
    from inspector.run.callers import below
    from inspector.run.follow import Wanted

    if pattern is None:
        return Wanted()
    fits = matcher(pattern)
    found = {
        graph.index: [tensor.index for tensor in graph.tensors if fits(tensor.name)]
        for graph in below(model, subgraph)
    }
    if not any(found.values()):
        raise InputError(f"no tensor has a name like {pattern!r}; see `tfli tensors {model.path}`")
    return Wanted(found)

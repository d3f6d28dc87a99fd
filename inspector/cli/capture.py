"""`tfli capture`: every tensor of one run, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, ModelPath, matcher, open_model
from inspector.errors import InputError
from inspector.report.progress import Progress
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, say
from inspector.run.runtime import Kernels, kernels_for

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.run.capture import Capture

Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to: an .npz.")]
Given = Annotated[
    list[str],
    typer.Option("--input", metavar="NAME=FILE", help="An input: .npy, .npz or a picture."),
]
Seed = Annotated[int, typer.Option(metavar="N", help="Of the random inputs.")]
Pattern = Annotated[
    str | None, typer.Option("--tensors", metavar="GLOB", help="Only tensors of this name.")
]
Key = Annotated[
    str | None, typer.Option("--signature", metavar="KEY", help="Run the subgraph that it names.")
]
Chosen = Annotated[
    Kernels | None,
    typer.Option("--kernels", help="Which implementations; builtin, where they have all."),
]
Threads = Annotated[int, typer.Option(metavar="N", help="Of the interpreter.")]

DONE, MISMATCH = 0, 1
COLUMNS = (
    Column("tensor", "right", "dim"),
    Column("no value, because", least=20),
    Column("name", style="bold", least=12),
)


def command(
    model: ModelPath,
    output: Output,
    given: Given = [],  # noqa: B006 -- Typer makes a new list for each call
    *,
    seed: Seed = 0,
    pattern: Pattern = None,
    signature: Key = None,
    kernels: Chosen = None,
    threads: Threads = 1,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Run the model once and write every tensor: inputs, intermediates, outputs, variables.

    An input is a file: an array (.npy, .npz), or a picture, which is resized to the input, scaled
    to 0..1 and quantised as the input says. NAME may be left out where there is one input; inputs
    that are not given are random, of the seed. The untouched model runs beside it, and the exit
    code is 1 if its outputs differ in a single bit from those captured.

    Examples:

        tfli capture mnist.tflite -o acts.npz --input digit.png
        tfli capture mobilenet.tflite -o acts.npz --seed 3 --tensors '*expand*'
        tfli capture model.tflite -o acts.npz --input left=a.npy --input right=b.npy
    """
    from inspector.run.capture import capture
    from inspector.run.inputs import inputs_of

    with open_model(model) as opened, Progress("running the model"):
        subgraph = subgraph_of(opened, signature)
        wanted = None if pattern is None else named(opened, subgraph, pattern)
        inputs = inputs_of(opened, subgraph).read(given, seed)
        chosen = kernels or kernels_for(opened)
        found = capture(opened, inputs, wanted, kernels=chosen, subgraph=subgraph, threads=threads)
        write(opened, found, output, force)
        if as_json:
            emit(capture_object(opened, found, output, seed))
        else:
            tell(opened, found, output)
    return DONE if found.outputs_equal else MISMATCH


def subgraph_of(model: Model, key: str | None) -> int:
    """The subgraph that a signature names; without one, the primary one."""
    if key is None:
        return 0
    for signature in model.signatures:
        if signature.key == key:
            return signature.subgraph
    known = ", ".join(repr(signature.key) for signature in model.signatures) or "none"
    raise InputError(f"{model.path} has no signature {key!r}; it has {known}")


def named(model: Model, subgraph: int, pattern: str) -> list[int]:
    """The tensors whose name fits a pattern."""
    fits = matcher(pattern)
    found = [tensor.index for tensor in model.subgraphs[subgraph].tensors if fits(tensor.name)]
    if not found:
        raise InputError(f"no tensor has a name like {pattern!r}; see `tfli tensors {model.path}`")
    return found


def write(model: Model, found: Capture, output: Path, force: bool) -> None:
    """Write the values."""
    from inspector.run.store import array_key, save

    tensors = model.subgraphs[found.subgraph].tensors
    arrays = {array_key(tensors[index]): value for index, value in found.values.items()}
    save(output, arrays, force=force)


def capture_object(model: Model, found: Capture, output: Path, seed: int) -> dict[str, Any]:
    """The JSON object of a capture."""
    from inspector.run.store import array_key

    tensors = model.subgraphs[found.subgraph].tensors
    address = {
        index: {"subgraph": found.subgraph, "index": index, "name": tensors[index].name}
        for index in (*found.values, *found.missing)
    }
    return {
        "file": str(output),
        "tensors": [
            {
                "key": array_key(tensors[index]),
                **address[index],
                "dtype": str(tensors[index].dtype),
                "shape": list(value.shape),
            }
            for index, value in found.values.items()
        ],
        "missing": [address[index] | {"reason": why} for index, why in found.missing.items()],
        "runtime": found.runtime.to_json(),
        "seed": seed,
        "self_check": {"outputs_equal": found.outputs_equal},
    }


def tell(model: Model, found: Capture, output: Path) -> None:
    """Show what has no value, then on stderr what was written and what the check found."""
    tensors = model.subgraphs[found.subgraph].tensors
    if found.missing:
        rows = [[str(index), why, tensors[index].name] for index, why in found.missing.items()]
        show(Table(COLUMNS, rows))
    runtime, size = found.runtime, bytes_text(output.stat().st_size)
    say(f"wrote {len(found.values)} tensors, {size}, to {output}")
    ran = f"{runtime.name} {runtime.version}, {runtime.kernels.value} kernels"
    if found.outputs_equal:
        say(f"{ran}: the untouched model gives the same outputs, bit for bit")
    else:
        say(f"{ran}: the untouched model gives other outputs; do not rely on these values")

"""`tfli slice`: a part of a model as a model of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inspector.cli.common import AsJson, Force, ModelPath, chosen_subgraphs, open_model
from inspector.errors import InputError
from inspector.report.strict_json import emit
from inspector.report.text import bytes_text, printable, say

if TYPE_CHECKING:
    from inspector.read.model import Subgraph
    from inspector.run.regions import Region

Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to.")]
From = Annotated[
    list[str], typer.Option("--from", metavar="TENSOR", help="Its inputs: name, index or GLOB.")
]
To = Annotated[list[str], typer.Option("--to", metavar="TENSOR", help="Its outputs, likewise.")]
Range = Annotated[
    str | None, typer.Option("--operators", metavar="A-B", help="These operators instead.")
]
WithinSubgraph = Annotated[int, typer.Option("--subgraph", metavar="N", help="Of this subgraph.")]


def command(
    model: ModelPath,
    output: Output,
    sources: From = [],  # noqa: B006 -- Typer makes a new list for each call
    targets: To = [],  # noqa: B006
    *,
    operators: Range = None,
    subgraph: WithinSubgraph = 0,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Cut out the operators between two places as a .tflite of their own.

    --from names tensors that become its inputs, --to those that become its outputs; without them it
    begins at the model's inputs and ends at its outputs. Tensors keep their indices and names;
    constants that the part does not use are left out, and so are signatures.

    Examples:

        tfli slice mobilenet.tflite --to block_3_expand -o head.tflite
        tfli slice mobilenet.tflite --from 17 --to '*Softmax' -o tail.tflite
        tfli slice mobilenet.tflite --operators 3-17 -o part.tflite
    """
    from inspector.files import write_whole
    from inspector.run.slicing import cut

    with open_model(model) as opened:
        graph = chosen_subgraphs(opened, subgraph)[0]
        region = chosen_region(graph, sources, targets, operators)
        content = cut(opened, region, subgraph)
        with write_whole(output, force=force) as target:
            target.write_bytes(content)
        found = slice_object(graph, region, output, len(content))
    if as_json:
        emit(found)
    else:
        tell(found)


def chosen_region(
    graph: Subgraph, sources: list[str], targets: list[str], operators: str | None
) -> Region:
    """The part that the options mean. Raises `InputError`."""
    from inspector.run.choosing import operators_of, part_between, part_of_operators, tensors_of

    if operators is not None:
        if sources or targets:
            raise InputError("--operators says all; leave out --from and --to")
        return part_of_operators(graph, operators_of(graph, operators))
    if not sources and not targets:
        raise InputError("what is to be cut out? name its ends by --from, --to or --operators")
    return part_between(graph, tensors_of(graph, sources), tensors_of(graph, targets))


def slice_object(graph: Subgraph, region: Region, output: Path, size: int) -> dict[str, Any]:
    """The JSON object: the file, and what of the original it holds."""
    return {
        "file": str(output),
        "size": size,
        "subgraph": graph.index,
        "operators": list(region.operators),
        "inputs": [end(graph, index) for index in region.inputs],
        "outputs": [end(graph, index) for index in region.outputs],
    }


def end(graph: Subgraph, index: int) -> dict[str, Any]:
    """An input or output of the part."""
    tensor = graph.tensors[index]
    shape = list(tensor.shape_signature or tensor.shape)
    return {"index": index, "name": tensor.name, "dtype": str(tensor.dtype), "shape": shape}


def tell(found: dict[str, Any]) -> None:
    """What was written, on stderr."""
    count = len(found["operators"])
    many = f"{count} operator{'s' if count != 1 else ''}, {bytes_text(found['size'])}"
    say(f"wrote {many}, to {found['file']}")
    for side in ("inputs", "outputs"):
        names = ", ".join(f"{t['index']} {printable(t['name'])}" for t in found[side])
        say(f"{side}: {names or 'none'}")

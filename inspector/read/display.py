"""Records in a line or a few, for `repr`: what somebody at a prompt wants to know of them.

Names are spelled as Python spells strings, so that none steers a terminal. What is damaged is told
in its place: a `repr` raises nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read.records import Operator, Quantization, Signature, Tensor

if TYPE_CHECKING:
    from inspector.read.model import Model, Subgraph

MOST = 10
"""Records of a sequence that are shown."""

FEW = 4
"""Inputs and outputs of a graph that are shown."""

LONGEST = 80
"""Characters of a name: converters join the names of all that they fused."""


def model_line(model: Model) -> str:
    """`<Model 'cnn.tflite': 33,200 bytes, 1 subgraph, 9 operators, 26 tensors>`."""
    graphs = [graph for graph in sound(model.subgraphs) if not isinstance(graph, str)]
    counts = [
        counted(len(model.subgraphs), "subgraph"),
        counted(sum(len(graph.operators) for graph in graphs), "operator"),
        counted(sum(len(graph.tensors) for graph in graphs), "tensor"),
    ]
    damaged = len(model.subgraphs) - len(graphs)
    counts += [f"{damaged} damaged"] if damaged else []
    return f"<Model {model.path!r}: {model.size:,} bytes, {', '.join(counts)}>"


def subgraph_line(graph: Subgraph) -> str:
    """`<Subgraph 0 'main': 9 operators, 26 tensors, 'image' float32 [1, 8] -> 'sum' ...>`."""
    name = f" {spelled(graph.name)}" if graph.name else ""
    held = f"{counted(len(graph.operators), 'operator')}, {counted(len(graph.tensors), 'tensor')}"
    flow = f"{side(graph, graph.inputs)} -> {side(graph, graph.outputs)}"
    return f"<Subgraph {graph.index}{name}: {held}, {flow}>"


def side(graph: Subgraph, indices: Sequence[int]) -> str:
    """The tensors at one side of a graph in a few words, -1 as `none`."""
    words = [brief(graph, index) for index in indices[:FEW]]
    words += [f"… {len(indices) - FEW} more"] if len(indices) > FEW else []
    return ", ".join(words) or "nothing"


def brief(graph: Subgraph, index: int) -> str:
    """`'image' float32 [1, 8]`."""
    if index < 0:
        return "none"
    try:
        tensor = graph.tensors[index]
    except ModelError:
        return f"tensor {index} (damaged)"
    return f"{spelled(tensor.name)} {tensor.dtype} {sizes(tensor)}"


def tensor_line(tensor: Tensor) -> str:
    """`<Tensor 0:5 'kernel': int8 [16, 3, 3, 3], buffer 4, 16 scales along axis 0>`."""
    words = [f"{tensor.dtype} {sizes(tensor)}"]
    if tensor.external_buffer:
        words.append(f"external buffer {tensor.external_buffer}")
    elif tensor.buffer:
        words.append(f"buffer {tensor.buffer}")
    words += ["sparse"] if tensor.sparsity else []
    words += ["variable"] if tensor.is_variable else []
    words += [scales(tensor.quantization)] if tensor.quantization else []
    return f"<Tensor {tensor.subgraph}:{tensor.index} {spelled(tensor.name)}: {', '.join(words)}>"


def operator_line(found: Operator) -> str:
    """`<Operator 0:4 'CONV_2D': [9, 3, 4] -> [12]>`: the operands as tensor indices."""
    flow = f"{list(found.inputs)} -> {list(found.outputs)}"
    return f"<Operator {found.subgraph}:{found.index} {spelled(found.name)}: {flow}>"


def sizes(tensor: Tensor) -> str:
    """The shape, open where the file leaves it open: `[?, 8]`."""
    known = tensor.shape_signature or tensor.shape
    return f"[{', '.join('?' if size < 0 else str(size) for size in known)}]"


def scales(found: Quantization) -> str:
    """`0.5 * (q - 3)`, `16 scales along axis 0`, `blocks of 32 with scales in tensor 7`."""
    if len(found.scale) > 1:
        return f"{len(found.scale)} scales along axis {found.dimension}"
    if found.scale:
        zero = found.zero_point[0] if found.zero_point else 0
        return f"{found.scale[0]:.6g} * (q {'+' if zero < 0 else '-'} {abs(zero)})"
    if found.custom is not None:
        return f"custom quantisation of {found.custom[1]} bytes"
    block = f"blocks of {list(found.block_shape) or found.block_size}"
    along = f"axes {list(found.dimensions)}" if found.dimensions else block
    return f"{along} with scales in tensor {found.scales}"


def signature_line(found: Signature) -> str:
    """`<Signature 'serve' of subgraph 0: 'x': 0 -> 'y': 2>`: names and tensor indices."""
    ins, outs = (
        ", ".join(f"{spelled(name)}: {index}" for name, index in arguments.items()) or "nothing"
        for arguments in (found.inputs, found.outputs)
    )
    return f"<Signature {spelled(found.key)} of subgraph {found.subgraph}: {ins} -> {outs}>"


def records_lines(records: Sequence[Any], what: str) -> str:
    """`26 tensors of subgraph 0:` and the first of them, a line each."""
    whole, _, part = what.rpartition(", ")
    head = counted(len(records), part.removeprefix("its ")) + (f" of {whole}" if whole else "")
    lines = [item if isinstance(item, str) else repr(item) for item in sound(records, MOST)]
    lines += [f"… {len(records) - MOST} more"] if len(records) > MOST else []
    return "\n  ".join([f"<{head}{':' if lines else ''}", *lines]) + ">"


def sound(records: Sequence[Any], most: int | None = None) -> Iterable[Any]:
    """The first records; a damaged one as the line that says so."""
    count = len(records) if most is None else min(most, len(records))
    return (record(records, index) for index in range(count))


def record(records: Sequence[Any], index: int) -> Any:
    """One record, or what is wrong with it."""
    try:
        return records[index]
    except ModelError as error:
        return f"<damaged: {error}>"


def spelled(name: str) -> str:
    """A name in quotes, its invisible characters escaped and its end cut where it is long."""
    return repr(name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")


def counted(count: int, what: str) -> str:
    """`1 tensor`, `2 tensors`."""
    return f"{count} {what}{'' if count == 1 else 's'}"

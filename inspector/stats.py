"""What a model weighs and costs: parameters, weight bytes, multiply-accumulates, operators.

All of it comes from the records; no value is read. A *weight* is a constant that is float or
quantised and that an operator reads, directly or through the DEQUANTIZE or DENSIFY that unpacks
it; shapes, axes, paddings and indices are plain integers, so they are none. The parameters of a
model are the elements of its weights, those that share their bytes counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from inspector.calls import calls_of
from inspector.errors import ModelError
from inspector.macs import FORMULAS, macs
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType

UNPACKING = {"DEQUANTIZE", "DENSIFY"}
FLOATS = {
    TensorType.FLOAT64,
    TensorType.FLOAT32,
    TensorType.FLOAT16,
    TensorType.BFLOAT16,
    TensorType.FLOAT8_E4M3FN,
    TensorType.FLOAT8_E5M2,
    TensorType.COMPLEX64,
    TensorType.COMPLEX128,
}


@dataclass(frozen=True, slots=True)
class Part:
    """The tensors and operators of one subgraph that can be read, and the faults of the others.

    `constants` are the indices of the tensors whose values the model holds.
    """

    subgraph: Subgraph
    tensors: dict[int, Tensor] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)
    constants: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights that each operator of a subgraph reads, by the operator's index.

    `unpacked` are the tensors that a DEQUANTIZE or DENSIFY makes of a weight.
    """

    by_operator: dict[int, tuple[Tensor, ...]]
    unpacked: frozenset[int]


@dataclass(frozen=True, slots=True)
class Stats:
    """The sums over all subgraphs, each counted once however often it is called."""

    histogram: dict[str, int]
    parameters: int
    weight_bytes: int
    bytes_by_type: dict[str, int]
    macs: int
    macs_by_operator: dict[str, int]
    unknown_macs: int
    """Operators that multiply matrices whose shapes are not known."""


def part_of(subgraph: Subgraph) -> Part:
    """All of a subgraph. Raises `ModelError` at the first part of it that is damaged."""
    tensors = {tensor.index: tensor for tensor in subgraph.tensors}
    constants = {i for i, t in tensors.items() if subgraph.model.is_constant(t)}
    return Part(subgraph, tensors, list(subgraph.operators), constants)


def sound_part(subgraph: Subgraph) -> Part:
    """What can be read of a subgraph: a damaged tensor or operator becomes one of its `faults`."""
    part = Part(subgraph)
    for index in range(len(subgraph.tensors)):
        with noting(part.faults):
            tensor = subgraph.tensors[index]
            if subgraph.model.is_constant(tensor):  # its buffer can be read as well
                part.constants.add(index)
            part.tensors[index] = tensor
    for index in range(len(subgraph.operators)):
        with noting(part.faults):
            operator = subgraph.operators[index]
            _ = operator.options, calls_of(operator, len(subgraph.model.subgraphs))
            part.operators.append(operator)
    return part


@contextmanager
def noting(faults: list[str]) -> Iterator[None]:
    """Leave the block at a `ModelError`, add its message to `faults`, and go on behind it."""
    try:
        yield
    except ModelError as error:
        faults.append(str(error))


def weights_of(part: Part) -> Weights:
    """Which weights each operator reads; an unpacking operator has none, its reader has them."""
    tensors = part.tensors
    known = {i: tensors[i] for i in part.constants if i in tensors and is_real(tensors[i])}
    unpacked: set[int] = set()
    by_operator: dict[int, tuple[Tensor, ...]] = {}
    for operator in part.operators:
        read = [known[i] for i in dict.fromkeys(operator.inputs) if i in known]
        if read and operator.name in UNPACKING:
            known.update(dict.fromkeys(operator.outputs, read[0]))
            unpacked.update(operator.outputs)
        else:
            by_operator[operator.index] = tuple(read)
    return Weights(by_operator, frozenset(unpacked))


def is_real(tensor: Tensor) -> bool:
    """Whether a tensor holds real numbers: it is float or quantised."""
    return tensor.dtype in FLOATS or tensor.quantization is not None


def parameters(weights: Iterable[Tensor]) -> int:
    """The elements of an operator's weights."""
    return sum(abs(tensor.elements) for tensor in weights)


def distinct(model: Model, weights: Iterable[Tensor]) -> Iterator[Tensor]:
    """The weights, of which those that lie at the same bytes only once."""
    seen = set()
    for tensor in weights:
        place = tensor.external_buffer or model.buffer_extent(tensor.buffer)
        if place not in seen:
            seen.add(place)
            yield tensor


def stored_bytes(model: Model, tensor: Tensor) -> int:
    """The bytes of a constant, in this file or in one beside it."""
    if tensor.external_buffer:
        return model.external_buffer(tensor).length
    return model.buffer_extent(tensor.buffer)[1]


def stats_of(model: Model, parts: list[Part]) -> Stats:
    """The sums over the given parts of a model."""
    read = [weights_of(part).by_operator.values() for part in parts]
    weights = chain.from_iterable(chain.from_iterable(read))
    by_type: Counter[str] = Counter()
    count = 0
    for tensor in distinct(model, weights):
        by_type[str(tensor.dtype)] += stored_bytes(model, tensor)
        count += parameters([tensor])
    cost, unknown = costs(parts)
    return Stats(
        dict(Counter(operator.name for part in parts for operator in part.operators).most_common()),
        count,
        by_type.total(),
        dict(by_type.most_common()),
        cost.total(),
        dict(cost.most_common()),
        unknown,
    )


def costs(parts: list[Part]) -> tuple[Counter[str], int]:
    """The multiply-accumulates by operator name, and how many operators' are not known."""
    found: Counter[str] = Counter()
    unknown = 0
    for part in parts:
        for operator in part.operators:
            cost = macs(operator, part.tensors)
            if cost is not None:
                found[operator.name] += cost
            elif operator.name in FORMULAS:
                unknown += 1
    return found, unknown

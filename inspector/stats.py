"""What a model weighs and costs: parameters, weight bytes, multiply-accumulates, operators.

All of it comes from the records; no value is read. A *weight* is a constant that is float or
quantised and that an operator reads, directly or through the DEQUANTIZE or DENSIFY that unpacks
it; shapes, axes, paddings and indices are plain integers, so they are none. The parameters of a
model are the elements of its weights, those that share their bytes counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from inspector.calls import calls_of
from inspector.errors import ModelError
from inspector.macs import lacks_macs, macs
from inspector.read.model import Model, Subgraph
from inspector.read.options import Options
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


Item = TypeVar("Item")
Result = TypeVar("Result")
Place = tuple[int, int]
"""Where a constant's values lie: byte offset and length; of an external buffer, -id and length."""


@dataclass(frozen=True, slots=True)
class Part:
    """The tensors and operators of one subgraph that can be read, and the faults of the others.

    `constants` are the tensors whose values the model holds, each with the place where they lie;
    `options` are those of the operators, by index.
    """

    subgraph: Subgraph
    tensors: dict[int, Tensor] = field(default_factory=dict)
    operators: list[Operator] = field(default_factory=list)
    constants: dict[int, Place] = field(default_factory=dict)
    options: dict[int, Options] = field(default_factory=dict)
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
    bytes_by_operator: dict[str, int]
    macs: int
    macs_by_operator: dict[str, int]
    unknown_macs: dict[str, int]
    """How many operators multiply matrices without a word on their shapes, by name."""


def part_of(subgraph: Subgraph) -> Part:
    """All of a subgraph. Raises `ModelError` at the first part of it that is damaged."""
    part = sound_part(subgraph)
    if part.faults:
        raise ModelError(part.faults[0])
    return part


def sound_part(subgraph: Subgraph) -> Part:
    """What can be read of a subgraph: a damaged tensor or operator becomes one of its `faults`."""
    part = part_without_options(subgraph)
    subgraphs = len(subgraph.model.subgraphs)

    def read(operator: Operator) -> Operator:
        part.options[operator.index] = operator.options
        calls_of(operator, subgraphs)
        return operator

    part.operators[:] = sound(part.operators, read, part.faults)
    return part


def part_without_options(subgraph: Subgraph) -> Part:
    """As `sound_part`, for those who do not ask what the operators' options are."""
    part = Part(subgraph)

    def read(index: int) -> Tensor:
        tensor = subgraph.tensors[index]
        place = place_of(subgraph.model, tensor)
        if place:
            part.constants[index] = place
        return tensor

    tensors = sound(range(len(subgraph.tensors)), read, part.faults)
    part.tensors.update((tensor.index, tensor) for tensor in tensors)
    indices = range(len(subgraph.operators))
    part.operators.extend(sound(indices, subgraph.operators.__getitem__, part.faults))
    return part


def sound(items: Sequence[Item], read: Callable[[Item], Result], faults: list[str]) -> list[Result]:
    """What `read` gives for each item, without those that turn out to be `faults`.

    Nearly always there is none, and to expect one at each item takes longer than to read it.
    """
    try:
        return [read(item) for item in items]
    except ModelError:
        found = []
        for item in items:
            with noting(faults):
                found.append(read(item))
        return found


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


def place_of(model: Model, tensor: Tensor) -> Place | None:
    """Where a constant's values lie; None for any other tensor. Raises `ModelError`.

    Of an external buffer that is -id, and the bytes that the tensor's shape and type need.
    """
    if tensor.external_buffer:
        return (-tensor.external_buffer, tensor.nbytes) if model.is_constant(tensor) else None
    place = model.buffer_extent(tensor.buffer) if tensor.buffer > 0 else (0, 0)
    return place if place[1] else None


def parameters(weights: Iterable[Tensor]) -> int:
    """The elements of an operator's weights."""
    return sum(abs(tensor.elements) for tensor in weights)


def stats_of(parts: list[Part]) -> Stats:
    """The sums over the given parts of a model."""
    by_type: Counter[str] = Counter()
    by_operator: Counter[str] = Counter()
    count = 0
    for operator, tensor, length in distinct_weights(parts):
        by_type[str(tensor.dtype)] += length
        by_operator[operator.name] += length
        count += parameters([tensor])
    cost, unknown = costs(parts)
    return Stats(
        dict(Counter(operator.name for part in parts for operator in part.operators).most_common()),
        count,
        by_type.total(),
        dict(by_type.most_common()),
        dict(by_operator.most_common()),
        cost.total(),
        dict(cost.most_common()),
        dict(unknown),
    )


def distinct_weights(parts: list[Part]) -> Iterator[tuple[Operator, Tensor, int]]:
    """Each weight with the first operator that reads it and its bytes, shared bytes once."""
    seen: set[Place] = set()
    for part in parts:
        read = weights_of(part).by_operator
        for operator in part.operators:
            for tensor in read.get(operator.index, ()):
                place = part.constants[tensor.index]
                if place not in seen:
                    seen.add(place)
                    yield operator, tensor, place[1]


def costs(parts: list[Part]) -> tuple[Counter[str], Counter[str]]:
    """The multiply-accumulates by operator name, and the operators whose own are not known."""
    found: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for part in parts:
        for operator in part.operators:
            cost = macs(operator, part.tensors)
            if cost is not None:
                found[operator.name] += cost
            elif lacks_macs(operator):
                unknown[operator.name] += 1
    return found, unknown

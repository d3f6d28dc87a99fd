"""A subgraph as statements: expressions over the original's tensors, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspector.read.model import Model
from inspector.weights.rules import Rule
from rebuild.translate.expression import Call, Operand, walk

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Statement:
    """`targets = value`: what one operator of the original became.

    `inputs` are the tensors that the value is computed from while the model runs.
    """

    operator: int
    targets: tuple[int, ...]
    value: Any
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable of a layer, and where its values come from.

    `read` gives them as `rule` says, in the layer's axis order. `shared` is the key of their array
    in `weights.npz` where it may be another layer's: a constant of the file is written once.
    """

    layer: str
    variable: str
    rule: Rule
    read: Callable[[], np.ndarray]
    shared: str = ""

    @property
    def name(self) -> str:
        """What `load_weights` looks for."""
        return f"{self.layer}/{self.variable}"

    @property
    def key(self) -> str:
        """The key of its array in `weights.npz`."""
        return self.shared or self.name


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An operator that has no translation as it stands, and why."""

    operator: int
    name: str
    reason: str


@dataclass(slots=True)
class Program:
    """The primary subgraph of a model, translated."""

    model: Model
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    input_names: tuple[str, ...]
    operands: tuple[Operand, ...]  # by tensor
    names: tuple[str, ...]  # of layers, by operator
    dynamic_batch: bool = False
    statements: list[Statement] = field(default_factory=list)
    aliases: dict[int, int] = field(default_factory=dict)  # tensor -> the tensor it equals
    folded: dict[int, str] = field(default_factory=dict)  # operator -> why it needs no statement
    weights: list[Weight] = field(default_factory=list)
    tied: dict[str, Call] = field(default_factory=dict)  # variable -> a layer that is called twice
    unsupported: list[Unsupported] = field(default_factory=list)

    def nodes(self) -> Iterator[Any]:
        """All nodes of all expressions."""
        for value in (*self.tied.values(), *(statement.value for statement in self.statements)):
            yield from walk(value)

    def resolve(self, tensor: int) -> int:
        """The tensor that holds the same value in the script."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor

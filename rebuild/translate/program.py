"""A subgraph as statements: expressions over the original's tensors, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from inspector.errors import ModelError
from inspector.read.model import Model
from inspector.weights.layouts import Rule, apply
from rebuild.translate.expression import Operand


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
    """A variable of a layer, and where its values come from."""

    layer: str
    variable: str
    operand: Operand
    rule: Rule

    def array(self) -> np.ndarray:
        """Its values, in the layer's axis order."""
        value = self.operand.static
        if value is None:
            raise ModelError(f"tensor {self.operand.tensor}: the file does not hold its value")
        return apply(self.rule, value)

    @property
    def key(self) -> str:
        """The key of its array in `weights.npz`."""
        return f"{self.layer}/{self.variable}"


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
    unsupported: list[Unsupported] = field(default_factory=list)

    def resolve(self, tensor: int) -> int:
        """The tensor that holds the same value in the script."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor

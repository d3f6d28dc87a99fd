"""Which numbers a model computes with (float32, int8, dynamic range, …), and how that is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from inspector.macs import FORMULAS
from inspector.read.records import Operator, Tensor
from inspector.read.schema import TensorType
from inspector.stats import FLOATS, Part, Weights, weights_of

DOMINANT = (
    {"dynamic range", "float32"},
    {"float16 weights", "float32"},
    {"int8 weights", "float32"},
)
"""Converters leave small weights in float32; such a model is named after the rest."""


@dataclass(frozen=True, slots=True)
class Precision:
    """`kind` in a few words, and of how many operators each scheme is.

    `per_channel` counts the operators whose weights have a scale for each channel.
    """

    kind: str
    schemes: dict[str, int]
    per_channel: int
    told_by: str

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {scheme}" for scheme, count in self.schemes.items())
        channels = f"; weights per channel in {self.per_channel}" if self.per_channel else ""
        return f"{self.told_by}: {counts}{channels}" if counts else self.told_by


def precision_of(parts: list[Part]) -> Precision:
    """What the operators that multiply matrices compute with; without any, what the others give."""
    schemes: Counter[str] = Counter()
    per_channel = 0
    for part in parts:
        weights = weights_of(part)
        for operator, kernel in kernels(part, weights):
            schemes[scheme(operator, kernel, part, weights)] += 1
            per_channel += kernel.quantization is not None and len(kernel.quantization.scale) > 1
    if schemes:
        told_by = "operators with weights"
    else:
        schemes = Counter(str(tensor.dtype) for tensor in results(parts))
        told_by = "results of operators" if schemes else "no operator computes with such numbers"
    return Precision(kind_of(schemes), dict(schemes.most_common()), per_channel, told_by)


def kernels(part: Part, weights: Weights) -> Iterator[tuple[Operator, Tensor]]:
    """The operators that multiply by a constant matrix, each with the first of them."""
    for operator in part.operators:
        read = weights.by_operator.get(operator.index, ())
        matrices = [tensor for tensor in read if len(tensor.shape) > 1]
        if matrices and operator.name in FORMULAS:
            yield operator, matrices[0]


def results(parts: list[Part]) -> Iterator[Tensor]:
    """The float or quantised tensors that operators give."""
    for part in parts:
        for operator in part.operators:
            for tensor in map(part.tensors.get, operator.outputs):
                if tensor and (tensor.dtype in FLOATS or tensor.quantization):
                    yield tensor


def scheme(operator: Operator, kernel: Tensor, part: Part, weights: Weights) -> str:
    """The usual name for weights of one type in an operator that gives another."""
    result = part.tensors.get(operator.outputs[0]) if operator.outputs else None
    stored, computed = kernel.dtype, result.dtype if result else TensorType.FLOAT32
    if stored == computed:
        return str(stored)
    if stored is TensorType.INT8 and computed is TensorType.INT16:
        return "int16x8"
    if computed not in FLOATS:
        return f"{stored} weights in {computed}"
    if stored in FLOATS or not weights.unpacked.isdisjoint(operator.inputs):
        return f"{stored} weights"
    return "dynamic range" if stored is TensorType.INT8 else f"dynamic range of {stored}"


def kind_of(schemes: Counter[str]) -> str:
    """One name for all."""
    names = set(schemes)
    if not names:
        return "none"
    if len(names) == 1:
        return names.pop()
    if names in DOMINANT:
        return (names - {"float32"}).pop()
    return "mixed"

"""Values that are sums of matrix products and biases: what a gate is before its activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from inspector.graph import Graph
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.weights.cells.algebra import DEEPEST, Algebra, Value, fused

Range = tuple[int, int]


class Part(NamedTuple):
    """A part of a constant that an operator takes as operand `operand`.

    `rows` (first, end) are output units, `columns` are inputs; a bias has none.
    """

    operator: int
    operand: int
    tensor: int
    rows: Range
    columns: Range = (0, 0)

    @property
    def values(self) -> tuple[int, Range, Range]:
        """What two parts have in common that hold the same numbers."""
        return self.tensor, self.rows, self.columns


class Product(NamedTuple):
    """A matrix [rows, columns] times the vectors in `tensor`."""

    tensor: int
    matrix: Part


class Bias(NamedTuple):
    """A vector that is added; `beside` is the tensor of the product that it came with, else -1."""

    vector: Part
    beside: int = -1


@dataclass(frozen=True, slots=True)
class Linear:
    """Matrix products and biases, all of the same units, added up."""

    products: tuple[Product, ...] = ()
    biases: tuple[Bias, ...] = ()

    def __add__(self, other: Linear) -> Linear:
        return Linear(self.products + other.products, self.biases + other.biases)

    def of(self, units: Range) -> Linear:
        """The same for some of the units alone."""
        return Linear(
            tuple(replace_rows(each, units) for each in self.products),
            tuple(Bias(cut(bias.vector, units), bias.beside) for bias in self.biases),
        )

    @property
    def tensors(self) -> tuple[int, ...]:
        """What the matrices are multiplied by."""
        return tuple(product.tensor for product in self.products)


def replace_rows(product: Product, units: Range) -> Product:
    """The product for some of its units."""
    return product._replace(matrix=cut(product.matrix, units))


def cut(part: Part, units: Range) -> Part:
    """Some of the rows of a part, counted from its first."""
    first = part.rows[0]
    return part._replace(rows=(first + units[0], first + units[1]))


class Sums(Algebra):
    """A subgraph's operators, and what of its values is known to be a sum of products or none."""

    def __init__(self, subgraph: Subgraph, graph: Graph | None = None) -> None:
        super().__init__(subgraph, graph)
        self.known: dict[tuple[Value, int], Linear | None] = {}


def linear(algebra: Sums, value: Value, depth: int = DEEPEST) -> Linear | None:
    """A value as a sum of products with constant matrices and of biases; None if it is none."""
    if (value, depth) not in algebra.known:
        algebra.known[value, depth] = sum_of(algebra, value, depth)
    return algebra.known[value, depth]


def sum_of(algebra: Sums, value: Value, depth: int) -> Linear | None:
    """What `linear` gives, worked out."""
    tensor = algebra.source(value.tensor)
    operator = algebra.producer(tensor)
    if operator is None or not depth:
        return None
    if operator.name == "FULLY_CONNECTED":
        return product_of(algebra, operator) if value.bare or fused(operator) == "NONE" else None
    if found := algebra.narrowed(tensor):
        whole = linear(algebra, Value(found[0]), depth - 1)
        return whole and whole.of(found[1])
    if sides := algebra.pair(value, "ADD"):
        return added(algebra, operator, sides, depth - 1)
    return None


def added(
    algebra: Sums, operator: Operator, sides: tuple[Value, Value], depth: int
) -> Linear | None:
    """The sum of two sides, one of which may be a constant."""
    found = []
    for operand, side in enumerate(sides):
        if algebra.is_constant(side.tensor):
            found.append(bias_of(algebra, operator, operand))
        else:
            found.append(linear(algebra, side, depth))
    one, other = found
    return one + other if one and other else None


def bias_of(algebra: Algebra, operator: Operator, operand: int, beside: int = -1) -> Linear | None:
    """A constant operand that is one number for each unit."""
    tensor = operator.inputs[operand]
    *others, units = algebra.shape(tensor) or (0,)
    if set(others) - {1} or algebra.shape(operator.outputs[0])[-1:] != (units,):
        return None
    return Linear(biases=(Bias(Part(operator.index, operand, tensor, (0, units)), beside),))


def product_of(algebra: Algebra, operator: Operator) -> Linear | None:
    """FULLY_CONNECTED with constant weights, on one tensor or several beside each other."""
    x, weights, *rest = operator.inputs
    shape = algebra.shape(weights) if weights >= 0 else ()
    is_plain = operator.options.get("weights_format", "DEFAULT") == "DEFAULT"
    if len(shape) != 2 or not is_plain or not algebra.is_constant(weights):
        return None
    found, start = Linear(), 0
    for tensor in beside(algebra, algebra.source(x)):
        end = start + (algebra.shape(tensor) or (0,))[-1]
        part = Part(operator.index, 1, weights, (0, shape[0]), (start, end))
        found, start = found + Linear((Product(algebra.source(tensor), part),)), end
    if start != shape[1]:
        return None
    if not rest or rest[0] < 0:
        return found
    if not algebra.is_constant(rest[0]):
        return None
    of = found.tensors[0] if len(found.products) == 1 else -1
    bias = bias_of(algebra, operator, 2, of)
    return bias and found + bias


def beside(algebra: Algebra, tensor: int) -> tuple[int, ...]:
    """The tensors that stand beside each other in one, along its last axis."""
    operator = algebra.producer(tensor)
    if operator is None or operator.name != "CONCATENATION" or fused(operator) != "NONE":
        return (tensor,)
    axis, rank = operator.options.get("axis", 0), len(algebra.shape(tensor))
    return operator.inputs if axis in (-1, rank - 1) else (tensor,)

"""Expressions that are recorded instead of run: what an operator's function returns.

`layers` and `ops` look like `keras.layers` and `keras.ops`, and calling one makes a node. The
nodes form a tree that `rebuild.printer` writes as Python source; nothing here imports Keras.

>>> source(layers.Conv2D(8, 3, padding="same")(ops.relu(x) * 2.0))
'layers.Conv2D(8, 3, padding="same")(ops.relu(x) * 2.0)'
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


class Expression:
    """A node of the tree; Python's operators on it make further nodes."""

    def __add__(self, other: Any) -> Expression:
        return Binary("+", self, other)

    def __radd__(self, other: Any) -> Expression:
        return Binary("+", other, self)

    def __sub__(self, other: Any) -> Expression:
        return Binary("-", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return Binary("-", other, self)

    def __mul__(self, other: Any) -> Expression:
        return Binary("*", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return Binary("*", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return Binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return Binary("/", other, self)

    def __floordiv__(self, other: Any) -> Expression:
        return Binary("//", self, other)

    def __neg__(self) -> Expression:
        return Unary("-", self)

    def __getitem__(self, key: Any) -> Expression:
        return Index(self, key)


@dataclass(frozen=True, eq=False)
class Binary(Expression):
    """`left operator right`."""

    operator: str
    left: Any
    right: Any


@dataclass(frozen=True, eq=False)
class Unary(Expression):
    """`operator operand`."""

    operator: str
    operand: Any


@dataclass(frozen=True, eq=False)
class Index(Expression):
    """`value[key]`: a key of slices, integers, None and Ellipsis, or a tuple of them."""

    value: Any
    key: Any


@dataclass(frozen=True, eq=False)
class Call(Expression):
    """`function(*arguments, **keywords)`: a dotted name, the Call that made a layer, or its Name.

    `weights` belongs to the making of a layer: the operands that fill its variables, in the order
    in which the layer creates them.
    """

    function: str | Call | Name
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    weights: tuple[Operand, ...] = ()

    def __call__(self, *arguments: Any, **keywords: Any) -> Call:
        """A layer that was made, applied."""
        return Call(self, arguments, keywords)

    @property
    def is_layer(self) -> bool:
        """Whether this is the making of a layer: its class in `keras.layers` or one of ours."""
        return isinstance(self.function, str) and self.function.rpartition(".")[2][:1].isupper()


@dataclass(frozen=True, eq=False)
class Operand(Expression):
    """A tensor of the original, as an operator's function sees it.

    `shape` and `dtype` (NumPy's name) are those it has in the script: a quantised tensor is
    float32 there. `read` gives its value where the file determines it, and is None elsewhere.
    `is_open` says that its sizes depend on what the model is given: `shape` is an example then.
    """

    tensor: int
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], np.ndarray] | None = None
    is_open: bool = False

    @cached_property
    def static(self) -> np.ndarray | None:
        """The value where the file determines it, read when it is first asked for; else None."""
        return self.read() if self.read else None

    @property
    def is_static(self) -> bool:
        """Whether the file determines the value."""
        return self.read is not None

    @property
    def rank(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def elements(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def is_float(self) -> bool:
        """Whether the values are floating point."""
        return "float" in self.dtype

    @property
    def suits_layers(self) -> bool:
        """Whether Keras' layers take the values as they are: of other floats they make float32."""
        return self.dtype == "float32" or not self.is_float


@dataclass(frozen=True, eq=False)
class Name(Expression):
    """A variable of the script."""

    name: str


class Recorder:
    """A module whose calls are recorded: `Recorder("ops").relu(x)` is `Call("ops.relu", (x,))`."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> Callable[..., Call]:
        path = f"{self._path}.{name}" if self._path else name

        def record(*arguments: Any, **keywords: Any) -> Call:
            return Call(path, arguments, keywords)

        return record


layers = Recorder("layers")
ops = Recorder("ops")
tf = Recorder("tf")
helpers = Recorder("")  # classes of rebuild/helpers, written into the script


def children(node: Any) -> Sequence[Any]:
    """The nodes and literals directly below `node`."""
    below = BELOW.get(type(node))
    return below(node) if below else ()


def below_call(node: Call) -> Sequence[Any]:
    """What a call is made of; the name of a function is no node."""
    made = (node.function,) if isinstance(node.function, Expression) else ()
    return (*made, *node.arguments, *node.keywords.values())


BELOW: dict[type, Callable[[Any], Sequence[Any]]] = {
    Binary: lambda node: (node.left, node.right),
    Unary: lambda node: (node.operand,),
    Index: lambda node: (node.value,),
    Call: below_call,
    list: lambda node: node,
    tuple: lambda node: node,
}
"""What lies below each type of node; asked for each node of a model, several times."""


def walk(node: Any) -> Iterator[Any]:
    """`node` and all below it, in the order in which Python evaluates them."""
    found: list[Any] = []
    gather(node, found)
    return iter(found)


def gather(node: Any, found: list[Any]) -> None:
    """Add what `walk` gives; a list costs a third of what generators inside each other do."""
    for child in children(node):
        gather(child, found)
    found.append(node)


def replace(node: Any, change: Any, kind: type = Operand) -> Any:
    """The tree with `change(part)` in the place of each operand, or of each node of a `kind`."""
    if isinstance(node, kind) and (other := change(node)) is not node:
        return other
    if isinstance(node, Binary):
        left, right = (replace(side, change, kind) for side in (node.left, node.right))
        return Binary(node.operator, left, right)
    if isinstance(node, Unary):
        return Unary(node.operator, replace(node.operand, change, kind))
    if isinstance(node, Index):
        return Index(replace(node.value, change, kind), node.key)
    if isinstance(node, Call):
        return Call(
            replace(node.function, change, kind),
            tuple(replace(argument, change, kind) for argument in node.arguments),
            {key: replace(value, change, kind) for key, value in node.keywords.items()},
            node.weights,
        )
    if isinstance(node, (list, tuple)):
        return type(node)(replace(item, change, kind) for item in node)
    return node

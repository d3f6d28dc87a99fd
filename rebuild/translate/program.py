"""A subgraph as statements: expressions over the original's tensors, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspector.read.model import Model
from inspector.weights.rules import Rule
from rebuild.translate.expression import Call, Operand, walk

if TYPE_CHECKING:
    import numpy as np

BUILD = "build_"
"""What the name of a function that makes a model begins with."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`targets = value`: what one operator of the original became.

    `inputs` are the tensors that the value is computed from while the model runs. `also` are
    operators that have no statement of their own and are checked through this one.
    """

    operator: int
    targets: tuple[int, ...]
    value: Any
    inputs: tuple[int, ...]
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """A variable of a layer, and where its values come from.

    `read` gives them as `rule` says, in the layer's axis order. `shared` is the key of their array
    in `weights.npz` where it may be another layer's: a constant of the file is written once.
    `scope` is the name of the model that the layer is in; nothing for the primary subgraph's.
    `beside` gives the scales and zero points, by key, where `read` gives integers, and `limits` are
    the ends of those of less than 8 bits.
    """

    layer: str
    variable: str
    rule: Rule
    read: Callable[[], np.ndarray]
    shared: str = ""
    scope: str = ""
    beside: Callable[[], dict[str, np.ndarray]] = dict
    limits: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What `load_weights` looks for."""
        return "/".join(filter(None, (self.scope, self.layer, self.variable)))

    @property
    def key(self) -> str:
        """The key of its array in `weights.npz`."""
        return self.shared or self.name

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """What `weights.npz` holds of it, by key."""
        yield self.key, self.read()
        yield from self.beside().items()


@dataclass(frozen=True, slots=True)
class Unsupported:
    """An operator that has no translation as it stands, and why."""

    operator: int
    name: str
    reason: str
    subgraph: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What is put into the variables at the end of a call: a value for each of `variables`.

    `tensors` are those of the original that hold the values, -1 for one that no input changes;
    `operators` the ones that did it there.
    """

    layer: str
    variables: tuple[str, ...]
    values: tuple[Any, ...]
    tensors: tuple[int, ...]
    operators: tuple[int, ...]


@dataclass(slots=True)
class Program:
    """One subgraph of a model, translated: a function of the script that makes a Keras model."""

    model: Model
    name: str  # of the Keras model
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    input_names: tuple[str, ...]
    operands: list[Operand]  # by tensor
    names: tuple[str, ...]  # of layers, by operator
    subgraph: int = 0
    function: str = f"{BUILD}model"
    is_entry: bool = True  # whether users call its model, and not only operators
    dynamic_batch: bool = False
    statements: list[Statement] = field(default_factory=list)
    variables_given: int = 0  # how many of the outputs, the last, are what variables hold
    aliases: dict[int, int] = field(default_factory=dict)  # tensor -> the tensor it equals
    folded: dict[int, str] = field(default_factory=dict)  # operator -> why it needs no statement
    weights: list[Weight] = field(default_factory=list)
    tied: dict[str, Call] = field(default_factory=dict)  # variable -> a layer that is called twice
    starts: tuple[int, ...] = ()  # tensors that hold what the last call left
    written: Written | None = None
    versions: dict[int, int] = field(default_factory=dict)  # new value -> the variable tensor
    turned: set[int] = field(default_factory=set)  # tensors held with their first axes exchanged
    varying: set[int] = field(default_factory=set)  # inputs that a loop gives in other sizes
    labels: dict[int, str] = field(default_factory=dict)  # tensor -> what it is better called
    in_real: bool = False  # whether quantised tensors are held as real numbers, never rounded
    in_steps: bool = False  # whether quantised tensors are held as integers less their zero point
    rounded: Set[int] = frozenset()  # operators that are computed from real numbers there
    shares_state: bool = False  # whether its model may keep its state in another one's layer
    has_copies: bool = False  # whether its model is made under several names
    unsupported: list[Unsupported] = field(default_factory=list)
    parts: tuple[Program, ...] = ()  # of the primary: all others of the script, callees first
    signatures: dict[str, int] = field(default_factory=dict)  # of the primary: key -> subgraph

    @property
    def programs(self) -> tuple[Program, ...]:
        """The program and its parts, in the order in which the script defines them.

        Of two of one subgraph the one that users call is the last.
        """
        called = [part for part in self.parts if not part.is_entry]
        return (*called, self, *(part for part in self.parts if part.is_entry))

    @property
    def all_weights(self) -> list[Weight]:
        """The weights of the program, then those of its parts."""
        return [weight for each in (self, *self.parts) for weight in each.weights]

    @property
    def all_unsupported(self) -> list[Unsupported]:
        """What has no translation in the program and in its parts."""
        return [found for each in (self, *self.parts) for found in each.unsupported]

    @property
    def keeps_state(self) -> bool:
        """Whether something lives from one call of the model to the next."""
        return any(node.function == "State" for node in self.tied.values())

    @property
    def input_shapes(self) -> list[tuple[int | None, ...]]:
        """The shape of each input; None where it may differ from call to call."""
        found = []
        for tensor in self.inputs:
            sizes: list[int | None] = list(self.operands[tensor].shape)
            if self.subgraph and tensor < len(self.model.subgraphs[self.subgraph].tensors):
                record = self.model.subgraphs[self.subgraph].tensors[tensor]
                asked = record.shape_signature or record.shape
                if not record.has_rank:
                    asked = (-1 if tensor in self.varying else 1,) * len(sizes)
                sizes = [None if n < 0 else m for n, m in zip(asked, sizes, strict=True)]
            if self.dynamic_batch and sizes:
                sizes[0] = None
            found.append(tuple(sizes))
        return found

    def functions(self) -> set[str]:
        """The names of all that the program calls: `ops.relu`, `Constant`, `build_body_2`."""
        calls = (node.function for node in self.nodes() if isinstance(node, Call))
        return {function for function in calls if isinstance(function, str)}

    def nodes(self) -> Iterator[Any]:
        """All nodes of all expressions."""
        values = [*self.tied.values(), *(statement.value for statement in self.statements)]
        for value in (*values, *(self.written.values if self.written else ())):
            yield from walk(value)

    def resolve(self, tensor: int) -> int:
        """The tensor that holds the same value in the script."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor

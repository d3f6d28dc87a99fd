"""What of an emitted script can be checked by itself: its statements, as units of the original."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as PyMapping
from dataclasses import dataclass
from typing import TypeVar

from inspector.compare.candidate import Unit
from inspector.graph import Graph
from inspector.read.model import Subgraph
from rebuild.mapping import Check, Mapping

Value = TypeVar("Value")
Units = dict[Unit, Check]


@dataclass(frozen=True)
class Originals:
    """The tensors of a script in the original's terms.

    A variable tensor has two values in a call, and the original's is the last: what it held at
    first is known without it, and what was made of it stands for it.
    """

    subgraph: Subgraph
    mapping: Mapping

    def is_start(self, tensor: int) -> bool:
        """Whether the script's value is what a variable tensor held before the call."""
        tensors = self.subgraph.tensors
        is_own = tensor >= len(tensors)
        return tensor in self.mapping.kept.starts and (is_own or tensors[tensor].is_variable)

    def is_hidden(self, tensor: int) -> bool:
        """Whether no tensor of the original has the value: a start, or what the script counts."""
        return self.is_start(tensor) or self.tensor(tensor) >= len(self.subgraph.tensors)

    def is_passing(self, tensor: int) -> bool:
        """Whether the value is overwritten by the end: another operator has the same state."""
        kept = self.mapping.kept
        return tensor in kept.versions and tensor not in kept.variables.values()

    def tensor(self, tensor: int) -> int:
        """The tensor of the original that has the value."""
        return self.mapping.kept.versions.get(tensor, tensor)

    def tensors(self, tensors: Sequence[int]) -> tuple[int, ...]:
        """The tensors of the original that have the values, without those that are hidden."""
        return tuple(self.tensor(tensor) for tensor in tensors if not self.is_hidden(tensor))

    def named(self, values: PyMapping[int, Value]) -> dict[int, Value]:
        """Values by the tensors of the original, without those that are hidden."""
        return {self.tensor(t): v for t, v in values.items() if not self.is_hidden(t)}

    @property
    def written(self) -> dict[str, int]:
        """The variables into which a call puts something that depends on it, with the tensor."""
        kept = self.mapping.kept
        pairs = zip(kept.variables.items(), kept.starts, strict=False)
        changed = {name: tensor for (name, tensor), start in pairs if tensor not in (-1, start)}
        return {name: tensor for name, tensor in changed.items() if not self.is_hidden(tensor)}


def units_of(subgraph: Subgraph, graph: Graph, mapping: Mapping, held: Collection[int]) -> Units:
    """A unit a statement; `held` are the tensors that the script has a value of.

    Statements are left out whose values cannot be told apart in the original.
    """
    originals = Originals(subgraph, mapping)
    into = folded_into(subgraph, graph, mapping)
    found: Units = {}
    for check in mapping.checks:
        if not all(mapping.holder(t) in held for t in check.inputs + check.outputs):
            continue
        if any(map(originals.is_passing, check.inputs + check.outputs)):
            continue
        operators = tuple(sorted({*into.get(check.operator, ()), *check.also, check.operator}))
        outputs = originals.tensors(check.outputs)
        if outputs:
            inputs = originals.tensors(check.inputs)
            found[Unit(operators, inputs, outputs, match(mapping, check))] = check
    return found


def match(mapping: Mapping, check: Check) -> str:
    """The line of the script that a statement stands in, and its variables."""
    places = [mapping.places[t] for t in check.outputs]
    names = ", ".join(place.variable for place in places)
    return f"model.py:{places[0].line} {names}"


def folded_into(subgraph: Subgraph, graph: Graph, mapping: Mapping) -> dict[int, tuple[int, ...]]:
    """For each operator with a statement, the folded ones whose values it has taken in."""
    checked = {other: c.operator for c in mapping.checks for other in (*c.also, c.operator)}
    checked |= {operator: operator for operator in mapping.kept.operators}
    into: dict[int, list[int]] = {}
    for operator in mapping.folded:
        front, seen = [operator], {operator}
        while front:
            outputs = subgraph.operators[front.pop()].outputs
            users = {u for t in outputs for u in graph.consumers[t]}
            for user in sorted(users - seen):
                seen.add(user)
                if user in checked:
                    into.setdefault(checked[user], []).append(operator)
                    front = []
                    break
                front.append(user)
    return {user: tuple(sorted(folded)) for user, folded in into.items()}


def writing(
    subgraph: Subgraph, graph: Graph, mapping: Mapping, held: Collection[int]
) -> Unit | None:
    """The unit that puts values into variables: what they hold afterwards is what they were given.

    None where the script does not, or only puts in what no input changes.
    """
    kept = mapping.kept
    found = Originals(subgraph, mapping)
    tensors = list(found.written.values())
    if not tensors or not all(mapping.holder(t) in held for t in tensors):
        return None
    into = folded_into(subgraph, graph, mapping)
    folded = {operator for user in kept.operators for operator in into.get(user, ())}
    operators = (*sorted(folded - set(kept.operators)), *sorted(kept.operators))
    originals = found.tensors(tensors)
    return Unit(operators, originals, originals, f"model.py {kept.layer}")

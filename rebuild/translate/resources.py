"""Variables and tables that outlive a call: who uses them, and what CALL_ONCE puts into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from inspector.graph import graph_of
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator
from inspector.weights.layouts import Layout
from inspector.weights.slots import Slot, slots
from rebuild.translate.registry import TranslationError
from rebuild.translate.static import Statics, real_value

Key: TypeAlias = tuple[str, str]
"""A variable's container and shared name (kernels/var_handle.cc)."""


@dataclass(frozen=True, slots=True)
class Given:
    """A tensor that a subgraph run by CALL_ONCE puts somewhere."""

    subgraph: int
    tensor: int


class Resources:
    """The resources of a model; none of its methods looks at a model that has none."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @cached_property
    def initializers(self) -> frozenset[int]:
        """The subgraphs that CALL_ONCE runs."""
        codes = {code.name for code in self.model.operator_codes}
        if "CALL_ONCE" not in codes:
            return frozenset()
        named = (
            operator.options.get("init_subgraph_index", 0)
            for graph in self.model.subgraphs
            for operator in graph.operators
            if operator.name == "CALL_ONCE"
        )
        return frozenset(index for index in named if 0 < index < len(self.model.subgraphs))

    @cached_property
    def assigned(self) -> dict[Key, Given]:
        """What CALL_ONCE leaves in each variable."""
        found: dict[Key, Given] = {}
        for graph, operator in self._operators("ASSIGN_VARIABLE", 2, sorted(self.initializers)):
            key = handles(graph).get(operator.inputs[0])
            if key is not None:
                found[key] = Given(graph.index, operator.inputs[1])
        return found

    @cached_property
    def imported(self) -> dict[int, tuple[Given, Given]]:
        """The keys and values of each table by its id: the first that are imported."""
        found: dict[int, tuple[Given, Given]] = {}
        first = sorted(range(len(self.model.subgraphs)), key=lambda i: i not in self.initializers)
        for graph, operator in self._operators("HASHTABLE_IMPORT", 3, first):
            table = tables(graph).get(operator.inputs[0])
            if table is not None:
                keys, values = (Given(graph.index, tensor) for tensor in operator.inputs[1:3])
                found.setdefault(table, (keys, values))
        return found

    def _operators(
        self, name: str, operands: int, subgraphs: Iterable[int]
    ) -> Iterator[tuple[Subgraph, Operator]]:
        for index in subgraphs:
            graph = self.model.subgraphs[index]
            for operator in graph.operators:
                if operator.name == name and len(operator.inputs) == operands:
                    yield graph, operator

    def value(self, given: Given) -> np.ndarray:
        """The value of a tensor that CALL_ONCE uses. Raises `TranslationError` if it is computed
        from what the file does not hold."""
        statics = Statics(self.model.subgraphs[given.subgraph])
        if given.tensor not in statics:
            raise TranslationError(
                f"CALL_ONCE starts it with tensor {given.tensor} of subgraph {given.subgraph}, "
                "whose value the file does not determine"
            )
        return real_value(statics, given.tensor)

    def first(self, key: Key) -> np.ndarray:
        """What a variable holds before the first call: what CALL_ONCE leaves in it.

        Zeros where another subgraph assigns it, which the interpreter wants to be run first.
        Raises `TranslationError` where none of them says what it holds.
        """
        if key in self.assigned:
            return self.value(self.assigned[key])
        every = range(len(self.model.subgraphs))
        for graph, operator in self._operators("ASSIGN_VARIABLE", 2, every):
            tensor = graph.tensors[operator.inputs[1]]
            if handles(graph).get(operator.inputs[0]) == key and -1 not in tensor.shape:
                return np.zeros(tensor.shape, numpy_dtype(tensor.dtype))
        raise TranslationError(f"variable {key[1]!r} is read before anything is assigned to it")

    def key(self, key: Key) -> str:
        """The key of the array that a variable starts with; nothing where none is stored for it."""
        if key not in self.assigned:
            return ""
        given = self.assigned[key]
        graph = self.model.subgraphs[given.subgraph]
        found = (s for s in slots(graph, Layout.KERAS, graph_of(graph)) if isinstance(s, Slot))
        keys = (s.key for s in found if s.rule.is_plain and s.tensor.index == given.tensor)
        return next(keys, "")


def handles(graph: Subgraph) -> dict[int, Key]:
    """The variable that each handle of a subgraph names, by the handle's tensor."""
    return {
        operator.outputs[0]: (
            operator.options.get("container") or "",
            operator.options.get("shared_name") or "",
        )
        for operator in graph.operators
        if operator.name == "VAR_HANDLE" and operator.outputs
    }


def tables(graph: Subgraph) -> dict[int, int]:
    """The id of the table that each handle of a subgraph names, by the handle's tensor."""
    return {
        operator.outputs[0]: operator.options.get("table_id", 0)
        for operator in graph.operators
        if operator.name == "HASHTABLE" and operator.outputs
    }

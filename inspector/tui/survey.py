"""What is known of a subgraph once it has been read whole: edges, names, parameters, cost.

A survey of 25,000 operators takes seconds; the screens stand before it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from inspector.errors import ModelError
from inspector.graph import Graph, edges
from inspector.macs import macs
from inspector.read.model import Subgraph
from inspector.read.records import Operator
from inspector.stats import Part, Weights, parameters, part_without_options, weights_of
from inspector.weights.names import names_along, read_paths
from inspector.weights.scopes import Scope


@dataclass(frozen=True, slots=True)
class Cost:
    """Parameters and multiply-accumulates of an operator or of several; 0 where there are none."""

    parameters: int = 0
    macs: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.parameters + other.parameters, self.macs + other.macs)


@dataclass(frozen=True, slots=True)
class Survey:
    """One subgraph, read. Operators, names, scopes and costs are by operator index.

    Operators that cannot be read have none of them; of a subgraph with such operators, or with
    damaged tensors, `names` and `scopes` may be empty. `part.faults` says what is damaged.
    """

    part: Part
    operators: Mapping[int, Operator]
    graph: Graph
    weights: Weights
    names: Mapping[int, str]
    scopes: Mapping[int, Scope]
    costs: Mapping[int, Cost]
    total: Cost = field(default_factory=Cost)


def survey_of(subgraph: Subgraph) -> Survey:
    """Read a subgraph. What is damaged becomes a fault of its part."""
    part = part_without_options(subgraph)
    weights = weights_of(part)
    costs = costs_of(part, weights)
    total = Cost(
        sum(cost.parameters for cost in costs.values()), sum(cost.macs for cost in costs.values())
    )
    names, scopes = named(subgraph)
    graph = edges(len(subgraph.tensors), part.operators)
    operators = {operator.index: operator for operator in part.operators}
    return Survey(part, operators, graph, weights, names, scopes, costs, total)


def costs_of(part: Part, weights: Weights) -> dict[int, Cost]:
    """The cost of each operator that has any."""
    found = {}
    for operator in part.operators:
        try:
            work = macs(operator, part.tensors) or 0
        except ModelError:  # its options are damaged, which the details tell
            work = 0
        weighed = parameters(weights.by_operator.get(operator.index, ()))
        if work or weighed:
            found[operator.index] = Cost(weighed, work)
    return found


def named(subgraph: Subgraph) -> tuple[dict[int, str], dict[int, Scope]]:
    """The layer's name and the scope of each operator; none where the subgraph is damaged."""
    try:
        operators = list(subgraph.operators)
        paths = read_paths(subgraph, operators)
        names = names_along(operators, paths)
    except ModelError:
        return {}, {}
    return dict(enumerate(names)), {i: path.scope for i, path in enumerate(paths)}

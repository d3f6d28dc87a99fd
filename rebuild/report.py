"""What `tfli rebuild` reports: what was translated, what was not, and what the check found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rebuild.translate.expression import Call
from rebuild.translate.program import Program, Unsupported

if TYPE_CHECKING:
    from inspector.compare.result import Comparison


def grouped(unsupported: Sequence[Unsupported]) -> list[dict[str, Any]]:
    """The operators that could not be translated, by subgraph, name and reason.

    An operator -1 is none: it is the subgraph as a whole.
    """
    groups: dict[tuple[int, str, str], list[int]] = {}
    for found in unsupported:
        groups.setdefault((found.subgraph, found.name, found.reason), []).append(found.operator)
    return [
        {"subgraph": part, "op": name, "count": len(all_), "operators": all_, "reason": reason}
        for (part, name, reason), all_ in groups.items()
    ]


def rounded(program: Program) -> list[dict[str, Any]]:
    """The operators that the integer reading computes from real numbers, by subgraph and name."""
    groups: dict[tuple[int, str], list[int]] = {}
    for part in program.programs:
        operators = program.model.subgraphs[part.subgraph].operators
        for index in sorted(part.rounded):
            groups.setdefault((part.subgraph, operators[index].name), []).append(index)
    return [
        {"subgraph": part, "op": name, "count": len(all_), "operators": all_}
        for (part, name), all_ in groups.items()
    ]


def layer_count(program: Program) -> int:
    """How many Keras layers the script makes, besides its inputs."""
    nodes = (node for each in program.programs for node in each.nodes())
    return sum(isinstance(node, Call) and node.is_layer for node in nodes)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared: the primary subgraph's model under the key "", others by signature.

    `reason` says why it is not all.
    """

    results: dict[str, Comparison] = field(default_factory=dict)
    reason: str = ""


def report(program: Program, files: Sequence[str], checked: Verification) -> dict[str, Any]:
    """The object that `tfli rebuild --json` writes, and `report.json` holds."""
    graphs = program.model.subgraphs
    told = {each.subgraph for each in program.programs}
    operators = sum(len(graphs[index].operators) for index in told)
    missing = program.all_unsupported
    found = {key: result.to_json() for key, result in checked.results.items()}
    builders = {each.subgraph: each.function for each in program.programs}
    others = {key: builders[index] for key, index in program.signatures.items() if index}
    return {
        "files": list(files),
        "operators": operators,
        "translated": operators - len({(u.subgraph, u.operator) for u in missing}),
        "unsupported": grouped(missing),
        "rounded": rounded(program),
        "layers": layer_count(program),
        "verify": found.get(""),
        "signatures": [
            {"key": key, "builder": builder, "verify": found.get(key)}
            for key, builder in others.items()
        ],
    }

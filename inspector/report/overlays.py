"""A comparison as files that Model Explorer and Netron lay over the drawn graph.

Model Explorer: *node data*, JSON by graph id, then by node key, a value and a colour
(`node_data_builder.py` of google-ai-edge/model-explorer). Netron: an *attachment*, JSON with rows
of metadata and metrics for nodes by their identifier (`Attachment` in `source/view.js` of
lutzroeder/netron); it is dropped onto the opened model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from inspector.compare.result import Comparison, OperatorResult
from inspector.compare.verdicts import Verdict
from inspector.read.model import Model
from inspector.report.comparison import headline
from inspector.report.strict_json import dumps

COLOURS = {
    Verdict.SOURCE: "#e53935",
    Verdict.UNKNOWN: "#9e9e9e",
    Verdict.AMPLIFIER: "#fb8c00",
    Verdict.CARRIER: "#fdd835",
    Verdict.OK: "#ffffff",
    Verdict.FOLDED: "#ffffff",
}
"""Six digits each: Model Explorer takes shorter ones for something else."""
GRADIENT = [{"stop": 0, "bgColor": "#ffffff"}, {"stop": 1, "bgColor": "#ff0000"}]
FIGURES = ("sqnr_db", "max_abs", "max_rel_range", "max_lsb")


def overlay_files(model: Model, found: Comparison) -> dict[str, str]:
    """The overlays of a comparison with `model`, each file's content by its name."""
    return {
        "model_explorer_error.json": dumps(error_data(model, found)),
        "model_explorer_verdict.json": dumps(verdict_data(model, found)),
        "netron.json": dumps(netron_attachment(found)),
    }


def error_data(model: Model, found: Comparison) -> dict[str, Any]:
    """Model Explorer's node data: each operator's isolated error as a share of its range.

    An operator whose error is not known is left out; `verdict_data` has it as UNKNOWN.
    """
    return {
        graph: {
            "name": "isolated error",
            "results": {
                key: {"value": operator.isolated.worst.max_rel_range}
                for key, operator in nodes.items()
                if operator.isolated is not None
                and operator.isolated.worst.max_rel_range is not None
            },
            "gradient": GRADIENT,
        }
        for graph, nodes in nodes_of(model, found).items()
    }


def verdict_data(model: Model, found: Comparison) -> dict[str, Any]:
    """Model Explorer's node data: each operator's verdict, coloured."""
    return {
        graph: {
            "name": "verdict",
            "results": {
                key: {"value": operator.verdict.value, "bgColor": COLOURS[operator.verdict]}
                for key, operator in nodes.items()
            },
        }
        for graph, nodes in nodes_of(model, found).items()
    }


def nodes_of(model: Model, found: Comparison) -> dict[str, dict[str, OperatorResult]]:
    """By graph and node key, the operators; of subgraphs that have one name, those of the first."""
    graphs: dict[str, dict[str, OperatorResult]] = {}
    for subgraph in dict.fromkeys(operator.subgraph for operator in found.operators):
        keys = node_keys(model, subgraph)
        own = [operator for operator in found.operators if operator.subgraph == subgraph]
        nodes = {keys[operator.index]: operator for operator in own if operator.index in keys}
        graphs.setdefault(graph_id(model, subgraph), nodes)
    return graphs


def graph_id(model: Model, subgraph: int = 0) -> str:
    """What Model Explorer calls a subgraph: its name, its signature's key, or `main`."""
    keys = [signature.key for signature in model.signatures if signature.subgraph == subgraph]
    return next(filter(None, [model.subgraphs[subgraph].name, *keys]), "main")


def node_keys(model: Model, subgraph: int = 0) -> dict[int, str]:
    """The key of each operator's node: its index, or where that would be another's, a name.

    Model Explorer takes a key for the name of an output tensor first. An operator whose index is
    the name of another's output goes by the name of an output of its own, if that is unique;
    without one it has no key.
    """
    graph = model.subgraphs[subgraph]
    names = {o.index: [graph.tensors[t].name for t in o.outputs if t >= 0] for o in graph.operators}
    owners = {name: index for index, found in names.items() for name in found}
    count = Counter(name for found in names.values() for name in found)
    keys = {}
    for index, own in names.items():
        if owners.get(str(index), index) == index:
            keys[index] = str(index)
        elif unique := [name for name in own if name and count[name] == 1]:
            keys[index] = unique[0]
    return keys


def netron_attachment(found: Comparison) -> dict[str, Any]:
    """Netron's attachment: the verdict of each operator as metadata, its errors as metrics.

    Only of the primary subgraph: an identifier says nothing of which graph the node is in.
    """
    operators = [operator for operator in found.operators if not operator.subgraph]
    return {
        "signature": "netron:attachment",
        "metadata": [
            {"kind": "model", "target": "", "name": "comparison", "value": headline(found)},
            *(row(operator, "verdict", operator.verdict.value) for operator in operators),
            *(row(o, "reason", o.reason) for o in operators if o.reason),
            *(row(o, "hint", o.hint) for o in operators if o.hint),
        ],
        "metrics": [entry for operator in operators for entry in metrics(operator)],
    }


def metrics(operator: OperatorResult) -> Iterator[dict[str, Any]]:
    """The figures of an operator that are known, isolated and accumulated."""
    for kind, errors in (("isolated", operator.isolated), ("accumulated", operator.accumulated)):
        if errors is not None:
            for name in FIGURES:
                figure = getattr(errors.worst, name)
                if figure is not None:
                    yield row(operator, f"{kind} {name}", figure)


def row(operator: OperatorResult, name: str, value: object) -> dict[str, Any]:
    """A line of the panel that Netron shows for an operator."""
    return {"kind": "node", "identifier": str(operator.index), "name": name, "value": value}

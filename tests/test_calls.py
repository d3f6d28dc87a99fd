"""Which operators run which subgraphs, in models written by LiteRT's schema classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, operator, subgraph, tensor

import inspector
from inspector.calls import CALLERS, calls_of
from inspector.errors import ModelError
from inspector.read.option_tables import TABLES
from inspector.read.records import Operator

CODES = vars(schema.BuiltinOperator)
CASES: dict[str, tuple[Any, list[tuple[str, int]]]] = {
    "IF": (
        made(schema.IfOptionsT, thenSubgraphIndex=1, elseSubgraphIndex=2),
        [("then", 1), ("else", 2)],
    ),
    "WHILE": (
        made(schema.WhileOptionsT, condSubgraphIndex=2, bodySubgraphIndex=1),
        [("cond", 2), ("body", 1)],
    ),
    "CALL": (made(schema.CallOptionsT, subgraph=2), [("call", 2)]),
    "CALL_ONCE": (made(schema.CallOnceOptionsT, initSubgraphIndex=1), [("init", 1)]),
    "STABLEHLO_COMPOSITE": (
        made(schema.StableHLOCompositeOptionsT, name="x", decompositionSubgraphIndex=2),
        [("decomposition", 2)],
    ),
    "STABLEHLO_WHILE": (
        made(schema.StablehloWhileOptionsT, condSubgraphIndex=1, bodySubgraphIndex=2),
        [("cond", 1), ("body", 2)],
    ),
    "STABLEHLO_CASE": (
        made(schema.StablehloCaseOptionsT, branchSubgraphIndices=[2, 1, 2]),
        [("branch", 2), ("branch", 1), ("branch", 2)],
    ),
    "STABLEHLO_REDUCE": (made(schema.StablehloReduceOptionsT, bodySubgraphIndex=1), [("body", 1)]),
    "STABLEHLO_REDUCE_WINDOW": (
        made(schema.StablehloReduceWindowOptionsT, bodySubgraphIndex=1),
        [("body", 1)],
    ),
    "STABLEHLO_SCATTER": (
        made(schema.StablehloScatterOptionsT, updateComputationSubgraphIndex=2),
        [("update", 2)],
    ),
    "STABLEHLO_SORT": (
        made(schema.StablehloSortOptionsT, comparatorSubgraphIndex=2),
        [("comparator", 2)],
    ),
    "STABLEHLO_CUSTOM_CALL": (
        made(schema.StablehloCustomCallOptionsT, calledComputations=[1]),
        [("computation", 1)],
    ),
}


def caller(name: str, options: Any, folder: Path) -> Path:
    """A model whose first subgraph has an operator of that name, and two others that add."""
    union = "builtinOptions2" if name.startswith("STABLEHLO") else "builtinOptions"
    members = getattr(schema, union[0].upper() + union[1:])
    kind = getattr(members, type(options).__name__.removesuffix("T"))
    found = operator([0], [1], opcodeIndex=1, **{union: options, f"{union}Type": kind})
    graphs = [subgraph([tensor("x"), tensor("y")], [found], name="main")]
    graphs += [subgraph([tensor(), tensor()], [operator([0, 0], [1])], name=n) for n in "ab"]
    codes = [written.code(), written.code(CODES[name])]
    model = written.model(graphs, operatorCodes=codes)
    return written.write(folder / "model.tflite", model)


def first(path: Path) -> Operator:
    return inspector.open(path).subgraphs[0].operators[0]


@pytest.mark.parametrize("name", CASES)
def test_the_subgraphs_that_an_operator_runs_are_named(tmp_path: Path, name: str) -> None:
    options, expected = CASES[name]
    found = first(caller(name, options, tmp_path))
    assert [(call.role, call.subgraph) for call in calls_of(found, 3)] == expected


def test_every_option_that_names_a_subgraph_is_known() -> None:
    def names_one(declared: str) -> bool:
        name, _, kind = declared.partition(":")
        return "subgraph" in name or (name == "called_computations" and kind != "string")

    named = {
        part.partition(":")[0]
        for table in TABLES.values()
        for part in table.split()
        if names_one(part)
    }
    assert named == {option for options in CALLERS.values() for option in options}
    assert CASES.keys() == CALLERS.keys()


def test_a_composite_may_have_no_decomposition(tmp_path: Path) -> None:
    options = made(schema.StableHLOCompositeOptionsT, name="x", decompositionSubgraphIndex=-1)
    assert calls_of(first(caller("STABLEHLO_COMPOSITE", options, tmp_path)), 3) == []


def test_an_operator_that_runs_none_has_no_calls(tmp_path: Path) -> None:
    path = written.write(tmp_path / "model.tflite", written.add_model())
    assert calls_of(first(path), 1) == []


@pytest.mark.parametrize("index", [3, -2, 2**31 - 1])
def test_a_subgraph_that_there_is_not_is_a_fault(tfli: Any, tmp_path: Path, index: int) -> None:
    options = made(schema.WhileOptionsT, condSubgraphIndex=index, bodySubgraphIndex=1)
    path = caller("WHILE", options, tmp_path)
    fault = f"operator 0 (WHILE) in subgraph 0: its cond_subgraph_index is {index}, and the model"
    with pytest.raises(ModelError) as told:
        calls_of(first(path), 3)
    assert fault in str(told.value)
    for command in ("info", "ops"):
        result = tfli(command, path, "--json")
        assert result.code == 2
        (warning,) = result.json["warnings"]
        assert fault in warning


def test_the_commands_tell_callers_and_callees(tfli: Any, tmp_path: Path) -> None:
    path = caller("WHILE", CASES["WHILE"][0], tmp_path)
    graphs = tfli("info", path, "--json").json["subgraphs"]
    by = {"subgraph": 0, "operator": 0, "op": "WHILE"}
    assert [graph["called_by"] for graph in graphs] == [
        [],
        [{**by, "role": "body"}],
        [{**by, "role": "cond"}],
    ]
    assert "0:0 WHILE body" in tfli("info", path).out
    operators = tfli("ops", path, "--json").json["ops"]
    assert [op["calls"] for op in operators] == [
        [{"role": "cond", "subgraph": 2}, {"role": "body", "subgraph": 1}],
        [],
        [],
    ]
    assert "cond→2 body→1" in tfli("ops", path).out

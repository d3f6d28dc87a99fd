"""Overlays, against the structures that Model Explorer and Netron publish."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.report.overlays import graph_id, node_keys
from tests.compare.faults import planted, reverse, spots
from tests.written import add_model, made, model, operator, subgraph, tensor, write

Call = Callable[..., Any]


def overlays(tmp_path: Path, fixtures: Path, tfli: Call) -> tuple[dict[str, Any], int]:
    """The three files of a network against a copy with one kernel changed, and its operator."""
    path, copy = fixtures / "cnn.tflite", tmp_path / "copy.tflite"
    spot = next(iter(spots(path)))
    copy.write_bytes(planted(path, spot, reverse))
    done = tfli("compare", path, copy, "--overlay", tmp_path / "overlays", "--json")
    assert done.code == 1
    files = sorted((tmp_path / "overlays").iterdir())
    return {file.stem: json.loads(file.read_text()) for file in files}, spot.operator


def test_each_operator_has_a_node_and_the_changed_one_stands_out(
    tmp_path: Path, fixtures: Path, tfli: Call
) -> None:
    found, fault = overlays(tmp_path, fixtures, tfli)
    with inspector.open(fixtures / "cnn.tflite") as opened:
        count, graph = len(opened.subgraphs[0].operators), graph_id(opened)
    verdicts = found["model_explorer_verdict"][graph]["results"]
    assert set(verdicts) == {str(i) for i in range(count)}
    assert verdicts[str(fault)]["value"] == "SOURCE"
    assert all(re.fullmatch("#[0-9a-f]{6}", v["bgColor"]) for v in verdicts.values())
    errors = found["model_explorer_error"][graph]
    assert max(errors["results"], key=lambda k: errors["results"][k]["value"]) == str(fault)
    assert [stop["stop"] for stop in errors["gradient"]] == [0, 1]


def test_netron_finds_nodes_by_their_identifier(tmp_path: Path, fixtures: Path, tfli: Call) -> None:
    found = overlays(tmp_path, fixtures, tfli)[0]["netron"]
    assert found["signature"] == "netron:attachment"
    rows = found["metadata"] + found["metrics"]
    assert all(row["kind"] == "model" or row["identifier"].isdecimal() for row in rows)
    places = [(row.get("identifier"), row["name"]) for row in rows]
    assert len(set(places)) == len(places)  # of two rows Netron would show the last


def test_a_graph_is_called_as_model_explorer_calls_it(tmp_path: Path) -> None:
    named = add_model()
    named.subgraphs[0].name = "net"
    key = made(schema.SignatureDefT, signatureKey="serve", inputs=[], outputs=[])
    for whole, expected in ((named, "net"), (add_model(signatureDefs=[key]), "serve")):
        with inspector.open(write(tmp_path / f"{expected}.tflite", whole)) as opened:
            assert graph_id(opened) == expected
    with inspector.open(write(tmp_path / "m.tflite", add_model())) as opened:
        assert graph_id(opened) == "main"


def test_a_tensor_named_like_an_index_does_not_take_its_operators_place(tmp_path: Path) -> None:
    """Operator 0 writes a tensor named "1", so that operator 1 must be told by another name."""
    tensors = [tensor("a"), tensor("b"), tensor("1"), tensor("sum")]
    whole = model(
        [subgraph(tensors, [operator([0, 1], [2]), operator([2, 0], [3])], inputs=[0, 1])]
    )
    with inspector.open(write(tmp_path / "m.tflite", whole)) as opened:
        assert node_keys(opened) == {0: "0", 1: "sum"}


def test_errors_that_json_lacks_are_spelled(tmp_path: Path, tfli: Call) -> None:
    """The candidate's infinities reach the files as text, not as a token that no parser takes."""
    paths = []
    for name, value in (("a", 1.0), ("b", np.inf)):
        tensors = [tensor("x"), tensor("k", buffer=1), tensor("y")]
        constant = np.full(2, value, "<f4").tobytes()
        whole = model([subgraph(tensors, [operator([0, 1], [2])], inputs=[0])], [constant])
        paths.append(write(tmp_path / f"{name}.tflite", whole))
    tfli("compare", *paths, "--overlay", tmp_path / "o")
    for file in (tmp_path / "o").iterdir():
        json.loads(file.read_text(), parse_constant=lambda text: pytest_fail(text))


def pytest_fail(text: str) -> None:
    raise AssertionError(text)

"""`tfli tensors` and `tfli ops` against LiteRT's generated classes; their filters and forms."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from pathlib import Path

import by_schema
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from written import made, operator, subgraph, tensor

from inspector.cli.common import matcher

Tfli = Callable[..., Result]
FORMS = ["cnn", "cnn_float16", "cnn_dynamic", "cnn_int8"]


@pytest.fixture
def two_graphs(tmp_path: Path) -> Path:
    """A model of two subgraphs, whose names would steer a terminal."""
    left = [tensor("a\x1b[31m"), tensor("[bold]b[/bold]"), tensor("c\nd")]
    right = [tensor("x"), tensor("w", buffer=1), tensor("v", isVariable=True), tensor("y")]
    graphs = [
        subgraph(left, [operator([0, 1], [2])], name="main"),
        subgraph(right, [operator([0, 1], [3])], inputs=[0], name="other"),
    ]
    return written.write(tmp_path / "two.tflite", written.model(graphs, [bytes(8)]))


@pytest.mark.parametrize("name", FORMS)
def test_tensors_are_listed_as_the_schema_reads_them(tfli: Tfli, fixtures: Path, name: str) -> None:
    path = fixtures / f"{name}.tflite"
    (graph,) = by_schema.unpacked(path.read_bytes()).subgraphs
    result = tfli("tensors", path, "--json")
    assert (result.code, result.err, result.json["schema"]) == (0, "", "tfli/1")
    for found, other in zip(result.json["tensors"], graph.tensors, strict=True):
        fields = by_schema.tensor_fields(other)
        same = ("name", "shape", "shape_signature", "dtype", "buffer")
        assert {key: found[key] for key in same} == {key: fields[key] for key in same}
        quantization = fields["quantization"]
        assert found["quantization"] == (quantization and {**quantization, "block_size": 0})


@pytest.mark.parametrize("name", FORMS)
def test_operators_are_listed_as_the_schema_reads_them(
    tfli: Tfli, fixtures: Path, name: str
) -> None:
    path = fixtures / f"{name}.tflite"
    model = by_schema.unpacked(path.read_bytes())
    result = tfli("ops", path, "--json")
    assert (result.code, result.err, result.json["schema"]) == (0, "", "tfli/1")
    for found, other in zip(result.json["ops"], model.subgraphs[0].operators, strict=True):
        fields = by_schema.operator_fields(other, model.operatorCodes)
        assert found["op"] == fields["name"]
        same = ("version", "custom", "inputs", "outputs")
        assert {key: found[key] for key in same} == {key: fields[key] for key in same}
        assert found["options"] == (by_schema.builtin_options(other) or {})


def test_a_tensor_is_told_with_who_makes_and_who_reads_it(tfli: Tfli, two_graphs: Path) -> None:
    found = tfli("tensors", two_graphs, "--json").json["tensors"]
    told = [(t["subgraph"], t["kind"], t["producer"], t["consumers"], t["bytes"]) for t in found]
    assert told == [
        (0, "input", None, [0], 8),
        (0, "input", None, [0], 8),
        (0, "output", 0, [], 8),
        (1, "input", None, [0], 8),
        (1, "constant", None, [0], 8),
        (1, "variable", None, [], 8),
        (1, "output", 0, [], 8),
    ]


def test_names_stay_whole_in_json_and_are_made_visible_in_a_table(
    tfli: Tfli, two_graphs: Path
) -> None:
    names = [t["name"] for t in tfli("tensors", two_graphs, "--json").json["tensors"]]
    assert names[:3] == ["a\x1b[31m", "[bold]b[/bold]", "c\nd"]
    for form in ([], ["--csv"]):
        shown = tfli("tensors", two_graphs, *form).out
        assert all(name in shown for name in ("a\\x1b[31m", "[bold]b[/bold]", "c\\nd"))
        assert "\x1b" not in shown
        assert len(shown.splitlines()) == 8


def test_a_subgraph_can_be_chosen(tfli: Tfli, two_graphs: Path) -> None:
    found = tfli("tensors", two_graphs, "--subgraph", "1", "--json").json["tensors"]
    assert [t["name"] for t in found] == ["x", "w", "v", "y"]
    assert tfli("ops", two_graphs, "--subgraph", "2") == Result(
        2, "", f"tfli: {two_graphs}: there is no subgraph 2; it has 2, counted from 0\n"
    )


def test_tensors_are_filtered_by_name(tfli: Tfli, two_graphs: Path) -> None:
    found = tfli("tensors", two_graphs, "--filter", "[!x]", "--json").json["tensors"]
    assert [t["name"] for t in found] == ["w", "v", "y"]


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("*.{weight,bias}*", ["a.weight", "a.bias_ih", "A.weight"]),
        ("{a,b}.{axis,x}", ["a.axis", "b.x"]),
        ("{a.axis}", ["{a.axis}"]),
        ("[{]a,b}", ["{a,b}"]),
        ("{,a.}axis", ["a.axis", "axis"]),
        ("a.[wx]*", ["a.weight"]),
    ],
)
def test_a_pattern_may_have_alternatives(pattern: str, matching: list[str]) -> None:
    texts = ["a.weight", "a.bias_ih", "a.axis", "b.x", "{a.axis}", "{a,b}", "axis", "A.weight"]
    assert [text for text in texts if matcher(pattern)(text)] == matching


@pytest.mark.parametrize(
    ("pattern", "indices"),
    [
        ("CONV_2D", [0, 2, 7, 8]),
        ("*POOL_2D", [4, 5]),
        ("*residual*", [3]),
        ("conv_2d", []),
        ("nothing", []),
    ],
)
def test_operators_are_filtered_by_type_or_output(
    tfli: Tfli, fixtures: Path, pattern: str, indices: list[int]
) -> None:
    result = tfli("ops", fixtures / "cnn.tflite", "--filter", pattern, "--json")
    assert result.code == 0
    assert [op["index"] for op in result.json["ops"]] == indices


def test_csv_says_what_json_says(tfli: Tfli, fixtures: Path) -> None:
    path = fixtures / "cnn_int8.tflite"
    rows = csv.DictReader(io.StringIO(tfli("tensors", path, "--csv").out))
    for row, found in zip(rows, tfli("tensors", path, "--json").json["tensors"], strict=True):
        assert row["name"] == found["name"]
        assert list(map(int, row["shape"].split())) == found["shape"]
        scales = (found["quantization"] or {"scale": []})["scale"]
        assert list(map(float, row["scale"].split())) == scales
    rows = csv.DictReader(io.StringIO(tfli("ops", path, "--csv").out))
    for row, found in zip(rows, tfli("ops", path, "--json").json["ops"], strict=True):
        assert (row["op"], row["macs"]) == (found["op"], str(found["macs"] or ""))


def test_two_forms_at_once_are_refused(tfli: Tfli, fixtures: Path) -> None:
    result = tfli("ops", fixtures / "cnn.tflite", "--csv", "--json")
    assert (result.code, result.out) == (2, "")


def test_numbers_that_json_lacks_are_spelled(tfli: Tfli, tmp_path: Path) -> None:
    softmax = made(schema.SoftmaxOptionsT, beta=math.inf)
    kind = schema.BuiltinOptions.SoftmaxOptions
    found = operator([0], [1], builtinOptions=softmax, builtinOptionsType=kind)
    scales = made(schema.QuantizationParametersT, scale=[math.nan], zeroPoint=[0])
    graph = subgraph([tensor(quantization=scales), tensor()], [found])
    path = written.write(tmp_path / "m.tflite", written.model([graph]))
    assert tfli("ops", path, "--json").json["ops"][0]["options"] == {"beta": "inf"}
    assert tfli("tensors", path, "--json").json["tensors"][0]["quantization"]["scale"] == ["nan"]


def test_the_table_tells_what_matters(tfli: Tfli, fixtures: Path) -> None:
    heading, first, *_ = tfli("ops", fixtures / "cnn.tflite").out.splitlines()
    assert heading.split() == [
        "#",
        "operator",
        "inputs",
        "→",
        "outputs",
        "options",
        "MACs",
        "params",
        "output",
        "name",
    ]
    told = "CONV_2D 1×32×32×3 → 1×16×16×16 stride=2×2 padding=SAME activation=RELU6 111 k 448"
    assert " ".join(first.split()).startswith(f"0 {told} ")

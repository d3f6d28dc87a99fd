"""Flex operators: nodes written by TensorFlow's own Protocol Buffers, read by us."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import written
from flatbuffers import flexbuffers
from written import operator, subgraph, tensor

import inspector
from inspector.read.flex import REFERENCE, TYPES, node_options, type_name
from inspector.read.options import Options

node_def_pb2 = pytest.importorskip("tensorflow.core.framework.node_def_pb2")
types_pb2 = pytest.importorskip("tensorflow.core.framework.types_pb2")

NODE = """
name: "layer/conv" op: "Conv2D" device: "/cpu:0"
attr { key: "T" value { type: DT_BFLOAT16 } }
attr { key: "strides" value { list { i: 1 i: 2 i: 2 i: 1 } } }
attr { key: "scale" value { f: 0.5 } }
attr { key: "on" value { b: true } }
attr { key: "off" value { b: false } }
attr { key: "count" value { i: -7 } }
attr { key: "padding" value { s: "SAME" } }
attr { key: "raw" value { s: "\\377\\001" } }
attr { key: "vocabulary" value { s: "%s" } }
attr { key: "shape" value { shape { dim { size: -1 } dim { size: 3 } } } }
attr { key: "any" value { shape { unknown_rank: true } } }
attr { key: "value" value { tensor { dtype: DT_INT64 tensor_shape { dim { size: 2 } } } } }
attr { key: "types" value { list { type: DT_FLOAT type: DT_STRING_REF } } }
attr { key: "names" value { list { s: "a" s: "b" } } }
attr { key: "empty" value { list { } } }
attr { key: "held" value { placeholder: "T" } }
attr { key: "body" value { func { name: "f_12" attr { key: "k" value { i: 1 } } } } }
experimental_debug_info { original_node_names: "conv" }
""" % ("x" * 1000)  # fmt: skip


def parsed(text: str) -> Any:
    from google.protobuf import text_format

    return text_format.Parse(text, node_def_pb2.NodeDef())


def packed(node: Any, name: str = "Conv2D") -> bytes:
    """The custom options that the converter makes of a node: its name and its bytes as strings."""
    builder = flexbuffers.Builder()
    with builder.Vector():
        builder.String(name)
        raw = node if isinstance(node, bytes) else node.SerializeToString()
        builder._WriteBlob(raw, append_zero=True, type_=flexbuffers.Type.STRING)  # as C++ does
    return bytes(builder.Finish())


def flex(options: bytes, tmp_path: Path) -> Options:
    """The options that we read of a Flex operator."""
    code = written.code(written.CUSTOM, customCode="FlexConv2D")
    graph = subgraph([tensor(), tensor()], [operator([0], [1], customOptions=list(options))])
    path = written.write(tmp_path / "m.tflite", written.model([graph], operatorCodes=[code]))
    return inspector.open(path).subgraphs[0].operators[0].options


def test_a_node_is_told_with_its_attributes(tmp_path: Path) -> None:
    assert flex(packed(parsed(NODE)), tmp_path) == {
        "op": "Conv2D",
        "name": "layer/conv",
        "device": "/cpu:0",
        "original_names": ["conv"],
        "attributes": {
            "T": "bfloat16",
            "strides": [1, 2, 2, 1],
            "scale": 0.5,
            "on": True,
            "off": False,
            "count": -7,
            "padding": "SAME",
            "raw": {"hex": "ff01"},
            "vocabulary": {"bytes": 1000},
            "shape": [-1, 3],
            "any": None,
            "value": {"dtype": "int64", "shape": [2]},
            "types": ["float32", "string_ref"],
            "names": ["a", "b"],
            "empty": [],
            "held": "T",
            "body": {"function": "f_12", "attributes": {"k": 1}},
        },
    }


ALIASES = {"half": "float16", "float": "float32", "double": "float64"}
KNOWN = [(n, v) for n, v in types_pb2.DataType.items() if v % REFERENCE < len(TYPES)]


@pytest.mark.parametrize(("name", "number"), KNOWN)
def test_every_data_type_has_tensorflow_s_name_for_it(name: str, number: int) -> None:
    bare, _, reference = name.removeprefix("DT_").lower().partition("_ref")
    assert bool(number > REFERENCE) == ("_REF" in name), reference
    suffix = "_ref" if number > REFERENCE else ""
    assert type_name(number) == ALIASES.get(bare, bare) + suffix


@pytest.mark.parametrize("number", [-1, 99, 199, 200, 2**31 - 1])
def test_a_data_type_that_there_is_not_stays_a_number(number: int) -> None:
    assert type_name(number) == number


@pytest.mark.parametrize(
    "options",
    [
        packed(b"\xff\xff\xff"),
        packed(b"\x0a\x7fname"),
        packed(b"\x0a\x02\xff\xfe"),  # a name that is no UTF-8
        bytes(flexbuffers.Dumps(["Conv2D"])),
        bytes(flexbuffers.Dumps({"Conv2D": 1})),
        bytes(flexbuffers.Dumps([1, 2])),
        b"\x01\x02\xff",
    ],
)
def test_what_is_no_node_is_read_as_any_custom_options(tmp_path: Path, options: bytes) -> None:
    assert node_options(options) is None
    assert "op" not in flex(options, tmp_path)


def test_a_node_without_a_name_or_attributes_is_one(tmp_path: Path) -> None:
    assert flex(packed(b"", "Abs"), tmp_path) == {"op": "Abs", "name": "", "attributes": {}}


def test_functions_nested_without_end_are_no_node() -> None:
    node = parsed('op: "F"')
    inner = node.attr["f"]
    for _ in range(60):
        inner.func.name = "f"
        inner = inner.func.attr["f"]
    assert node_options(packed(node)) is None


def test_nothing_but_options_comes_out_of_changed_bytes() -> None:
    whole, rng = packed(parsed(NODE)), random.Random(11)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(rng.choice((1, 3))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        found = node_options(bytes(data))
        assert found is None or isinstance(found["attributes"], dict)


def test_tensorflow_s_own_messages_stand_beside_ours() -> None:
    assert node_options(packed(parsed('op: "Abs"'))) == {"op": "Abs", "name": "", "attributes": {}}
    assert node_def_pb2.NodeDef(op="Abs").op == "Abs"

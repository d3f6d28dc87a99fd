"""Flex operators: the script computes what TensorFlow computes of the same NodeDef."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flatbuffers import flexbuffers

from rebuild.execute import import_keras
from rebuild.translate.flex_table import SIGNATURES
from rebuild.translate.registry import TranslationError
from tests.one_operator import Case, Input, draw, packed
from tests.rebuild.test_operators import outputs_of, rebuilt

import_keras()
import tensorflow as tf  # noqa: E402
from tensorflow.core.framework.node_def_pb2 import NodeDef  # noqa: E402
from tensorflow.python.framework import op_def_registry  # noqa: E402

X, Y = Input((2, 3)), Input((2, 3))
INTS = Input((2, 3), "int32", 0, 9)
REFUSED = ("WriteFile", "ReadFile", "PyFunc", "VarHandleOp", "SentencepieceOp")
Operands = list[Input | np.ndarray]

NODES: dict[str, tuple[str, Operands, dict[str, Any]]] = {
    "sum": ("AddV2", [X, Y], {}),
    "sum of many": ("AddN", [X, Y, X], {}),
    "concatenation": ("ConcatV2", [X, Y, np.int32(1)], {}),
    "reshape": ("Reshape", [X, np.array([3, 2], "int32")], {}),
    "mean": ("Mean", [X, np.array([0], "int32")], {"keep_dims": True}),
    "long axis": ("Sum", [X, np.array([1], "int64")], {"keep_dims": False}),
    "erf": ("Erf", [X], {}),
    "cast": ("Cast", [X], {"DstT": tf.int64, "Truncate": False}),
    "constant": ("Mul", [X, np.float32([0.5, 2, 3])], {}),
    "one element": ("Mul", [X, np.float32([0.5])], {}),
    "argmax": ("ArgMax", [X, np.int32(1)], {"output_type": tf.int32}),
    "top": ("TopKV2", [X, np.int32(2)], {"sorted": True}),
    "bits": ("BitwiseOr", [INTS, INTS], {}),
    "pool": (
        "MaxPool",
        [Input((1, 4, 6, 2))],
        {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"},
    ),
    "stitch": (
        "DynamicStitch",
        [np.array([0, 2], "int32"), np.array([1], "int32"), X, Input((1, 3))],
        {},
    ),
    "text": ("StringLength", [Input((3,), "object")], {"unit": "BYTE"}),
    "squeeze": ("Squeeze", [Input((2, 1, 3))], {"squeeze_dims": [1]}),
    "split": ("Split", [np.int32(1), Input((2, 4))], {"num_split": 2}),
}


def node(name: str, operands: Operands, attributes: dict[str, Any]) -> NodeDef:
    """The node that TensorFlow makes for tensors of these types."""
    with tf.Graph().as_default() as graph:
        feeds = [tf.compat.v1.placeholder(kind(o), o.shape) for o in operands]
        raw(name, feeds, attributes)
        return graph.get_operations()[-1].node_def


def raw(name: str, tensors: list[Any], attributes: dict[str, Any]) -> Any:
    """The operator by TensorFlow's own registry, which puts lists of tensors together."""
    defined, rest = op_def_registry.get(name).input_arg, list(tensors)
    lists = [arg for arg in defined if arg.number_attr]
    length = (len(rest) - len(defined) + len(lists)) // max(len(lists), 1)
    values = [
        [rest.pop(0) for _ in range(length)] if arg in lists else rest.pop(0) for arg in defined
    ]
    function, names = getattr(tf.raw_ops, name), [arg.name for arg in defined]
    python = inspect.signature(function).parameters
    renamed = {n: n if n in python else "axis" for n in (*names, *attributes)}
    given = dict(zip(names, values, strict=True)) | attributes
    return function(**{renamed[key]: value for key, value in given.items()})


def kind(operand: Input | np.ndarray) -> Any:
    return tf.string if operand.dtype == "object" else tf.as_dtype(operand.dtype)


def write(found: NodeDef, operands: Operands, outputs: list[np.ndarray], path: Path) -> Case:
    case = Case(
        f"Flex{found.op}",
        operands,
        outputs=len(outputs),
        output_dtypes=[str(output.dtype) for output in outputs],
        custom=bytes(flexbuffers.Dumps([found.op, found.SerializeToString()])),
    )
    path.write_bytes(packed(case, [output.shape for output in outputs]))
    return case


@pytest.mark.parametrize("name", NODES)
def test_script_computes_what_tensorflow_computes(name: str, tmp_path: Path) -> None:
    op, operands, attributes = NODES[name]
    drawn = iter(draw(Case("", operands), 1))
    values = [next(drawn) if isinstance(o, Input) else o for o in operands]
    expected = outputs_of(raw(op, [tf.constant(value) for value in values], attributes))
    path = tmp_path / "m.tflite"
    case = write(node(op, operands, attributes), operands, expected, path)
    inputs = draw(case, 1)
    model = rebuilt(path, tmp_path)
    found = outputs_of(model(inputs if len(inputs) > 1 else inputs[0]))
    for left, right in zip(found, expected, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_arguments_are_those_of_tensorflow() -> None:
    for name, found in SIGNATURES.items():
        python = set(inspect.signature(getattr(tf.raw_ops, name)).parameters) - {"name"}
        assert {a.removesuffix("*") for a in found.arguments} | {*found.attributes} == python
        defined = op_def_registry.get(name).input_arg
        lists = [bool(arg.number_attr or arg.type_list_attr) for arg in defined]
        assert [argument.endswith("*") for argument in found.arguments] == lists


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_work_on_tensors_alone_is_refused(name: str, tmp_path: Path) -> None:
    found = NodeDef(op=name)
    write(found, [X], [np.zeros((2, 3), "float32")], tmp_path / "m.tflite")
    with pytest.raises((AssertionError, TranslationError)):
        rebuilt(tmp_path / "m.tflite", tmp_path)

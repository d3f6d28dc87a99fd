"""Parameters, bytes and costs against Keras' own counts and products worked out by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import by_schema
import pytest
import shared_models
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, operator, subgraph, tensor

import inspector
from inspector.macs import macs
from inspector.precision import precision_of
from inspector.read.model import Model
from inspector.stats import Stats, part_of, sound_part, stats_of, weights_of

OPERATOR = schema.BuiltinOperator


def stats(model: Model) -> Stats:
    return stats_of([part_of(graph) for graph in model.subgraphs])


# `mnist`: Dense 784 to 128, Dense 128 to 10, as Keras counts them.
MNIST = 784 * 128 + 128 + 128 * 10 + 10


@pytest.mark.parametrize("name", ["mnist", "mnist_float16", "mnist_dynamic", "mnist_int8"])
def test_parameters_are_those_that_keras_counts(fixtures: Path, name: str) -> None:
    assert stats(inspector.open(fixtures / f"{name}.tflite")).parameters == MNIST


@pytest.mark.parametrize(
    ("name", "kernel", "bias"),
    [("mnist", 4, 4), ("mnist_float16", 2, 2), ("mnist_dynamic", 1, 4), ("mnist_int8", 1, 4)],
)
def test_weight_bytes_are_those_of_the_stored_types(
    fixtures: Path, name: str, kernel: int, bias: int
) -> None:
    expected = (784 * 128 + 128 * 10) * kernel + (128 + 10) * bias
    assert stats(inspector.open(fixtures / f"{name}.tflite")).weight_bytes == expected


@pytest.mark.parametrize("name", ["mnist", "mnist_int8", "cnn", "cnn_int8"])
def test_weight_bytes_belong_to_the_operators_that_read_them(fixtures: Path, name: str) -> None:
    path = fixtures / f"{name}.tflite"
    model = by_schema.unpacked(path.read_bytes())
    expected: Counter[str] = Counter()
    graph = model.subgraphs[0]
    for found in graph.operators:
        for index in found.inputs:
            weight = graph.tensors[index]
            stored = model.buffers[weight.buffer].data
            is_float = weight.type == schema.TensorType.FLOAT32
            is_quantized = by_schema.tensor_fields(weight)["quantization"] is not None
            if stored is not None and (is_float or is_quantized):
                fields = by_schema.operator_fields(found, model.operatorCodes)
                expected[fields["name"]] += len(stored)
    found = stats(inspector.open(path))
    assert found.bytes_by_operator == expected
    assert sum(expected.values()) == found.weight_bytes


# Multiply-adds and parameters in millions, as the authors' table of MobileNet v1 has them.
PUBLISHED = {"mobilenet_v1_0.25_224": (41, 0.47), "mbnet128_0.25": (14, 0.47)}


def mobilenets() -> list[Any]:
    found = [p for p in shared_models.plain_models() if p.values[0] is not None]
    pairs = [
        pytest.param(p.values[0], *numbers, id=name)
        for p in found
        for name, numbers in PUBLISHED.items()
        if name in p.values[0].name
    ]
    return pairs or [pytest.param(None, 0, 0, marks=shared_models.ABSENT.marks)]


@pytest.mark.parametrize(("path", "macs", "parameters"), mobilenets())
def test_mobilenets_cost_what_their_authors_say(path: Path, macs: int, parameters: float) -> None:
    found = stats(inspector.open(path))
    assert round(found.macs / 1e6) == macs
    assert round(found.parameters / 1e6, 2) == parameters


def test_operators_whose_matrices_the_file_hides_are_counted(tmp_path: Path) -> None:
    custom = written.code(OPERATOR.CUSTOM, customCode="FlexMatMul")
    unshaped = [tensor(shape=()), tensor(shape=()), tensor()]
    calls = [operator([0], [2]), operator([0, 1], [2], opcodeIndex=1)]
    codes = [custom, written.code(OPERATOR.CONV_2D)]
    model = written.model([subgraph(unshaped, calls)], operatorCodes=codes)
    found = stats(inspector.open(written.write(tmp_path / "m.tflite", model)))
    assert (found.macs, found.unknown_macs) == (0, {"FlexMatMul": 1, "CONV_2D": 1})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mnist", "float32"),
        ("mnist_float16", "float16 weights"),
        ("mnist_dynamic", "dynamic range"),
        ("mnist_int8", "int8"),
        ("cnn_dynamic", "dynamic range"),  # three of its weights are; the others stayed float
        ("cnn_int8", "int8"),
    ],
)
def test_the_precision_of_a_converted_model_has_its_usual_name(
    fixtures: Path, name: str, kind: str
) -> None:
    model = inspector.open(fixtures / f"{name}.tflite")
    assert precision_of([part_of(model.subgraphs[0])]).kind == kind


def test_the_macs_of_a_dense_network_are_its_matrix_products(fixtures: Path) -> None:
    found = stats(inspector.open(fixtures / "mnist.tflite"))
    assert found.macs == 784 * 128 + 128 * 10
    assert found.macs_by_operator == {"FULLY_CONNECTED": found.macs}


def options(name: str, **fields: Any) -> dict[str, Any]:
    """The fields that give an operator options of a generated class."""
    return {
        "builtinOptions": made(getattr(schema, f"{name}T"), **fields),
        "builtinOptionsType": getattr(schema.BuiltinOptions, name),
    }


# Operator, shapes of its operands (None: left out), shape of its result, MACs worked out by hand.
COSTS = [
    ("CONV_2D", [(1, 8, 8, 3), (16, 3, 3, 3), (16,)], (1, 4, 4, 16), 4 * 4 * 16 * 3 * 3 * 3),
    ("CONV_2D", [(1, 8, 8, 6), (4, 3, 3, 3)], (1, 8, 8, 4), 8 * 8 * 4 * 3 * 3 * 3),  # two groups
    ("DEPTHWISE_CONV_2D", [(1, 8, 8, 3), (1, 5, 5, 6)], (1, 8, 8, 6), 8 * 8 * 6 * 5 * 5),
    ("TRANSPOSE_CONV", [(4,), (5, 3, 3, 2), (1, 4, 4, 2)], (1, 8, 8, 5), 4 * 4 * 2 * 3 * 3 * 5),
    ("FULLY_CONNECTED", [(3, 20), (7, 20), None], (3, 7), 3 * 20 * 7),
    ("FULLY_CONNECTED", [(1, 2, 2, 5), (7, 20)], (1, 7), 20 * 7),  # flattened
    ("BATCH_MATMUL", [(2, 3, 4), (2, 4, 5)], (2, 3, 5), 2 * 3 * 4 * 5),
    ("CONV_3D", [(1, 4, 4, 4, 2), (2, 2, 2, 2, 3)], (1, 3, 3, 3, 3), 27 * 3 * 8 * 2),
    ("CONV_3D_TRANSPOSE", [(5,), (2, 2, 2, 3, 2), (1, 3, 3, 3, 2)], (1, 4, 4, 4, 3), 54 * 8 * 3),
    ("SVDF", [(2, 10), (6, 10), (6, 4)], (2, 3), 2 * (6 * 10 + 6 * 4)),
    ("RNN", [(2, 10), (6, 10), (6, 6), (6,)], (2, 6), 2 * 6 * (10 + 6)),
    ("UNIDIRECTIONAL_SEQUENCE_RNN", [(2, 5, 10), (6, 10), (6, 6)], (2, 5, 6), 10 * 6 * 16),
    (
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [(2, 5, 10), *[(6, 10)] * 4, *[(6, 6)] * 4, *[None] * 3, *[(6,)] * 4],
        (2, 5, 6),
        2 * 5 * 4 * 6 * (10 + 6),
    ),
    (
        "LSTM",  # its input gate is coupled to the forget gate, and its output projected
        [(2, 10), None, *[(6, 10)] * 3, None, *[(6, 4)] * 3, *[None] * 7, (4, 6)],
        (2, 4),
        2 * (3 * 6 * (10 + 4) + 4 * 6),
    ),
    ("LSTM", [(2, 10), (2, 6), (24, 16), (24,), (2, 6)], (2, 6), 2 * 24 * 16),  # the basic kernel
    ("AVERAGE_POOL_2D", [(1, 8, 8, 3)], (1, 4, 4, 3), None),
    ("ADD", [(1, 8), (1, 8)], (1, 8), None),
    ("CONV_2D", [(1, 8, 8, 3), ()], (1, 4, 4, 16), None),  # a kernel without a shape
    ("FULLY_CONNECTED", [(1, 8), None], (1, 8), None),
]


@pytest.mark.parametrize(("name", "operands", "result", "expected"), COSTS)
def test_macs_follow_from_the_shapes(
    tmp_path: Path,
    name: str,
    operands: list[tuple[int, ...] | None],
    result: tuple[int, ...],
    expected: int | None,
) -> None:
    tensors = [tensor(shape=shape or ()) for shape in (*operands, result)]
    inputs = [-1 if shape is None else place for place, shape in enumerate(operands)]
    graph = subgraph(tensors, [operator(inputs, [len(operands)])], inputs=[], outputs=[])
    code = written.code(getattr(OPERATOR, name))
    path = written.write(tmp_path / "m.tflite", written.model([graph], operatorCodes=[code]))
    part = part_of(inspector.open(path).subgraphs[0])
    assert macs(part.operators[0], part.tensors) == expected


def test_the_inner_dimension_of_an_adjoint_matmul_is_the_other_one(tmp_path: Path) -> None:
    tensors = [tensor(shape=(4, 3)), tensor(shape=(4, 5)), tensor(shape=(3, 5))]
    found = operator([0, 1], [2], **options("BatchMatMulOptions", adjX=True))
    graph, code = subgraph(tensors, [found]), written.code(OPERATOR.BATCH_MATMUL)
    path = written.write(tmp_path / "m.tflite", written.model([graph], operatorCodes=[code]))
    assert stats(inspector.open(path)).macs == 3 * 4 * 5


def test_an_open_dimension_counts_as_one(tmp_path: Path) -> None:
    tensors = [tensor(shape=(-1, 20)), tensor(shape=(7, 20)), tensor(shape=(-1, 7))]
    graph = subgraph(tensors, [operator([0, 1], [2])])
    code = written.code(OPERATOR.FULLY_CONNECTED)
    path = written.write(tmp_path / "m.tflite", written.model([graph], operatorCodes=[code]))
    assert stats(inspector.open(path)).macs == 20 * 7


def test_weights_that_share_their_bytes_are_counted_once(tmp_path: Path) -> None:
    tensors = [tensor(), tensor(buffer=1), tensor(), tensor(buffer=1), tensor()]
    graph = subgraph(tensors, [operator([0, 1], [2]), operator([2, 3], [4])], inputs=[0])
    model = inspector.open(written.write(tmp_path / "m.tflite", written.model([graph], [bytes(8)])))
    found = weights_of(part_of(model.subgraphs[0])).by_operator
    assert [[t.index for t in found[i]] for i in (0, 1)] == [[1], [3]]
    assert (stats(model).parameters, stats(model).weight_bytes) == (2, 8)


def test_shapes_and_axes_are_no_parameters(tmp_path: Path) -> None:
    integers = tensor(type=schema.TensorType.INT32, buffer=1)
    graph = subgraph([tensor(), integers, tensor()], [operator([0, 1], [2])], inputs=[0])
    model = inspector.open(written.write(tmp_path / "m.tflite", written.model([graph], [bytes(8)])))
    assert (stats(model).parameters, stats(model).weight_bytes) == (0, 0)


def test_weights_behind_a_dequantize_belong_to_the_operator_that_reads_them(fixtures: Path) -> None:
    part = part_of(inspector.open(fixtures / "mnist_float16.tflite").subgraphs[0])
    found = weights_of(part).by_operator
    dense = [op for op in part.operators if op.name == "FULLY_CONNECTED"]
    assert [sum(t.elements for t in found[op.index]) for op in dense] == [784 * 128 + 128, 1290]
    assert not any(op.index in found for op in part.operators if op.name == "DEQUANTIZE")


def test_damaged_parts_are_told_and_the_rest_is_read(tmp_path: Path) -> None:
    tensors = [tensor("left"), tensor("right", type=99), tensor("sum")]
    graph = subgraph(tensors, [operator([0, 9], [2]), operator([0, 0], [2])])
    path = written.write(tmp_path / "m.tflite", written.model([graph]))
    part = sound_part(inspector.open(path).subgraphs[0])
    assert [t.name for t in part.tensors.values()] == ["left", "sum"]
    assert [op.index for op in part.operators] == [1]
    assert [fault.split(":")[0] for fault in part.faults] == [
        "subgraph 0, tensor 1",
        "subgraph 0, operator 0",
    ]

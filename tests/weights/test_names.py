"""Operators are named as the engineer who made the network would know them."""

from __future__ import annotations

import keyword
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.weights.names import identifier, layer_names
from tests.shared_models import FOLDER, plain_models
from tests.written import code, model, operator, subgraph, tensor, write

BUILTIN = schema.BuiltinOperator
HOSTILE = [
    "/".join(["a" * 50] * 200),
    ";".join(["model/conv2d/Conv2D"] * 1000),
    "_dequantize" * 1000,
    ":1" * 5000,
    "Aa1_" * 2500,
    "import os; os.system('x')",
    "../../etc/passwd",
    "class",
    "\x1b[31mred\x1b[0m",
    "模型/卷积",
    "/",
    ";",
    " ",
    "1x1",
]


def names(folder: Path, *operators: tuple[str, str]) -> tuple[str, ...]:
    """The names of operators of the given kinds, whose outputs have the given names."""
    kinds = [kind for kind, _ in operators]
    codes = [code(getattr(BUILTIN, kind)) for kind in dict.fromkeys(kinds)]
    tensors = [tensor("input"), *(tensor(name) for _, name in operators)]
    made = [
        operator([0], [place], opcodeIndex=list(dict.fromkeys(kinds)).index(kind))
        for place, kind in enumerate(kinds, start=1)
    ]
    found = model([subgraph(tensors, made, inputs=[0])], operatorCodes=codes)
    with inspector.open(write(folder / "m.tflite", found)) as opened:
        return layer_names(opened.subgraphs[0])


def convolutions(folder: Path, *outputs: str) -> tuple[str, ...]:
    return names(folder, *(("CONV_2D", output) for output in outputs))


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (["model/block_5_expand/Conv2D", "model/stem/Conv2D"], ["block_5_expand", "stem"]),
        (["a/BiasAdd/ReadVariableOp/resource", "b/Relu6"], ["a", "b"]),
        (
            ["MobilenetV2/Conv/Relu6", "MobilenetV2/Logits/Conv2d_1c_1x1/BiasAdd"],
            ["conv", "logits_conv2d_1c_1x1"],
        ),
        (
            ["net/layer1/layer1_0/conv", "net/layer1/layer1_1/conv"],
            ["layer1_0_conv", "layer1_1_conv"],
        ),
        (["", "", ""], ["conv2d", "conv2d_1", "conv2d_2"]),
        (["12", "tensor_7", "tfl.conv_2d3"], ["conv2d", "conv2d_1", "conv2d_2"]),
        (["StatefulPartitionedCall:0", "Identity"], ["conv2d", "conv2d_1"]),
        (["x/same", "x/same"], ["same", "same_1"]),
        (["", "model/conv2d/Conv2D"], ["conv2d_1", "conv2d"]),
        (["model/lambda/Conv2D", "model/while/Conv2D"], ["lambda_", "while_"]),
    ],
    ids=str,
)
def test_scopes_are_names(outputs: Sequence[str], expected: Sequence[str], tmp_path: Path) -> None:
    assert convolutions(tmp_path, *outputs) == tuple(expected)


def test_a_convolution_is_not_named_after_its_activation(tmp_path: Path) -> None:
    fused = (
        "model/re_lu/Relu;model/norm/FusedBatchNormV3;model/conv2d_1/BiasAdd;model/conv2d_1/Conv2D"
    )
    assert convolutions(tmp_path, fused, "model/last/Conv2D") == ("conv2d_1", "last")


def test_names_that_shared_constants_bring_along_are_not_taken(tmp_path: Path) -> None:
    shared = "model/other/Conv2D"
    fused = [f"model/re_lu_{i}/Relu;model/conv_{i}/Conv2D;{shared}" for i in range(4)]
    assert convolutions(tmp_path, *fused) == ("conv_0", "conv_1", "conv_2", "conv_3")


def test_keras_3_numbers_each_layer_when_it_exports(tmp_path: Path) -> None:
    scopes = ["conv2d_1", "conv2d_1_2", "conv2d_2_1", "dense_1"]  # as TensorFlow 2.21 writes them
    found = convolutions(tmp_path, *(f"sequential_1/{scope}/convolution1" for scope in scopes))
    assert found == ("conv2d", "conv2d_1", "conv2d_2", "dense")


def test_numbers_that_the_engineer_gave_stay(tmp_path: Path) -> None:
    scopes = ["conv_1", "conv_2", "conv_3"]
    assert convolutions(tmp_path, *(f"net/{scope}/Conv2D" for scope in scopes)) == tuple(scopes)


def test_operators_of_one_layer_are_told_apart_by_what_they_do(tmp_path: Path) -> None:
    parts = [("RELU", "Relu"), ("NEG", "Neg"), ("RELU", "Relu_1"), ("MUL", "mul"), ("ADD", "add")]
    prelu = [(kind, f"net/prelu1/{name}") for kind, name in parts]
    found = names(tmp_path, ("CONV_2D", "net/conv1/BiasAdd"), *prelu)
    assert found == ("conv1", "prelu1_relu", "prelu1_neg", "prelu1_relu_1", "prelu1_mul", "prelu1")


def test_a_kernel_has_its_layers_name(tmp_path: Path) -> None:
    found = names(
        tmp_path,
        ("EXPAND_DIMS", "model/conv1d/ExpandDims"),
        ("CONV_2D", "model/conv1d/Conv1D"),
        ("RESHAPE", "model/conv1d/Squeeze"),
        ("DEQUANTIZE", "model/conv1d/Conv1D_dequantize"),
    )
    assert found == ("conv1d_expand_dims", "conv1d", "conv1d_squeeze", "conv1d_dequantize")


def test_kinds_are_called_as_keras_calls_them(tmp_path: Path) -> None:
    kinds = ["FULLY_CONNECTED", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "ADD", "TRANSPOSE_CONV"]
    found = names(tmp_path, *((kind, "") for kind in kinds))
    assert found == ("dense", "depthwise_conv2d", "max_pooling2d", "add", "conv2d_transpose")


def test_long_paths_lose_the_words_that_most_operators_have(tmp_path: Path) -> None:
    paths = [
        f"transformer/residual{i}/conv{k}/StyleNorm/batchnorm/scale_mul"
        for i in (1, 2)
        for k in (1, 2)
    ]
    found = convolutions(tmp_path, "other/a/Conv2D", *paths)
    assert all(
        f"residual{i}_conv{k}" in name
        for name, (i, k) in zip(found[1:], [(1, 1), (1, 2), (2, 1), (2, 2)], strict=True)
    )


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_any_name_becomes_an_identifier(name: str, tmp_path: Path) -> None:
    found = convolutions(tmp_path, *[name] * 20, "dense/MatMul", f"{name}/Conv2D")
    check(found)


def test_many_operators_with_one_long_name_are_soon_named(tmp_path: Path) -> None:
    start = time.perf_counter()
    check(convolutions(tmp_path, *["model/" + "Ab/" * 3000] * 3000))
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("path", plain_models())
def test_names_of_real_models_are_identifiers_and_always_the_same(path: Path) -> None:
    with inspector.open(path) as opened, inspector.open(path) as again:
        for graph, other in zip(opened.subgraphs, again.subgraphs, strict=True):
            found = layer_names(graph)
            assert len(found) == len(graph.operators)
            assert found == layer_names(other)
            check(found)


def check(found: Sequence[str]) -> None:
    assert len(set(found)) == len(found)
    for name in found:
        assert name.isidentifier() and name.isascii() and name == name.lower()
        assert len(name) <= 40 and not keyword.iskeyword(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Conv2D_Fold", "conv2d_fold"),
        ("MobilenetV2/Conv", "mobilenet_v2_conv"),
        ("leakyReLU", "leaky_re_lu"),
        ("serving_default_x:0", "serving_default_x_0"),
        ("3x3", "n_3x3"),
        ("with", "with_"),
        ("模型", ""),
        ("", ""),
        ("CON", "con_"),  # a device of Windows, where a file or folder is meant
        ("model/aux", "model_aux"),
        ("aux", "aux_"),
        ("com1", "com1_"),
        ("console", "console"),
    ],
)
def test_identifiers(text: str, expected: str) -> None:
    assert identifier(text) == expected


MOBILENET = FOLDER / "networks" / "mlkit-automl_labeler_model.tflite"


@pytest.mark.skipif(not MOBILENET.exists(), reason="../shared/models is not there")
def test_a_mobilenet_reads_as_in_its_paper() -> None:
    with inspector.open(MOBILENET) as opened:
        found = layer_names(opened.subgraphs[0])
    block = [f"expanded_conv_2_{part}" for part in ("expand", "depthwise", "project")]
    assert found[:3] == ("conv", "expanded_conv_depthwise", "expanded_conv_project")
    assert {*block, "expanded_conv_2", "logits_conv2d_1c_1x1"} <= {*found}

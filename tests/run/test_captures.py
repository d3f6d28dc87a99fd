"""Captures beyond the plain case: more models, more kernels, NaN, open sizes, another sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.run.capture import capture
from inspector.run.inputs import inputs_of
from inspector.run.probe import Probe
from inspector.run.runtime import Kernels, Runtime
from tests.run.litert import FIXTURES, interpreter, shared
from tests.written import code, made, model, operator, subgraph, tensor, write

OTHERS = [
    "networks/armzoo-ds_cnn_quantized.tflite",
    "networks/mlctiny-model_toycar_quant.tflite",
    "networks/tflsupport-dilated_conv.tflite",
    "networks/coral-ssd_mobilenet_v1_coco_quant_postprocess_head_layers.tflite",
    "networks/litert-simple_group_norm_op.tflite",
    "small/litert-nested_while.bin",
    "small/litert-multi_add.bin",
]


def drawn(opened: inspector.Model, seed: int = 5) -> list[np.ndarray]:
    return inputs_of(opened).read([], seed)


@pytest.mark.parametrize("name", OTHERS)
def test_every_written_tensor_is_captured_bit_for_bit(name: str) -> None:
    path = shared(name)
    with inspector.open(path) as opened:
        inputs = drawn(opened)
        found = capture(opened, inputs)
        written = {i for op in opened.subgraphs[0].operators for i in op.outputs}
    assert found.outputs_equal and not found.missing
    assert found.values.keys() >= written
    expected = interpreter(path, inputs, preserve=True)
    for index, value in found.values.items():
        there = expected.get_tensor(index)
        assert (value.dtype, value.shape) == (there.dtype, there.shape)
        assert value.tobytes() == there.tobytes(), f"tensor {index}"


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", FIXTURES)
def test_looking_does_not_change_what_the_delegate_computes(
    fixtures: Path, name: str, threads: int
) -> None:
    with inspector.open(fixtures / name) as opened:
        inputs, (output,) = drawn(opened), opened.subgraphs[0].outputs
        found = capture(opened, inputs, kernels=Kernels.XNNPACK, threads=threads)
    expected = interpreter(fixtures / name, inputs, OpResolverType.BUILTIN)
    assert found.outputs_equal and not found.missing
    assert found.values[output].tobytes() == expected.get_tensor(output).tobytes()


@pytest.mark.parametrize("name", FIXTURES)
def test_a_loaded_model_takes_one_sample_after_another(fixtures: Path, name: str) -> None:
    with inspector.open(fixtures / name) as opened:
        probe = Probe(opened, None, Runtime())
        for seed in (1, 2, 1):
            inputs = drawn(opened, seed)
            found, expected = probe.run(inputs), interpreter(fixtures / name, inputs, preserve=True)
            assert all(np.array_equal(v, expected.get_tensor(i)) for i, v in found.items())


def test_nan_and_infinity_go_through_as_they_are(fixtures: Path) -> None:
    path = fixtures / "cnn.tflite"
    image = np.random.default_rng(1).random((1, 32, 32, 3), np.float32)
    image[0, 3, 3] = np.nan, np.inf, -np.inf
    with inspector.open(path) as opened:
        found = capture(opened, [image])
    expected = interpreter(path, [image], preserve=True)
    assert found.outputs_equal
    assert any(np.isnan(value).any() for i, value in found.values.items() if i)
    for index, value in found.values.items():
        assert value.tobytes() == expected.get_tensor(index).tobytes()


def test_tensors_have_the_size_that_the_inputs_gave_them(tmp_path: Path) -> None:
    tensors = [tensor(name, [1], shapeSignature=[-1]) for name in ("left", "right", "sum", "whole")]
    graph = subgraph(
        tensors, [operator([0, 1], [2]), operator([2], [3], opcodeIndex=1)], inputs=[0, 1]
    )
    codes = [code(), code(schema.BuiltinOperator.CEIL)]
    with inspector.open(
        write(tmp_path / "open.tflite", model([graph], operatorCodes=codes))
    ) as opened:
        for size in (1, 5, 3):
            left = np.linspace(-1, 1, size, dtype=np.float32)
            found = capture(opened, [left, left])
            assert np.array_equal(found.values[2], left + left)
            assert np.array_equal(found.values[3], np.ceil(left + left))
            assert found.outputs_equal


def test_an_intermediate_keeps_its_value_though_its_memory_is_used_again(tmp_path: Path) -> None:
    count = 30
    tensors = [tensor(f"t{i}", [64]) for i in range(count + 1)]
    adding = [operator([i, i], [i + 1]) for i in range(count)]
    path = write(tmp_path / "m.tflite", model([subgraph(tensors, adding, inputs=[0])]))
    with inspector.open(path) as opened:
        found = capture(opened, [np.ones(64, np.float32)])
    assert [value[0] for value in found.values.values()] == [2.0**i for i in range(count + 1)]


def test_tensors_of_other_types_are_captured_as_they_are_stored(tmp_path: Path) -> None:
    kinds = schema.TensorType
    scale = made(schema.QuantizationParametersT, scale=[0.5], zeroPoint=[3])
    tensors = [
        tensor("x", [4]),
        tensor("levels", [4], type=kinds.INT8, quantization=scale),
        tensor("flags", [4], type=kinds.BOOL),
    ]
    codes = [code(schema.BuiltinOperator.QUANTIZE), code(schema.BuiltinOperator.EQUAL)]
    operators = [operator([0], [1]), operator([0, 0], [2], opcodeIndex=1)]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[1, 2])
    path = write(tmp_path / "m.tflite", model([graph], operatorCodes=codes))
    with inspector.open(path) as opened:
        found = capture(opened, [np.array([-1, 0, 1.5, np.nan], np.float32)], tensors=[1, 2])
    assert found.values[1].dtype == np.int8 and found.values[1][:3].tolist() == [1, 3, 6]
    assert found.values[2].dtype == bool and found.values[2].tolist() == [True, True, True, False]


def test_an_index_that_is_not_there_is_no_capture(fixtures: Path) -> None:
    with inspector.open(fixtures / "mnist.tflite") as opened:
        with pytest.raises(inspector.InputError, match="1 subgraphs, none 1"):
            capture(opened, [np.ones((1, 28, 28), np.float32)], subgraph=1)

"""What real files seldom hold, in models written by LiteRT's schema classes and read by us."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from written import made, operator, subgraph, tensor

import inspector
from inspector.read.model import Model
from inspector.read.records import Tensor, VariantType
from inspector.read.schema import TensorType


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    """A function that writes a model and opens it."""
    return lambda found: inspector.open(written.write(tmp_path / "model.tflite", found))


def only_tensor(model: Model) -> Tensor:
    return model.subgraphs[0].tensors[0]


def one_tensor(buffers: tuple[bytes, ...] = (), **fields: Any) -> Any:
    """A model of one tensor."""
    return written.model([subgraph([tensor(**fields)])], buffers)


@pytest.mark.parametrize(
    ("new", "old", "name"),
    [
        (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.CONV_2D, "CONV_2D"),
        (0, schema.BuiltinOperator.CONV_2D, "CONV_2D"),  # written before there was a new field
        (schema.BuiltinOperator.GELU, 127, "GELU"),  # the old field is a byte, and full
        (schema.BuiltinOperator.CONV_2D, 0, "CONV_2D"),
        (0, 0, "ADD"),
    ],
)
def test_the_larger_of_both_code_fields_is_the_operator(
    opened: Any, new: int, old: int, name: str
) -> None:
    code = made(schema.OperatorCodeT, builtinCode=new, deprecatedBuiltinCode=old, version=2)
    (found,) = opened(written.add_model(operatorCodes=[code])).subgraphs[0].operators
    assert (found.name, found.version, found.custom) == (name, 2, False)


def test_a_code_beyond_the_schema_is_named_by_its_number(opened: Any) -> None:
    found = opened(written.add_model(operatorCodes=[written.code(5000)]))
    assert found.subgraphs[0].operators[0].name == "BUILTIN_5000"


def test_a_custom_operator_has_its_own_name(opened: Any) -> None:
    code = written.code(written.CUSTOM, customCode="MyOp")
    (found,) = opened(written.add_model(operatorCodes=[code])).subgraphs[0].operators
    assert (found.name, found.custom) == ("MyOp", True)


def custom(**fields: Any) -> Any:
    """A model of one custom operator."""
    code = written.code(written.CUSTOM, customCode="MyOp")
    graph = subgraph([tensor(), tensor()], [operator([0], [1], **fields)])
    return written.model([graph], operatorCodes=[code])


def test_custom_options_are_read_as_a_flexbuffer_map(opened: Any) -> None:
    raw = flexbuffers.Dumps({"stride": 2, "names": ["a", "b"], "scale": 0.5, "on": True})
    (found,) = opened(custom(customOptions=list(raw))).subgraphs[0].operators
    assert found.options == {"stride": 2, "names": ["a", "b"], "scale": 0.5, "on": True}


def test_custom_options_that_are_no_flexbuffer_are_given_as_bytes(opened: Any) -> None:
    (found,) = opened(custom(customOptions=[1, 2, 255])).subgraphs[0].operators
    assert found.options == {"bytes": "0102ff"}


def test_custom_options_behind_the_flatbuffer_are_read(tmp_path: Path) -> None:
    raw = bytes(flexbuffers.Dumps({"size": 7}))
    start = len(written.packed(custom(largeCustomOptionsOffset=1 << 20, largeCustomOptionsSize=1)))
    fields = {"largeCustomOptionsOffset": start, "largeCustomOptionsSize": len(raw)}
    path = tmp_path / "model.tflite"
    path.write_bytes(written.packed(custom(**fields)) + raw)
    assert inspector.open(path).subgraphs[0].operators[0].options == {"size": 7}


def test_an_operator_without_options_has_none(opened: Any) -> None:
    assert opened(written.add_model()).subgraphs[0].operators[0].options == {}


def test_an_absent_field_of_the_options_has_the_default_of_the_schema(opened: Any) -> None:
    options = made(schema.Conv2DOptionsT, strideH=2)
    kind = schema.BuiltinOptions.Conv2DOptions
    found = operator([0], [1], builtinOptions=options, builtinOptionsType=kind)
    model = opened(written.model([subgraph([tensor(), tensor()], [found])]))
    expected = {"padding": "SAME", "stride_w": 0, "stride_h": 2, "dilation_w_factor": 1}
    assert expected.items() <= model.subgraphs[0].operators[0].options.items()


def test_options_of_the_second_union_are_read(opened: Any) -> None:
    options = made(schema.StablehloConcatenateOptionsT, dimension=3)
    kind = schema.BuiltinOptions2.StablehloConcatenateOptions
    found = operator([0], [1], builtinOptions2=options, builtinOptions2Type=kind)
    model = opened(written.model([subgraph([tensor(), tensor()], [found])]))
    assert model.subgraphs[0].operators[0].options == {"dimension": 3}


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_an_option_may_be_no_finite_number(opened: Any, value: float) -> None:
    options = made(schema.SoftmaxOptionsT, beta=value)
    kind = schema.BuiltinOptions.SoftmaxOptions
    found = operator([0], [1], builtinOptions=options, builtinOptionsType=kind)
    model = opened(written.model([subgraph([tensor(), tensor()], [found])]))
    assert str(model.subgraphs[0].operators[0].options["beta"]) == str(value)


def two_buffers(second: Any) -> dict[str, Any]:
    """The field that gives a model the empty buffer and another."""
    return {"buffers": [written.buffer(b""), second]}


def test_a_buffer_behind_the_flatbuffer_is_read(tmp_path: Path) -> None:
    values = np.arange(6, dtype=np.float32)

    def bytes_with(offset: int) -> bytes:
        held = made(schema.BufferT, offset=offset, size=values.nbytes)
        graph = subgraph([tensor(shape=(2, 3), buffer=1)])
        return written.packed(written.model([graph], **two_buffers(held)))

    flatbuffer = bytes_with(offset=len(bytes_with(offset=1 << 20)))
    path = tmp_path / "model.tflite"
    path.write_bytes(flatbuffer + values.tobytes())
    model = inspector.open(path)
    assert model.buffer_extent(1) == (len(flatbuffer), values.nbytes)
    np.testing.assert_array_equal(model.data(only_tensor(model)), values.reshape(2, 3))


def test_a_buffer_beyond_4_gigabytes_is_read(tmp_path: Path) -> None:
    values, place = np.arange(6, dtype=np.float32), (1 << 32) + 64
    held = made(schema.BufferT, offset=place, size=values.nbytes)
    graph = subgraph([tensor(shape=(2, 3), buffer=1)])
    path = written.write(tmp_path / "m.tflite", written.model([graph], **two_buffers(held)))
    with path.open("r+b") as file:  # what is skipped takes no room on the disk
        file.seek(place)
        file.write(values.tobytes())
    model = inspector.open(path)
    assert model.size > 1 << 32
    np.testing.assert_array_equal(model.data(only_tensor(model)), values.reshape(2, 3))


@pytest.mark.parametrize("offset", [0, 1])
def test_buffer_offsets_0_and_1_stand_for_no_bytes_behind_the_flatbuffer(
    opened: Any, offset: int
) -> None:
    held = made(schema.BufferT, offset=offset, size=8)
    graph = subgraph([tensor(buffer=1)])
    model = opened(written.model([graph], **two_buffers(held)))
    assert model.buffer_extent(1) == (0, 0)
    assert not model.is_constant(only_tensor(model))


def test_tensors_may_share_a_name_or_have_none(opened: Any) -> None:
    tensors = [tensor("same"), tensor("same"), tensor(""), made(schema.TensorT, shape=[1])]
    found = opened(written.model([subgraph(tensors)])).subgraphs[0].tensors
    assert [t.name for t in found] == ["same", "same", "", ""]
    assert [t.index for t in found] == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\nb", "\u202egpj", "日本", "a" * 5000])
def test_a_name_is_kept_as_it_is(opened: Any, name: str) -> None:
    assert only_tensor(opened(one_tensor(name=name))).name == name


def test_a_name_that_is_no_utf_8_shows_where(opened: Any) -> None:
    assert only_tensor(opened(one_tensor(name=b"a\xff"))).name == "a\N{REPLACEMENT CHARACTER}"


def test_a_scalar_has_no_dimensions_and_one_element(opened: Any) -> None:
    model = opened(one_tensor((np.float32(1.5).tobytes(),), shape=(), buffer=1))
    scalar = only_tensor(model)
    assert (scalar.shape, scalar.elements, scalar.nbytes) == ((), 1, 4)
    assert model.data(scalar) == np.float32(1.5)


@pytest.mark.parametrize("said", [False, True])
def test_an_empty_shape_is_a_scalars_where_the_file_says_so(opened: Any, said: bool) -> None:
    assert only_tensor(opened(one_tensor(shape=(), hasRank=said))).has_rank is said


def test_open_dimensions_are_minus_one_in_the_signature(opened: Any) -> None:
    found = only_tensor(opened(one_tensor(shape=(1, 8), shapeSignature=[-1, 8])))
    assert (found.shape, found.shape_signature) == ((1, 8), (-1, 8))


def test_a_long_shape_is_read(opened: Any) -> None:
    shape = tuple(range(1, 13))
    assert only_tensor(opened(one_tensor(shape=shape))).shape == shape


def test_a_variable_tensor_is_known(opened: Any) -> None:
    assert only_tensor(opened(one_tensor(isVariable=True))).is_variable


def test_a_variant_tells_what_it_holds(opened: Any) -> None:
    kind = schema.TensorType
    held = [
        made(schema.VariantSubTypeT, shape=[2, -1], type=kind.INT32, hasRank=True),
        made(schema.VariantSubTypeT, type=kind.FLOAT32),
    ]
    found = only_tensor(opened(one_tensor(type=kind.VARIANT, variantTensors=held)))
    assert found.variants == (
        VariantType((2, -1), TensorType.INT32, has_rank=True),
        VariantType((), TensorType.FLOAT32, has_rank=False),
    )


def test_the_inputs_that_an_operator_writes_are_told(opened: Any) -> None:
    found = operator([0, 0], [1], mutatingVariableInputs=[False, True], debugMetadataIndex=4)
    graph = subgraph([tensor(), tensor()], [found], debugMetadataIndex=2)
    read = opened(written.model([graph])).subgraphs[0]
    assert (read.operators[0].mutating, read.operators[0].debug_metadata) == ((False, True), 4)
    assert read.debug_metadata == 2


@pytest.mark.parametrize("vector", [schema.Int32VectorT, schema.Uint16VectorT, schema.Uint8VectorT])
def test_sparse_indices_of_each_width_are_read(opened: Any, vector: type) -> None:
    kind = getattr(schema.SparseIndexVector, vector.__name__.removesuffix("T"))
    dense = made(schema.DimensionMetadataT, denseSize=2)
    sparse = made(
        schema.DimensionMetadataT,
        format=schema.DimensionType.SPARSE_CSR,
        arraySegmentsType=kind,
        arraySegments=made(vector, values=[0, 1, 3]),
        arrayIndicesType=kind,
        arrayIndices=made(vector, values=[2, 0, 3]),
    )
    held = made(schema.SparsityParametersT, traversalOrder=[0, 1], dimMetadata=[dense, sparse])
    found = only_tensor(opened(one_tensor(sparsity=held))).sparsity
    assert found is not None
    assert found.traversal_order == (0, 1)
    assert [level.dense for level in found.dimensions] == [True, False]
    assert found.dimensions[0].size == 2
    assert found.dimensions[1].segments == (0, 1, 3)
    assert found.dimensions[1].indices == (2, 0, 3)


def test_signatures_and_metadata_are_read(opened: Any) -> None:
    entry = made(
        schema.SignatureDefT,
        signatureKey="serve",
        subgraphIndex=0,
        inputs=[made(schema.TensorMapT, name="x", tensorIndex=0)],
        outputs=[made(schema.TensorMapT, name="y", tensorIndex=2)],
    )
    kept = made(schema.MetadataT, name="note", buffer=0)
    model = opened(written.add_model(signatureDefs=[entry], metadata=[kept]))
    (signature,) = model.signatures
    assert (signature.key, signature.inputs, signature.outputs) == ("serve", {"x": 0}, {"y": 2})
    assert model.metadata == {"note": 0}


def test_a_model_may_have_no_subgraph(opened: Any) -> None:
    assert len(opened(written.model([])).subgraphs) == 0


def test_a_left_out_operand_is_minus_one(opened: Any) -> None:
    graph = subgraph([tensor(), tensor()], [operator([0, -1], [1])])
    assert opened(written.model([graph])).subgraphs[0].operators[0].inputs == (0, -1)


def test_a_field_that_is_zero_but_written_is_read() -> None:
    builder = flatbuffers.Builder()
    builder.ForceDefaults(True)
    builder.Finish(written.add_model().Pack(builder), b"TFL3")
    model = Model(bytes(builder.Output()))
    assert [t.name for t in model.subgraphs[0].tensors] == ["left", "right", "sum"]
    assert model.subgraphs[0].operators[0].inputs == (0, 1)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (flexbuffers.Dumps({"scale": 0.5}), {"scale": 0.5}),
        (b"\1\2\3", {"bytes": "010203"}),
        (b"", {}),
    ],
)
def test_the_attributes_of_a_composite_are_decoded(
    opened: Any, attributes: bytes, expected: dict[str, Any]
) -> None:
    held = made(schema.StableHLOCompositeOptionsT, compositeAttributes=list(attributes) or None)
    kind = schema.BuiltinOptions2.StableHLOCompositeOptions
    found = operator([0], [1], builtinOptions2=held, builtinOptions2Type=kind)
    model = opened(written.model([subgraph([tensor(), tensor()], [found])]))
    assert model.subgraphs[0].operators[0].options["composite_attributes"] == expected

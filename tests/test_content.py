"""Buffers of the same content, of zeros, and bytes that nothing refers to."""

from __future__ import annotations

import zipfile
from pathlib import Path

import flatbuffers
import pytest
import shared_models
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, operator, subgraph, tensor

import inspector
from inspector.content import PIECE, contents_of
from inspector.read.model import Model
from inspector.stats import part_of
from inspector.unused import LEAST, Unused, unused


def holding(tmp_path: Path, *constants: bytes, named: int | None = None, **fields: object) -> Path:
    """A model with these buffers, from 1 on, the first `named` of which a tensor names."""
    count = len(constants) if named is None else named
    tensors = [tensor(f"t{i}", (len(c),), buffer=i + 1) for i, c in enumerate(constants[:count])]
    for found in tensors:
        found.type = schema.TensorType.UINT8
    graph = subgraph([*tensors, tensor("y")], [operator([*range(count)], [count])], inputs=[])
    return written.write(tmp_path / "m.tflite", written.model([graph], constants, **fields))


def opened(path: Path) -> Model:
    return inspector.open(path)


def pattern(seed: int, length: int) -> bytes:
    return bytes((i * 7 + seed * 13) % 251 for i in range(length))


def test_buffers_of_equal_content_are_told_the_greatest_saving_first(tmp_path: Path) -> None:
    small, large = pattern(1, 10), pattern(2, 1000)
    path = holding(tmp_path, small, large, pattern(3, 1000), small, large, small, pattern(1, 11))
    found = contents_of(opened(path))
    assert found.duplicates == [(1000, (2, 5)), (10, (1, 4, 6))]
    assert found.duplicate_bytes == 1000 + 2 * 10
    assert (found.zeros, found.unchecked) == ({}, [])


def test_one_byte_that_differs_anywhere_is_a_difference(tmp_path: Path) -> None:
    whole = pattern(1, 1000)
    places = (0, 200, 499, 700, 999)
    others = [whole[:at] + b"\xff" + whole[at + 1 :] for at in places]
    assert contents_of(opened(holding(tmp_path, whole, *others))).duplicates == []


def test_buffers_of_zeros_are_told(tmp_path: Path) -> None:
    length = 2 * PIECE + 5
    almost = bytes(length - 1) + b"\1"
    path = holding(tmp_path, bytes(3), b"\0\0\1", bytes(length), almost)
    assert contents_of(opened(path)).zeros == {1: 3, 3: length}


def test_two_buffers_at_one_place_are_no_duplicates(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    places = [made(schema.BufferT, offset=4096, size=100) for _ in range(2)]
    model = written.model([], buffers=[schema.BufferT(), *places])
    path.write_bytes(written.packed(model).ljust(4096, b"\0") + pattern(1, 100))
    assert contents_of(opened(path)).duplicates == []


def test_no_more_is_read_than_the_limit(tmp_path: Path) -> None:
    path = holding(tmp_path, bytes(5000), pattern(1, 5000), pattern(1, 5000), b"\1\0", bytes(9))
    found = contents_of(opened(path), limit=6000)
    assert (found.zeros, found.duplicates, found.unchecked) == ({1: 5000, 5: 9}, [], [2, 3])
    assert contents_of(opened(path), limit=0).unchecked == [1, 5, 2, 3]


def unused_of(path: Path) -> Unused:
    model = opened(path)
    found = unused(model, [part_of(graph) for graph in model.subgraphs])
    assert found is not None
    return found


def test_a_model_that_uses_all_its_bytes_has_none_to_spare(fixtures: Path) -> None:
    for name in ("mnist", "mnist_int8", "cnn", "cnn_float16", "cnn_dynamic"):
        path = fixtures / f"{name}.tflite"
        found = unused_of(path)
        named = {t.buffer for g in opened(path).subgraphs for t in g.tensors}
        assert set(found.buffers).isdisjoint(named)
        assert (found.gaps, found.trailing) == ([], 0)


def test_every_kind_of_table_is_in_use(tmp_path: Path) -> None:
    sparse = made(
        schema.SparsityParametersT,
        traversalOrder=[0],
        dimMetadata=[
            made(
                schema.DimensionMetadataT,
                format=1,
                arraySegmentsType=2,
                arraySegments=made(schema.Uint16VectorT, values=[*range(100)]),
                arrayIndicesType=1,
                arrayIndices=made(schema.Int32VectorT, values=[*range(100)]),
            )
        ],
    )
    details = made(schema.CustomQuantizationT, custom=[1] * 100)
    quantization = made(schema.QuantizationParametersT, detailsType=1, details=details)
    tensors = [tensor("x" * 100, sparsity=sparse), tensor("y", quantization=quantization)]
    call = operator([0], [1], customOptions=[1] * 100)
    call.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    call.builtinOptions = made(schema.ReshapeOptionsT, newShape=[1] * 100)
    entry = made(schema.TensorMapT, name="argument" * 20, tensorIndex=0)
    signature = made(schema.SignatureDefT, signatureKey="key" * 40, inputs=[entry], outputs=[])
    fields = {"description": "d" * 100, "signatureDefs": [signature]}
    model = written.model([subgraph(tensors, [call])], **fields)
    assert unused_of(written.write(tmp_path / "m.tflite", model)) == Unused({}, [], 0)


def test_buffers_that_nobody_names_are_told(tmp_path: Path) -> None:
    path = holding(tmp_path, pattern(1, 10), pattern(2, 20), pattern(3, 30), named=1)
    assert unused_of(path).buffers == {2: 20, 3: 30}


def test_metadata_names_its_buffer(tmp_path: Path) -> None:
    entry = made(schema.MetadataT, name="note", buffer=2)
    path = holding(tmp_path, b"\1", pattern(2, 20), named=1, metadata=[entry])
    assert unused_of(path).total == 0


def with_a_gap(length: int) -> bytes:
    """A model in whose middle lie bytes that nothing points to."""
    builder = flatbuffers.Builder()
    description = builder.CreateString("described")
    builder.CreateByteVector(pattern(1, length))
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    schema.ModelAddDescription(builder, description)
    builder.Finish(schema.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def test_a_gap_between_tables_is_told(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(with_a_gap(200))
    ((start, end),) = unused_of(path).gaps
    assert pattern(1, 200) in path.read_bytes()[start:end]
    assert 200 + 4 <= end - start < 200 + 4 + 8  # its length before it, and alignment
    path.write_bytes(with_a_gap(LEAST // 2))
    assert unused_of(path).gaps == []


def test_bytes_behind_the_model_are_told_unless_they_are_a_zip(
    tmp_path: Path, fixtures: Path
) -> None:
    path = tmp_path / "m.tflite"
    content = (fixtures / "mnist.tflite").read_bytes()
    path.write_bytes(content + b"behind" * 20)
    assert unused_of(path).trailing == 120
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("labels.txt", "zero\none\n")
    assert unused_of(path).trailing == 0


def test_of_a_file_that_was_cut_short_nothing_is_told(tmp_path: Path) -> None:
    behind = made(schema.BufferT, offset=4096, size=100)
    model = written.model([], buffers=[schema.BufferT(), behind])
    path = written.write(tmp_path / "m.tflite", model)
    assert unused(opened(path), []) is None
    path.write_bytes(path.read_bytes().ljust(4096 + 100, b"\1"))
    assert unused(opened(path), []) is not None


def compiled_models() -> list[object]:
    """Models whose operators are code for a chip that lies behind the graph."""
    found = [p for p in shared_models.plain_models() if p.values[0] is not None]
    named = [p for p in found if "precompiled" in p.values[0].name or "sm8750" in p.values[0].name]
    return list(named) or [shared_models.ABSENT]


@pytest.mark.parametrize("path", compiled_models())
def test_code_for_a_chip_is_in_use(path: Path) -> None:
    assert unused_of(path).total < 500 < path.stat().st_size

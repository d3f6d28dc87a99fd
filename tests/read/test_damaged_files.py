"""Files that are no model, or lie: one `InspectorError` with one clear line, and nothing else."""

from __future__ import annotations

import os
import random
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from written import made, operator, subgraph, tensor

import inspector
from inspector.errors import InputError, InspectorError, ModelError
from inspector.read.model import Model
from tests.conftest import Result


def read_everything(model: Model) -> None:
    """Make every record, and look at every value."""
    _ = model.signatures
    for buffer in model.metadata.values():
        model.buffer_bytes(buffer)
    for graph in model.subgraphs:
        for found in graph.operators:
            _ = found.options
        for held in graph.tensors:
            if model.is_constant(held):
                model.data(held)


def one_line(error: InspectorError) -> str:
    """The message, which must be a line that says something."""
    message = str(error)
    assert re.fullmatch(r"[^\n]{10,400}", message), message
    return message


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Any], Model]:
    """A function that writes a model and opens it."""
    return lambda found: inspector.open(written.write(tmp_path / "model.tflite", found))


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.tflite: cannot be opened: no such file"):
        inspector.open(tmp_path / "absent.tflite")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        inspector.open(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe"):
        inspector.open(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty or cut short"),
        (b"TFL3", "empty or cut short"),
        (b"This is a text, and no model.\n", "not a TFLite model"),
        (b"\x89PNG\r\n\x1a\n" * 9, "not a TFLite model"),
        (b"\x1c\0\0\0TFL2" + bytes(64), "not a TFLite model"),
        (b"\xff\xff\xff\xffTFL3" + bytes(64), "lies outside the file"),
        (b"\x08\0\0\0TFL3\xff\xff\xff\x7f" + bytes(64), "before the file"),
    ],
)
def test_a_file_that_is_no_model(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=reason) as caught:
        read_everything(inspector.open(path))
    assert "model.tflite" in one_line(caught.value)


@pytest.mark.parametrize(("slot", "what"), [(6, "the operator codes"), (10, "a string")])
def test_what_the_root_table_has_lost_is_missed_where_it_is_needed(
    slot: int, what: str, fixtures: Path, tmp_path: Path, tfli: Callable[..., Result]
) -> None:
    """Writers put operator codes and the description last, so that short copies lack them."""
    data = bytearray((fixtures / "mnist.tflite").read_bytes())
    table = schema.Model.GetRootAs(data, 0)._tab
    struct.pack_into("<I", data, table.Pos + table.Offset(slot), len(data))
    path = tmp_path / "short.tflite"
    path.write_bytes(data)
    whole = tfli("tensors", fixtures / "mnist.tflite", "--json").json["tensors"]
    shown = tfli("tensors", path, "--json").json["tensors"]
    assert [each["name"] for each in shown] == [each["name"] for each in whole]
    result = tfli("info", path)
    assert result.code == 2
    assert what in result.err
    assert len(result.out.splitlines()) < 40


def test_a_model_cut_short_at_any_length(fixtures: Path) -> None:
    whole = (fixtures / "cnn_int8.tflite").read_bytes()
    for length in [*range(0, 2000, 7), *range(2000, len(whole) - 16, 211)]:
        with pytest.raises(ModelError) as caught:
            read_everything(Model(whole[:length], "model"))
        one_line(caught.value)


DAMAGES = {
    "buffer of a tensor": (
        written.model([subgraph([tensor(buffer=7)])]),
        r"subgraph 0, tensor 0: it refers to buffer 7, and the model has 1",
    ),
    "type of a tensor": (
        written.model([subgraph([tensor(type=99)])]),
        r"subgraph 0, tensor 0: its type is 99, and the schema knows 0 to 22",
    ),
    "size of a dimension": (
        written.model([subgraph([tensor(shape=[4, -7])])]),
        r"subgraph 0, tensor 0: its shape has 2 dimensions, \[4, -7\]",
    ),
    "rank of a tensor": (
        written.model([subgraph([tensor(shape=[1] * 5000)])]),
        r"subgraph 0, tensor 0: its shape has 5000 dimensions",
    ),
    "code of an operator": (
        written.model([subgraph([tensor()], [operator([0], [0], opcodeIndex=3)])]),
        r"subgraph 0, operator 0: its code is entry 3 of 1",
    ),
    "input of an operator": (
        written.model([subgraph([tensor()], [operator([912], [0])])]),
        r"subgraph 0, operator 0: its operands name tensor 912, and the subgraph has 1",
    ),
    "output of an operator": (
        written.model([subgraph([tensor()], [operator([0], [1])])]),
        r"subgraph 0, operator 0: its operands name tensor 1, and the subgraph has 1",
    ),
    "intermediate of an operator": (
        written.model([subgraph([tensor()], [operator([0], [0], intermediates=[5])])]),
        r"subgraph 0, operator 0: its operands name tensor 5, and the subgraph has 1",
    ),
    "negative input of an operator": (
        written.model([subgraph([tensor()], [operator([-2], [0])])]),
        r"subgraph 0, operator 0: its operands name tensor -2, and the subgraph has 1",
    ),
    "options of an operator": (
        written.model(
            [
                subgraph(
                    [tensor()],
                    [
                        operator(
                            [0], [0], largeCustomOptionsOffset=99, largeCustomOptionsSize=1 << 40
                        )
                    ],
                )
            ]
        ),
        r"operator 0 \(ADD\) in subgraph 0: its options cannot be read: .* lie outside the file",
    ),
    "input of a subgraph": (
        written.model([subgraph([tensor()], inputs=[1])]),
        r"subgraph 0: its inputs name tensor 1, and the subgraph has 1",
    ),
    "output of a subgraph": (
        written.model([subgraph([tensor()], outputs=[-5])]),
        r"subgraph 0: its outputs name tensor -5, and the subgraph has 1",
    ),
    "tensor of a signature": (
        written.add_model(
            signatureDefs=[
                made(
                    schema.SignatureDefT,
                    signatureKey="serve",
                    inputs=[made(schema.TensorMapT, name="x", tensorIndex=3)],
                )
            ]
        ),
        r"signature 'serve' name tensor 3, and the subgraph has 3",
    ),
    "subgraph of a signature": (
        written.add_model(
            signatureDefs=[made(schema.SignatureDefT, signatureKey="serve", subgraphIndex=1)]
        ),
        r"signature 'serve' names subgraph 1",
    ),
    "buffer of a metadata entry": (
        written.add_model(metadata=[made(schema.MetadataT, name="note", buffer=8)]),
        r"buffer 8 is asked for, and the model has 1",
    ),
    "extent of a buffer": (
        written.model(
            [subgraph([tensor(buffer=1)])],
            buffers=[written.buffer(b""), made(schema.BufferT, offset=1000, size=1 << 40)],
        ),
        r"buffer 1 claims 1099511627776 bytes from byte 1000, and the file ends at",
    ),
    "bytes of a constant": (
        written.model([subgraph([tensor(shape=[3], buffer=1)])], [bytes(8)]),
        r"tensor 0: it has 8 stored bytes; float32 \[3\] needs 12",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_a_file_says_wrongly_is_named(opened: Callable[[Any], Model], damage: str) -> None:
    found, message = DAMAGES[damage]
    with pytest.raises(ModelError, match=message) as caught:
        read_everything(opened(found))
    one_line(caught.value)


def test_only_model_errors_come_out_of_files_with_changed_bytes(fixtures: Path) -> None:
    whole, rng = (fixtures / "mnist_int8.tflite").read_bytes(), random.Random(5)
    core = [at for at in range(0, len(whole) - 4, 4) if at < 400 or at > len(whole) - 4000]
    for _ in range(1500):
        data = bytearray(whole)
        for at in rng.sample(core, rng.choice((1, 1, 3))):
            data[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 2**31, 2**32 - 1, at)))
        try:
            read_everything(Model(bytes(data), "model"))
        except ModelError as error:
            one_line(error)

"""Tensors whose values lie in files beside the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from written import made, subgraph, tensor

import inspector
from inspector.errors import ModelError
from inspector.read.model import Model
from inspector.read.records import ExternalBuffer
from inspector.weights.decode import decode

ID = 1 << 31  # LiteRT sets the highest bit, so that none is taken for a buffer's index
VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


def external(group: str = "weights.bin", **fields: Any) -> Any:
    """A model of one constant, whose values lie 64 bytes into a file."""
    fields = {"id": ID, "group": 1, "offset": 64, "length": VALUES.nbytes} | fields
    held = made(schema.ExternalBufferT, **fields)
    groups = [made(schema.ExternalBufferGroupT, name=name) for name in ("", group)]
    graph = subgraph([tensor("kernel", (2, 3), externalBuffer=ID)])
    return written.model([graph], externalBufferGroups=groups, externalBuffers=[held])


def opened(folder: Path, found: Any) -> Model:
    return inspector.open(written.write(folder / "model.tflite", found))


def constant(model: Model) -> np.ndarray:
    return model.data(model.subgraphs[0].tensors[0])


def test_values_are_read_from_the_file_beside_the_model(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(64) + VALUES.tobytes())
    with opened(tmp_path, external()) as model:
        assert model.is_constant(model.subgraphs[0].tensors[0])
        np.testing.assert_array_equal(constant(model), VALUES)
        np.testing.assert_array_equal(decode(model, model.subgraphs[0].tensors[0]), VALUES)


def test_a_group_may_lie_in_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "w.bin").write_bytes(bytes(64) + VALUES.tobytes())
    model = opened(tmp_path, external("data/w.bin", packing="unpacked"))
    np.testing.assert_array_equal(constant(model), VALUES)
    held = ExternalBuffer(ID, "data/w.bin", 64, VALUES.nbytes, "unpacked")
    assert model.external_buffers == {ID: held}


def test_a_file_that_is_not_there_is_named_with_its_place(tmp_path: Path) -> None:
    model = opened(tmp_path, external())
    with pytest.raises(ModelError, match=r"24 bytes from byte 64 of 'weights\.bin', exp") as told:
        constant(model)
    assert f"expected in {str(tmp_path)!r}: cannot be opened: no such file" in str(told.value)
    assert str(told.value).count("tensor 0") == 1


def test_a_file_that_is_too_short_is_told(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(80))
    with pytest.raises(ModelError, match=r"byte 64 of 'weights.bin'.* ends at byte 80"):
        constant(opened(tmp_path, external()))


@pytest.mark.parametrize("length", [1 << 62, 2**64 - 1])
def test_a_length_that_no_file_has_is_told(tmp_path: Path, length: int) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(80))
    with pytest.raises(ModelError, match="ends at byte 80"):
        constant(opened(tmp_path, external(length=length)))


@pytest.mark.parametrize("group", ["../secret", "a/../../secret", "", ".", "a\0b", "link", "out/x"])
def test_nothing_outside_of_the_folder_is_opened(tmp_path: Path, group: str) -> None:
    secret, folder = tmp_path / "secret", tmp_path / "model"
    secret.write_bytes(bytes(200))
    folder.mkdir()
    (folder / "link").symlink_to(secret)
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(ModelError, match=r"not in the model's folder|names no file"):
        constant(opened(folder, external(group)))


def test_an_absolute_path_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(200))
    (tmp_path / "model").mkdir()
    with pytest.raises(ModelError, match="not in the model's folder"):
        constant(opened(tmp_path / "model", external(str(secret))))


def test_a_model_that_lists_no_such_buffer_is_damaged(tmp_path: Path) -> None:
    model = opened(tmp_path, written.model([subgraph([tensor(externalBuffer=3)])]))
    with pytest.raises(ModelError, match="external buffer 3, and the model lists no such"):
        model.is_constant(model.subgraphs[0].tensors[0])


def test_a_group_that_there_is_not_is_a_fault(tmp_path: Path) -> None:
    found = external()
    found.externalBuffers[0].group = 9
    with pytest.raises(ModelError, match="lies in group 9, and the model has 2"):
        constant(opened(tmp_path, found))


def test_two_buffers_of_one_id_are_a_fault(tmp_path: Path) -> None:
    found = external()
    found.externalBuffers *= 2
    with pytest.raises(ModelError, match=f"two external buffers have the id {ID}"):
        constant(opened(tmp_path, found))


def test_the_listing_tells_where_the_values_are(tfli: Any, tmp_path: Path) -> None:
    path = written.write(tmp_path / "model.tflite", external(packing="unpacked"))
    result: Result = tfli("tensors", path, "--json")
    (found,) = result.json["tensors"]
    assert (result.code, found["kind"], found["bytes"]) == (0, "output", VALUES.nbytes)
    assert found["external"] == {
        "id": ID,
        "group": "weights.bin",
        "offset": 64,
        "bytes": VALUES.nbytes,
        "packing": "unpacked",
    }


def test_info_tells_whether_the_file_is_there(tfli: Any, tmp_path: Path) -> None:
    path = written.write(tmp_path / "model.tflite", external())
    result = tfli("info", path, "--json")
    told = {"name": "weights.bin", "slices": 1, "bytes": VALUES.nbytes}
    assert (result.code, result.json["external_files"]) == (0, [{**told, "readable": False}])
    assert any("cannot be opened: no such file" in line for line in result.json["warnings"])
    assert result.json["external_buffers"][0]["offset"] == 64
    (tmp_path / "weights.bin").write_bytes(bytes(64) + VALUES.tobytes())
    result = tfli("info", path, "--json")
    assert (result.json["external_files"], result.json["warnings"]) == (
        [{**told, "readable": True}],
        [],
    )
    assert "weights.bin       1   24 B  is there" in tfli("info", path).out

"""LiteRT-LM files, written with the flatbuffers builder by the published schema."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
import written
from archives import container
from conftest import Result
from shared_models import FOLDER

import inspector
from inspector.errors import InspectorError, ModelError

Tfli = Callable[..., Result]


def pair(builder: flatbuffers.Builder, key: str, value: str | int) -> int:
    """A KeyValuePair of litertlm_header_schema.fbs: a StringValue, or a UInt32 struct."""
    name = builder.CreateString(key)
    if isinstance(value, str):
        text = builder.CreateString(value)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, text, 0)
        held, kind = builder.EndObject(), 9
    else:
        builder.Prep(4, 4)
        builder.PrependUint32(value)
        held, kind = builder.Offset(), 5
    builder.StartObject(3)
    builder.PrependUOffsetTRelativeSlot(0, name, 0)
    builder.PrependUint8Slot(1, kind, 0)
    builder.PrependUOffsetTRelativeSlot(2, held, 0)
    return int(builder.EndObject())


def vector(builder: flatbuffers.Builder, items: list[int]) -> int:
    builder.StartVector(4, len(items), 4)
    for item in reversed(items):
        builder.PrependUOffsetTRelative(item)
    return int(builder.EndVector())


def held(builder: flatbuffers.Builder, *slots: int) -> int:
    builder.StartObject(len(slots))
    for slot, offset in enumerate(slots):
        builder.PrependUOffsetTRelativeSlot(slot, offset, 0)
    return int(builder.EndObject())


def litertlm(sections: list[tuple[int, bytes, dict[str, Any]]]) -> bytes:
    """A LiteRT-LM file with sections (type, content, notes), each in blocks of 16 KB."""
    block = 16 * 1024
    builder, places, at = flatbuffers.Builder(), [], block
    for kind, content, notes in sections:
        items = vector(builder, [pair(builder, key, value) for key, value in notes.items()])
        builder.StartObject(4)
        builder.PrependUOffsetTRelativeSlot(0, items, 0)
        builder.PrependUint64Slot(1, at, 0)
        builder.PrependUint64Slot(2, at + len(content), 0)
        builder.PrependUint8Slot(3, kind, 0)
        places.append(builder.EndObject())
        at += -(-len(content) // block) * block
    listed = held(builder, vector(builder, places))
    system = held(builder, vector(builder, [pair(builder, "Authors", "somebody")]))
    builder.Finish(held(builder, system, listed))
    header = bytes(builder.Output())
    whole = bytearray(struct.pack("<8s3I4xQ", b"LITERTLM", 1, 1, 0, 32 + len(header)) + header)
    for _, content, _ in sections:
        whole += bytes(-len(whole) % block) + content
    return bytes(whole)


def test_the_sections_of_a_litertlm_file(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    tokenizer = struct.pack("<Q", 40) + zlib.compress(b'{"version": "1.0", "added_tokens": []}')
    sections: list[tuple[int, bytes, dict[str, Any]]] = [
        (5, b"\x08\x01\x12\x00", {}),
        (6, tokenizer, {}),
        (3, mnist, {"model_type": "tf_lite_prefill_decode", "backends": 3}),
        (3, mnist, {"model_type": "tf_lite_embedder"}),
        (77, b"\0\1", {}),
    ]
    path = tmp_path / "chat.litertlm"
    path.write_bytes(litertlm(sections))
    found = tfli("info", path, "--json").json
    assert found["details"] == {"version": "1.1.0", "Authors": "somebody"}
    declared = ["LlmMetadataProto", "HF_Tokenizer_Zlib", "TFLiteModel", "TFLiteModel", "type 77"]
    assert [member["declared"] for member in found["members"]] == declared
    assert [member["kind"] for member in found["members"]][1:4] == ["tokenizer", "model", "model"]
    assert found["members"][2]["details"] == sections[2][2]
    assert [member["size"] for member in found["members"]] == [len(s[1]) for s in sections]
    with inspector.open(f"{path}::tf_lite_embedder") as opened:
        assert bytes(opened.buffer.cut(0, opened.size)) == mnist
    page = tfli(path)
    assert "LlmMetadataProto" in page.out
    assert "tf_lite_prefill_decode" in page.out


def test_sections_that_are_called_alike_are_numbered(tmp_path: Path, mnist: bytes) -> None:
    path = tmp_path / "a.litertlm"
    path.write_bytes(litertlm([(3, mnist, {}), (3, mnist, {})]))
    assert [member.name for member in container(path).members] == ["TFLiteModel_1", "TFLiteModel_2"]


def test_a_section_outside_of_the_file_is_told(tfli: Tfli, tmp_path: Path, mnist: bytes) -> None:
    path = tmp_path / "a.litertlm"
    path.write_bytes(litertlm([(3, mnist, {})])[:-9])
    result = tfli("info", path, "--json")
    assert "the file is damaged, or was cut short" in result.json["members"][0]["reason"]
    with pytest.raises(ModelError, match="cut short"):
        inspector.open(f"{path}::0")


def test_a_damaged_header_never_raises_anything_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    whole = litertlm([(3, written.packed(written.add_model()), {"model_type": "x", "n": 4})])
    path = tmp_path / "a.litertlm"
    for _ in range(300):
        data = bytearray(whole)
        for at in rng.integers(400, size=3):
            data[at] = rng.integers(256)
        path.write_bytes(bytes(data))
        try:
            with inspector.open(path) as opened:
                list(opened.subgraphs[0].operators)
        except InspectorError:
            continue


@pytest.mark.skipif(not FOLDER.exists(), reason="../shared/models is not there")
def test_real_litertlm_files_hold_the_models_that_they_declare() -> None:
    for path in FOLDER.rglob("*.litertlm"):
        found = container(path)
        for member in found.members:
            is_model = found.kind_of(member) == "model"
            assert is_model == (member.declared == "TFLiteModel")
            if is_model:
                with inspector.open(f"{path}::{member.name}") as opened:
                    assert len(opened.subgraphs[0].operators)

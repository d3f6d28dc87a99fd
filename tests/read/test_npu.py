"""Code for NPUs in a model: named with the chip, the place and the size that the file tells."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import by_schema
import flatbuffers
import pytest
import written
from ai_edge_litert import schema_py_generated as schema
from conftest import Result
from flatbuffers import flexbuffers
from shared_models import FOLDER

import inspector
from inspector.errors import ModelError
from inspector.read.npu import Compiled, compiled

Tfli = Callable[..., Result]
CODE = b"\x10\0\0\0DGC0" + bytes(range(100))
needs_models = pytest.mark.skipif(not FOLDER.exists(), reason="../shared/models is not there")


def custom_model(
    name: str, options: bytes, metadata: dict[str, bytes], constants: tuple[bytes, ...] = ()
) -> bytes:
    """One custom operator that reads an input and the constants."""
    tensors = [written.tensor("input")]
    tensors += [
        written.tensor(f"c{i}", (len(data),), type=schema.TensorType.UINT8, buffer=i + 1)
        for i, data in enumerate(constants)
    ]
    tensors.append(written.tensor("output"))
    last = len(tensors) - 1
    operator = written.operator(range(last), [last], customOptions=list(options) or None)
    code = written.code(written.CUSTOM, customCode=name)
    entries = [
        written.made(schema.MetadataT, name=key, buffer=len(constants) + 1 + i)
        for i, key in enumerate(metadata)
    ]
    graph = written.subgraph(tensors, [operator], inputs=[0])
    held = [*constants, *metadata.values()]
    return written.packed(written.model([graph], held, operatorCodes=[code], metadata=entries))


def read(data: bytes) -> list[Compiled]:
    model = inspector.Model(data, "m.tflite")
    return list(compiled(model, model.subgraphs[0].operators))


def dispatched(offset: int, size: int = len(CODE)) -> bytes:
    options = {"bytecode_size": size, "bytecode_offset": offset, "name": "partition_0"}
    stamp = struct.pack("125s125s", b"Qualcomm", b"SM8750")
    return custom_model("DISPATCH_OP", bytes(flexbuffers.Dumps(options)), {"LiteRtStamp": stamp})


def test_code_that_litert_dispatches_is_found_behind_the_model() -> None:
    head = dispatched(1000)
    assert len(head) < 1000
    (found,) = read(head.ljust(1000, b"\0") + CODE)
    assert (found.target, found.entry) == ("Qualcomm SM8750", "partition_0")
    assert (found.offset, found.size) == (1000, len(CODE))


def test_code_without_a_stamp_is_known_by_how_it_begins() -> None:
    options = bytes(flexbuffers.Dumps({"bytecode_size": len(CODE), "bytecode_offset": 1000}))
    (found,) = read(custom_model("DISPATCH_OP", options, {}).ljust(1000, b"\0") + CODE)
    assert found.target == "Google Tensor"


def test_code_that_is_not_there_is_a_fault(tfli: Tfli, tmp_path: Path) -> None:
    data = dispatched(5000)
    with pytest.raises(ModelError, match=r"operator 0 \(DISPATCH_OP\): .* was cut short"):
        read(data)
    path = tmp_path / "m.tflite"
    path.write_bytes(data)
    result = tfli("info", path, "--json")
    assert (result.code, result.json["compiled"]) == (2, [])


def test_the_older_way_names_a_metadata_entry() -> None:
    options = struct.pack("125s125s", b"entry", b"NPU_CODE")
    place = struct.pack("15s11s11s", b"<npu_byte_code>", b"2000", b"108")
    stamp = struct.pack("125s125sB", b"", b"", 1)
    data = custom_model("DISPATCH_OP", options, {"NPU_CODE": place, "LiteRtStamp": stamp})
    (found,) = read(data.ljust(2000, b"\0") + CODE)
    assert (found.offset, found.size, found.entry) == (2000, 108, "entry")


@pytest.mark.parametrize(
    ("name", "target"),
    [("ethos-u", "Arm Ethos-U"), ("NeutronGraph", "NXP eIQ Neutron"), ("vsi-npu", "VeriSilicon")],
)
def test_code_among_constants_is_counted(name: str, target: str) -> None:
    (found,) = read(custom_model(name, b"", {}, (b"x" * 300, b"y" * 44)))
    assert found.target.startswith(target)
    assert found.size == 344


def test_other_custom_operators_are_no_code() -> None:
    assert read(custom_model("MyOwn", b"", {})) == []


# Edge TPU


def table(builder: flatbuffers.Builder, slots: int, values: dict[int, tuple[str, Any]]) -> int:
    builder.StartObject(slots)
    for slot, (kind, value) in values.items():
        getattr(builder, f"Prepend{kind}Slot")(slot, value, 0)
    return int(builder.EndObject())


def executable(chip: str, parameters: bytes, kind: int) -> bytes:
    """An Executable of executable.fbs."""
    builder = flatbuffers.Builder()
    held = {6: builder.CreateByteVector(parameters), 10: builder.CreateString(chip)}
    values: dict[int, tuple[str, Any]] = {
        slot: ("UOffsetTRelative", offset) for slot, offset in held.items()
    }
    values |= {3: ("Int32", 1), 4: ("Int32", 777), 13: ("Int16", kind), 16: ("Int64", 12345)}
    builder.Finish(table(builder, 17, values))
    return bytes(builder.Output())


def package(executables: list[bytes]) -> bytes:
    """A Package of executable.fbs."""
    inner = flatbuffers.Builder()
    texts = [inner.CreateByteVector(each) for each in executables]
    inner.StartVector(4, len(texts), 4)
    for offset in reversed(texts):
        inner.PrependUOffsetTRelative(offset)
    inner.Finish(table(inner, 1, {0: ("UOffsetTRelative", inner.EndVector())}))
    builder = flatbuffers.Builder()
    multi = builder.CreateByteVector(bytes(inner.Output()))
    version = builder.CreateString("cl/123456")
    values = {
        0: ("Int32", 14),
        1: ("UOffsetTRelative", multi),
        4: ("UOffsetTRelative", version),
    }
    builder.Finish(table(builder, 8, values), b"DWN1")
    return bytes(builder.Output())


def edge_tpu_model(program: bytes) -> bytes:
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.Key("1")
        builder.Int(1)
        builder.Key("4")
        builder.Blob(program)
    return custom_model("edgetpu-custom-op", bytes(builder.Finish()), {})


def test_the_program_of_an_edge_tpu_is_told_apart() -> None:
    program = package([executable("beagle", b"p" * 500, 1), executable("beagle", b"q" * 20, 2)])
    data = edge_tpu_model(program)
    (found,) = read(data)
    assert found.target == "Edge TPU"
    assert data[found.offset : found.offset + found.size].count(program) == 1
    (told,) = found.details["packages"]
    assert (told["min_runtime_version"], told["compiler_version"]) == (14, "cl/123456")
    first, second = told["executables"]
    assert (first["type"], first["chip"]) == ("PARAMETER_CACHING", "beagle")
    assert (first["parameter_bytes"], second["parameter_bytes"]) == (500, 20)
    assert (second["scratch_bytes"], second["estimated_cycles"]) == (777, 12345)


def test_a_damaged_program_is_still_that_of_an_edge_tpu(tfli: Tfli, tmp_path: Path) -> None:
    path = tmp_path / "m.tflite"
    path.write_bytes(edge_tpu_model(package([executable("beagle", b"", 0)])[:60]))
    result = tfli("info", path, "--json")
    (found,) = result.json["compiled"]
    assert (result.code, found["target"], found["details"]["packages"]) == (0, "Edge TPU", [])
    assert any("code for Edge TPU" in warning for warning in result.json["warnings"])


MADE = {b"DISPATCH_OP", b"edgetpu-custom-op"}


def operators_of(raw: bytes) -> set[bytes]:
    """The names of the custom operators in a file, as LiteRT's classes read them."""
    found = by_schema.unpacked(raw)
    codes = [found.operatorCodes[o.opcodeIndex] for g in found.subgraphs for o in g.operators or ()]
    return {code.customCode for code in codes if code.customCode}


@needs_models
def test_every_real_compiled_model_names_its_code(tfli: Tfli) -> None:
    for path in sorted(FOLDER.rglob("*.tflite")):
        raw = path.read_bytes()
        if any(name in raw for name in MADE) and MADE & operators_of(raw):
            result = tfli("info", path, "--json")
            for found in json.loads(result.out)["compiled"]:
                assert 0 < found["size"] < len(raw)
                assert found["offset"] + found["size"] <= len(raw)
            assert (result.code, bool(result.json["compiled"])) == (0, True), path

"""Models of schema versions 0 to 2, written field by field with the FlatBuffers builder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import Builder

import inspector
from inspector.errors import ModelError
from inspector.read.model import Model

KERNEL = np.arange(18, dtype=np.float32).reshape(2, 3, 3, 1)
ADD, CONV, CUSTOM, RESIZE = "ADD", "CONV", "CUSTOM", "RESIZE"
CODES = {  # as schema_v0.fbs, schema_v1.fbs and schema_v2.fbs number them
    0: {ADD: 20, CONV: 1, CUSTOM: 0, RESIZE: 23},
    1: {ADD: 20, CONV: 1, CUSTOM: 0, RESIZE: 23},
    2: {ADD: 0, CONV: 3, CUSTOM: 32, RESIZE: 23},
}


def table(builder: Builder, slots: int, **fields: tuple[str, Any]) -> int:
    """A table: `s3=("Int32", 7)` puts a number into slot 3, `("UOffsetTRelative", at)` a place."""
    builder.StartObject(slots)
    for name, (kind, value) in fields.items():
        getattr(builder, f"Prepend{kind}Slot")(int(name[1:]), value, None)
    return int(builder.EndObject())


def at(place: int) -> tuple[str, int]:
    """What a field that points somewhere holds."""
    return "UOffsetTRelative", place


def vector(builder: Builder, places: Sequence[int]) -> tuple[str, int]:
    """A vector of tables."""
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return at(builder.EndVector())


def numbers(builder: Builder, values: Sequence[int]) -> tuple[str, int]:
    """A vector of 32-bit integers."""
    return at(builder.CreateNumpyVector(np.array(values, np.int32)))


def tensor(builder: Builder, name: str, shape: Sequence[int], data: bytes = b"") -> int:
    """A tensor with its bytes in it."""
    fields: dict[str, tuple[str, Any]] = {"s0": numbers(builder, shape)}
    fields["s3"] = at(builder.CreateString(name))
    if data:
        fields["s2"] = at(builder.CreateNumpyVector(np.frombuffer(data, np.uint8)))
    return table(builder, 5, **fields)


def operator(
    builder: Builder, code: int, inputs: Sequence[int], output: int, **fields: tuple[str, Any]
) -> int:
    """An operator of the code of that index."""
    operands = {"s1": numbers(builder, inputs), "s2": numbers(builder, [output])}
    return table(builder, 6, s0=("Int32", code), **operands, **fields)


def operators(builder: Builder) -> list[int]:
    """A convolution, a resize, a custom operator and an addition, one after the other."""
    conv = table(builder, 4, s0=("Int8", 1), s1=("Int32", 2), s2=("Int32", 3), s3=("Int8", 3))
    size = table(builder, 2, s0=("Int32", 20), s1=("Int32", 30))
    options = schema.BuiltinOptions
    kinds = [("Uint8", options.Conv2DOptions), ("Uint8", options.ResizeBilinearOptions)]
    return [
        operator(builder, 0, [0, 1, -1], 2, s3=kinds[0], s4=at(conv)),
        operator(builder, 1, [2], 3, s3=kinds[1], s4=at(size)),
        operator(builder, 2, [3], 4),
        operator(builder, 3, [4, 4], 5),
    ]


def codes(builder: Builder, version: int) -> tuple[str, int]:
    """The codes of those operators."""
    name = at(builder.CreateString("MyOp"))
    numbered = CODES[version]
    places = [table(builder, 2, s0=("Int8", numbered[key])) for key in (CONV, RESIZE)]
    places.append(table(builder, 2, s0=("Int8", numbered[CUSTOM]), s1=name))
    places.append(table(builder, 2, s0=("Int8", numbered[ADD])))
    return vector(builder, places)


def write(version: int, *, with_version: bool = True) -> bytes:
    """A model of one graph in an old version, without an identifier, as it was then."""
    builder = Builder()
    names = ["image", "kernel", "conv", "resized", "mine", "sum"]
    data = {"kernel": KERNEL.tobytes()}
    shapes = {"kernel": KERNEL.shape}
    tensors = vector(
        builder,
        [tensor(builder, n, shapes.get(n, (1, 4, 4, 1)), data.get(n, b"")) for n in names],
    )
    sides = {"s1": numbers(builder, [0]), "s2": numbers(builder, [5])}
    steps = vector(builder, operators(builder))
    known = codes(builder, version)
    if version == 0:
        root = table(builder, 5, s0=tensors, **sides, s3=known, s4=steps)
    else:
        title = at(builder.CreateString("main"))
        graph = table(builder, 5, s0=tensors, **sides, s3=steps, s4=title)
        about = at(builder.CreateString("old"))
        fields = {"s1": known, "s2": vector(builder, [graph]), "s3": about}
        number = {"s0": ("Int32", version)} if with_version else {}
        root = table(builder, 4, **number, **fields)
    builder.Finish(root)
    return bytes(builder.Output())


@pytest.fixture(params=[0, 1, 2])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Model:
    """A model of each version, opened."""
    path = tmp_path / "old.tflite"
    path.write_bytes(write(request.param))
    model = inspector.open(path)
    assert model.version == request.param
    return model


def test_operators_have_their_names_of_today(old: Model) -> None:
    found = old.subgraphs[0].operators
    assert [o.name for o in found] == ["CONV_2D", "RESIZE_BILINEAR", "MyOp", "ADD"]
    builtin = schema.BuiltinOperator
    expected = [builtin.CONV_2D, builtin.RESIZE_BILINEAR, builtin.CUSTOM, builtin.ADD]
    assert [o.code for o in found] == expected
    assert [o.custom for o in found] == [False, False, True, False]
    assert [(o.inputs, o.outputs) for o in found] == [
        ((0, 1, -1), (2,)),
        ((2,), (3,)),
        ((3,), (4,)),
        ((4, 4), (5,)),
    ]


def test_options_are_read(old: Model) -> None:
    conv, resize, *_ = old.subgraphs[0].operators
    told = {"padding": "VALID", "stride_w": 2, "stride_h": 3, "fused_activation_function": "RELU6"}
    assert told.items() <= conv.options.items()
    assert resize.options == {"new_height": 20, "new_width": 30}


def test_constants_have_the_values_in_their_tensors(old: Model) -> None:
    tensors = old.subgraphs[0].tensors
    assert [t.name for t in tensors] == ["image", "kernel", "conv", "resized", "mine", "sum"]
    assert [old.is_constant(t) for t in tensors] == [False, True, False, False, False, False]
    np.testing.assert_array_equal(old.data(tensors[1]), KERNEL)
    assert (old.subgraphs[0].inputs, old.subgraphs[0].outputs) == ((0,), (5,))


def test_the_commands_show_it_and_say_that_it_is_old(old: Model, tfli: Any) -> None:
    found = tfli("info", old.path, "--json")
    assert found.code == 0
    assert found.json["parameters"] == KERNEL.size
    (warning,) = [w for w in found.json["warnings"] if "schema version" in w]
    assert warning == f"schema version {old.version}; interpreters run version 3 alone"
    assert [t["kind"] for t in tfli("tensors", old.path, "--json").json["tensors"]] == [
        "input",
        "constant",
        *["intermediate"] * 3,
        "output",
    ]


def test_a_model_without_a_version_is_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "old.tflite"
    path.write_bytes(write(1, with_version=False))
    model = inspector.open(path)
    assert (model.version, model.description) == (1, "old")
    assert model.subgraphs[0].name == "main"


@pytest.mark.parametrize("version", [0, 1, 2])
def test_an_old_model_cut_short_is_read_or_refused(version: int) -> None:
    whole = write(version)
    for length in range(0, len(whole), 5):
        with suppress(ModelError):
            model = Model(whole[:length], "model")
            _ = [t.name for t in model.subgraphs[0].tensors]
            _ = [(o.name, o.options) for o in model.subgraphs[0].operators]

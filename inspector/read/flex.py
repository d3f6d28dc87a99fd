"""Flex operators: TensorFlow's own, whose options are a serialised NodeDef.

The custom options are a FlexBuffer vector of the operator's name and the NodeDef's bytes. The
fields of that message, and of those inside it, stand here as data; TensorFlow is not needed, and
its descriptors are not touched, for these live in a pool of their own.

Source: `tensorflow/core/framework/{node_def,attr_value,tensor,tensor_shape,types}.proto` of
tensorflow/tensorflow, and `CreateFlexOpCustomOptions` in LiteRT's `flatbuffer_export.cc`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from inspector.errors import ModelError
from inspector.read import flexbuffer
from inspector.read.options import Options

PACKAGE = "inspector"
LONGEST = 256
"""Bytes of an attribute that are given; of longer ones, such as vocabularies, only their number."""

MESSAGES = {
    "NodeDef": "1 name:string 2 op:string 3 input:string* 4 device:string 5 attr:AttrEntry* "
    "6 debug_info:DebugInfo",
    "DebugInfo": "1 original_node_names:string*",
    "AttrEntry": "1 key:string 2 value:AttrValue",
    "AttrValue": "1 list:ListValue 2 s:bytes 3 i:int64 4 f:float 5 b:bool 6 type:int32 "
    "7 shape:Shape 8 tensor:Tensor 9 placeholder:string 10 func:Function",
    "ListValue": "2 s:bytes* 3 i:int64* 4 f:float* 5 b:bool* 6 type:int32* 7 shape:Shape* "
    "8 tensor:Tensor* 9 func:Function*",
    "Shape": "2 dim:Dim* 3 unknown_rank:bool",
    "Dim": "1 size:int64 2 name:string",
    "Tensor": "1 dtype:int32 2 tensor_shape:Shape 4 tensor_content:bytes",
    "Function": "1 name:string 2 attr:AttrEntry*",
}
"""The fields of each message: number, name and type, `*` behind a repeated one.

A map is, in the bytes, a repeated message of key and value; an enum is an integer; and each choice
of AttrValue's `oneof` is a field of which one is there.
"""

TYPES: tuple[str, ...] = tuple(
    """
    invalid float32 float64 int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32
    bfloat16 qint16 quint16 uint16 complex128 float16 resource variant uint32 uint64 float8_e5m2
    float8_e4m3fn float8_e4m3fnuz float8_e4m3b11fnuz float8_e5m2fnuz int4 uint4 int2 uint2
    float4_e2m1fn
    """.split()
)
REFERENCE = 100
"""TensorFlow's data types by number; a reference to one is that many higher."""


def node_options(raw: bytes) -> Options | None:
    """The node's operator, names, device and attributes; None where the bytes are no such pair."""
    try:
        pair = flexbuffer.decode(raw, bytes)
    except ModelError:
        return None
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(p, bytes) for p in pair):
        return None
    node = message_class("NodeDef")()
    try:
        node.ParseFromString(pair[1])
    except DecodeError:
        return None
    found = {"op": node.op or pair[0].decode("utf-8", "replace"), "name": node.name}
    found |= {"device": node.device} if node.device else {}
    names = list(node.debug_info.original_node_names)
    found |= {"original_names": names} if names else {}
    return found | {"attributes": attributes(node.attr)}


def attributes(entries: Any) -> Options:
    """Attributes by name, in alphabetical order: the order of a map in the bytes means nothing."""
    return {entry.key: attribute(entry.value) for entry in sorted(entries, key=lambda e: e.key)}


def attribute(value: Any) -> Any:
    """An AttrValue as a number, text, list or dictionary; None where nothing is set."""
    for name, show in SHOWN.items():
        if value.HasField(name):
            return show(getattr(value, name))
    return None


def listed(value: Any) -> list[Any]:
    """A ListValue; one kind of element is there."""
    for field, elements in value.ListFields():
        return [SHOWN[field.name](element) for element in elements]
    return []


def text(value: bytes) -> Any:
    """A text where the bytes are one, else hexadecimal; of long ones only the number of bytes."""
    if len(value) > LONGEST:
        return {"bytes": len(value)}
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}


def type_name(number: int) -> str | int:
    """A data type by its name, the number of one that is not known."""
    kind, is_reference = number % REFERENCE, number > REFERENCE
    if not 0 <= kind < len(TYPES) or number >= 2 * REFERENCE:
        return number
    return TYPES[kind] + ("_ref" if is_reference else "")


def shape(value: Any) -> list[int] | None:
    """The sizes, -1 where one is open; None where not even the rank is known."""
    return None if value.unknown_rank else [dim.size for dim in value.dim]


def tensor(value: Any) -> Options:
    """What a constant is, without its values."""
    return {"dtype": type_name(value.dtype), "shape": shape(value.tensor_shape)}


def function(value: Any) -> Options:
    """A function of the graph and its attributes."""
    return {"function": value.name, "attributes": attributes(value.attr)}


SHOWN: dict[str, Callable[[Any], Any]] = {
    "list": listed,
    "s": text,
    "i": int,
    "f": float,
    "b": bool,
    "type": type_name,
    "shape": shape,
    "tensor": tensor,
    "placeholder": str,
    "func": function,
}
"""How each choice of an AttrValue is shown."""


@cache
def message_class(name: str) -> Any:
    """The class of a message, made by the Protocol Buffers library of the fields above."""
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="node.proto", package=PACKAGE, syntax="proto3")
    for message, fields in MESSAGES.items():
        add_message(file.message_type.add(name=message), fields.split())
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))


def add_message(message: Any, words: list[str]) -> None:
    """Give a message descriptor its fields, written as pairs of words in `MESSAGES`."""
    kinds = descriptor_pb2.FieldDescriptorProto
    for number, declared in zip(words[::2], words[1::2], strict=True):
        name, _, kind = declared.rstrip("*").partition(":")
        field = message.field.add(name=name, number=int(number))
        field.label = kinds.LABEL_REPEATED if declared.endswith("*") else kinds.LABEL_OPTIONAL
        if kind in MESSAGES:
            field.type, field.type_name = kinds.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
        else:
            field.type = getattr(kinds, f"TYPE_{kind.upper()}")
        if message.name == "AttrValue":
            field.oneof_index = 0
    if message.name == "AttrValue":
        message.oneof_decl.add(name="value")

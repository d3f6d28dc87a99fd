"""LiteRT-LM files: a header that names sections (models, tokenizers, settings), then the sections.

Format: `schema/core/litertlm_header_schema.fbs` and `litertlm_read.cc` of google-ai-edge/LiteRT-LM;
the newest section types are those that its Python writer (`schema/py`) adds.
"""

from __future__ import annotations

import struct
from collections import Counter
from functools import partial
from typing import Any, NamedTuple

from inspector.errors import ModelError
from inspector.read.containers import Container, Member, windowed
from inspector.read.flatbuffer import U32, FlatBuffer, Kind
from inspector.read.source import Source

PREFIX = struct.Struct("<8s3I4xQ")
"""The magic bytes, the version in three numbers, padding, the byte at which the header ends."""

META_DATA = Kind("LiteRTLMMetaData", "system_metadata:SystemMetadata sections:SectionMetadata")
SYSTEM_METADATA = Kind("SystemMetadata", "entries:[KeyValuePair]")
SECTION_METADATA = Kind("SectionMetadata", "objects:[SectionObject]")
SECTION_OBJECT = Kind(
    "SectionObject", "items:[KeyValuePair] begin_offset:ulong end_offset:ulong data_type:ubyte"
)
KEY_VALUE_PAIR = Kind("KeyValuePair", "key:string value_type:ubyte value:VData")
STRING_VALUE = Kind("StringValue", "value:string")
NUMBERS = {1: "B", 2: "b", 3: "H", 4: "h", 5: "I", 6: "i", 7: "f", 8: "?", 10: "Q", 11: "q"}
"""How each type of value is stored, as `struct` has it; 9 is a text."""
TEXT = 9

SECTION_TYPES = (
    "NONE",
    "GenericBinaryData",
    "Deprecated",
    "TFLiteModel",
    "SP_Tokenizer",
    "LlmMetadataProto",
    "HF_Tokenizer_Zlib",
    "TFLiteWeights",
    "EmbeddingMetadataProto",
    "ExecutorMetadataProto",
)
LARGEST_HEADER = 1 << 24
"""Writers keep it under 16 KB; this leaves room, and bounds what a wrong length can ask for."""


class Section(NamedTuple):
    """A section as the header has it: `items` is what its writer notes of it."""

    declared: str
    begin: int
    end: int
    items: dict[str, Any]


def sections(source: Source) -> Container:
    """The sections of a LiteRT-LM file. Raises `ModelError` when its header is damaged."""
    prefix = source.cut(0, PREFIX.size)
    if len(prefix) < PREFIX.size:
        raise ModelError(f"{source.name}: a LiteRT-LM file of {source.size} bytes is cut short")
    _, *version, end = PREFIX.unpack(prefix)
    if not PREFIX.size + 4 <= end <= min(source.size, LARGEST_HEADER):
        raise ModelError(
            f"{source.name}: its LiteRT-LM header ends at byte {end}, of {source.size}; "
            "the file is damaged, or was cut short"
        )
    try:
        noted, found = header_of(source.buffer.window(PREFIX.size, end - PREFIX.size))
    except ModelError as error:
        raise ModelError(f"{source.name}: its LiteRT-LM header: {error}") from None
    members = [
        Member(
            **windowed(
                source, index, name, section.end - section.begin, partial(int, section.begin)
            ),
            declared=section.declared,
            details=section.items,
        )
        for index, (name, section) in enumerate(zip(names(found), found, strict=True))
    ]
    return Container(
        "LiteRT-LM file", source, members, {"version": ".".join(map(str, version)), **noted}
    )


def header_of(header: FlatBuffer) -> tuple[dict[str, Any], list[Section]]:
    """What is noted of the whole file, and its sections. Raises `ModelError`."""
    root = U32.unpack(header.cut(0, 4))[0]
    system, listed = header.table(META_DATA, root)
    entries = header.table(SYSTEM_METADATA, system)[0] if system else 0
    objects = header.table(SECTION_METADATA, listed)[0] if listed else 0
    found = []
    for at in header.tables(objects, "the sections") if objects else []:
        noted, begin, end, number = header.table(SECTION_OBJECT, at)
        known = number < len(SECTION_TYPES)
        declared = SECTION_TYPES[number] if known else f"type {number}"
        found.append(Section(declared, begin, end, items(header, noted)))
    return items(header, entries), found


def items(header: FlatBuffer, at: int) -> dict[str, Any]:
    """The notes that the vector at byte `at` points to, by name; those of unknown type as null."""
    found = {}
    for place in header.tables(at, "the notes") if at else []:
        key, kind, value = header.table(KEY_VALUE_PAIR, place)
        found[header.string(key)] = item(header, kind, value)
    return found


def item(header: FlatBuffer, kind: int, at: int) -> Any:
    """A text or a number; numbers are structs, which lie where the union points."""
    if not at or (kind != TEXT and kind not in NUMBERS):
        return None
    if kind == TEXT:
        return header.string(header.table(STRING_VALUE, at)[0])
    number = struct.Struct("<" + NUMBERS[kind])
    return number.unpack(header.cut(at, number.size))[0]


def names(found: list[Section]) -> list[str]:
    """What to call the sections, which have no names: the kind of model, or the type, numbered."""
    plain = [str(section.items.get("model_type") or section.declared) for section in found]
    often, seen = Counter(plain), Counter[str]()
    named = []
    for name in plain:
        seen[name] += 1
        named.append(f"{name}_{seen[name]}" if often[name] > 1 else name)
    return named

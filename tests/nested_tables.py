"""FlatBuffers written table by table with the `flatbuffers` builder, fields by their slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flatbuffers
from flatbuffers import number_types


@dataclass
class Scalar:
    """A number and the type that it is stored in, as `flatbuffers.number_types` calls it."""

    type: str
    value: Any


class Table(dict[int, Any]):
    """Values by slot: text, bytes, a Table, a Scalar, a list of floats, texts, Scalars, Tables."""


def u8(value: int) -> Scalar:
    return Scalar("Uint8Flags", value)


def i8(value: int) -> Scalar:
    return Scalar("Int8Flags", value)


def i32(value: int) -> Scalar:
    return Scalar("Int32Flags", value)


def u32(value: int) -> Scalar:
    return Scalar("Uint32Flags", value)


def f32(value: float) -> Scalar:
    return Scalar("Float32Flags", value)


def packed(root: Table, identifier: bytes | None = None) -> bytes:
    """The bytes of a FlatBuffer of that root table."""
    builder = flatbuffers.Builder()
    builder.Finish(written(builder, root), identifier)
    return bytes(builder.Output())


def written(builder: flatbuffers.Builder, table: Table) -> int:
    """Write a table, what it refers to first."""
    fields = {
        slot: value if isinstance(value, Scalar) else reference(builder, value)
        for slot, value in table.items()
    }
    builder.StartObject(max(fields, default=-1) + 1)
    for slot, value in fields.items():
        if isinstance(value, Scalar):
            builder.PrependSlot(getattr(number_types, value.type), slot, value.value, None)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
    return int(builder.EndObject())


def reference(builder: flatbuffers.Builder, value: Any) -> int:
    """Write what a field refers to, and give its place."""
    if isinstance(value, str):
        return int(builder.CreateString(value))
    if isinstance(value, bytes):
        return int(builder.CreateByteVector(value))
    if isinstance(value, Table):
        return written(builder, value)
    return vector(builder, value)


def vector(builder: flatbuffers.Builder, values: list[Any]) -> int:
    """Write a vector of numbers, or of the places of texts and tables."""
    numbers = [f32(value) if isinstance(value, float) else value for value in values]
    places = [v if isinstance(v, Scalar) else reference(builder, v) for v in numbers]
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        if isinstance(place, Scalar):
            builder.Prepend(getattr(number_types, place.type), place.value)
        else:
            builder.PrependUOffsetTRelative(place)
    return int(builder.EndVector())


SLOTS = {
    "ModelMetadata": "name description version subgraph_metadata author license associated_files "
    "min_parser_version",
    "SubGraphMetadata": "name description input_tensor_metadata output_tensor_metadata "
    "associated_files input_process_units output_process_units input_tensor_groups "
    "output_tensor_groups custom_metadata",
    "TensorMetadata": "name description dimension_names content process_units stats "
    "associated_files",
    "AssociatedFile": "name description type locale version",
    "Content": "content_properties_type content_properties range",
    "ImageProperties": "color_space default_size",
    "ImageSize": "width height",
    "BoundingBoxProperties": "index type coordinate_type",
    "AudioProperties": "sample_rate channels",
    "ValueRange": "min max",
    "ProcessUnit": "options_type options",
    "NormalizationOptions": "mean std",
    "ScoreCalibrationOptions": "score_transformation default_score",
    "ScoreThresholdingOptions": "global_score_threshold",
    "BertTokenizerOptions": "vocab_file",
    "SentencePieceTokenizerOptions": "sentencePiece_model vocab_file",
    "RegexTokenizerOptions": "delim_regex_pattern vocab_file",
    "Stats": "max min",
    "TensorGroup": "name tensor_names",
    "CustomMetadata": "name data",
    "ImageSegmenterOptions": "activation min_parser_version",
}
"""The fields of the metadata tables in the order of their schema, `metadata_schema.fbs` 1.5.0."""


def made(table: str, **fields: Any) -> Table:
    """A table of the metadata schema; a misspelt field is refused."""
    names = SLOTS[table].split()
    return Table({names.index(name): value for name, value in fields.items()})


def metadata(**fields: Any) -> bytes:
    """The bytes of a `TFLITE_METADATA` entry."""
    return packed(made("ModelMetadata", **fields), b"M001")


def of_tensors(inputs: list[Table], outputs: list[Table] | None = None, **fields: Any) -> bytes:
    """The metadata of a model whose first subgraph has those inputs and outputs."""
    sides = {"input_tensor_metadata": inputs, "output_tensor_metadata": outputs or []}
    graph = made("SubGraphMetadata", **{side: held for side, held in sides.items() if held})
    return metadata(subgraph_metadata=[graph], **fields)


def unit(kind: int, options: Table) -> Table:
    """A process unit; `kind` is its number in the union."""
    return made("ProcessUnit", options_type=u8(kind), options=options)


def content(kind: int, properties: Table, **fields: Any) -> Table:
    """A content; `kind` is its number in the union."""
    return made(
        "Content", content_properties_type=u8(kind), content_properties=properties, **fields
    )


def file(name: str, kind: int = 0, **fields: Any) -> Table:
    """The mention of an associated file."""
    return made("AssociatedFile", name=name, type=i8(kind), **fields)

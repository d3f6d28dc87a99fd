"""`TFLITE_METADATA`: what those who made a model say of it, as `metadata_records.py` has it.

`Model.model_metadata` has all of it. What runs or converts a model asks for one tensor:

>>> image = model.model_metadata.input(0)
>>> image.content, image.color_space, image.mean, image.std
('image', 'RGB', (127.5,), (127.5,))

Whatever is damaged is left out, so that nothing here raises; `ModelMetadata.faults` says what it
was. Schema: `metadata_schema.fbs` 1.5.0 of tensorflow/tflite-support (`metadata_schema.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read.metadata_records import (
    AssociatedFile,
    CustomMetadata,
    ModelMetadata,
    ScoreCalibration,
    SubgraphMetadata,
    TensorMetadata,
    Tokenizer,
)
from inspector.read.metadata_schema import CUSTOM_METADATA
from inspector.read.nested import Object, decode

if TYPE_CHECKING:
    from inspector.read.model import Model

ENTRY, IDENTIFIER = "TFLITE_METADATA", "M001"
CONTENTS = {
    "FeatureProperties": "feature",
    "ImageProperties": "image",
    "BoundingBoxProperties": "boxes",
    "AudioProperties": "audio",
}
TOKENIZERS = {
    "BertTokenizerOptions": "BERT",
    "SentencePieceTokenizerOptions": "SentencePiece",
    "RegexTokenizerOptions": "regex",
}


def read_metadata(model: Model) -> ModelMetadata:
    """The metadata of a model; empty where it has none."""
    try:
        if ENTRY not in model.metadata:
            return ModelMetadata()
        data = model.buffer_bytes(model.metadata[ENTRY])
    except ModelError as error:
        return ModelMetadata(faults=(str(error),))
    return model_metadata(data) if data else ModelMetadata()


def model_metadata(data: Any) -> ModelMetadata:
    """The metadata in the bytes of its FlatBuffer."""
    faults: list[str] = []
    fields = decode(data, "ModelMetadata", IDENTIFIER, faults)
    for graph in fields.get("subgraph_metadata", []):
        for custom in graph.get("custom_metadata", []):
            decode_custom(custom, faults)
    return ModelMetadata(
        **texts(fields, "name", "description", "version", "author", "license"),
        min_parser_version=fields.get("min_parser_version", ""),
        subgraphs=tuple(map(subgraph_metadata, fields.get("subgraph_metadata", []))),
        own_files=files(fields),
        fields=fields,
        faults=tuple(faults),
    )


def decode_custom(custom: Object, faults: list[str]) -> None:
    """Put the size of some custom metadata, and its fields if they are known, for its bytes."""
    data = custom.pop("data", b"")
    custom["bytes"] = len(data)
    table, identifier = CUSTOM_METADATA.get(custom.get("name", ""), ("", ""))
    if table and data[4:8] == identifier.encode():
        custom["fields"] = decode(data, table, identifier, faults)


def subgraph_metadata(fields: Object) -> SubgraphMetadata:
    """The record of a SubGraphMetadata table."""
    groups = [
        *fields.get("input_tensor_groups", []),
        *fields.get("output_tensor_groups", []),
    ]
    units = [*fields.get("input_process_units", []), *fields.get("output_process_units", [])]
    return SubgraphMetadata(
        **texts(fields, "name", "description"),
        inputs=tuple(map(tensor_metadata, fields.get("input_tensor_metadata", []))),
        outputs=tuple(map(tensor_metadata, fields.get("output_tensor_metadata", []))),
        tokenizer=tokenizer(units),
        groups={g.get("name", ""): tuple(g.get("tensor_names", ())) for g in groups},
        files=files(fields),
        custom=tuple(
            CustomMetadata(item.get("name", ""), item["bytes"], item.get("fields"))
            for item in fields.get("custom_metadata", [])
        ),
    )


def tensor_metadata(fields: Object) -> TensorMetadata:
    """The record of a TensorMetadata table; of several units of a kind the first counts."""
    units = fields.get("process_units", [])
    normalization = unit(units, "NormalizationOptions") or {}
    calibration = unit(units, "ScoreCalibrationOptions")
    threshold = unit(units, "ScoreThresholdingOptions")
    stats, content, words = fields.get("stats", {}), fields.get("content", {}), tokenizer(units)
    kind = CONTENTS.get(content.get("content_properties_type", ""), "")
    return TensorMetadata(
        **texts(fields, "name", "description"),
        dimension_names=tuple(fields.get("dimension_names", ())),
        content="text" if words else kind,
        details=content.get("content_properties", {})
        | ({"range": content["range"]} if "range" in content else {}),
        mean=tuple(normalization.get("mean", ())),
        std=tuple(normalization.get("std", ())),
        minimum=tuple(stats.get("min", ())),
        maximum=tuple(stats.get("max", ())),
        tokenizer=words,
        score_calibration=calibrated(calibration) if calibration else None,
        score_threshold=threshold["global_score_threshold"] if threshold else None,
        files=files(fields),
    )


def calibrated(fields: Object) -> ScoreCalibration:
    """The record of a ScoreCalibrationOptions table."""
    return ScoreCalibration(str(fields["score_transformation"]), fields["default_score"])


def unit(units: Iterable[Object], table: str) -> Object | None:
    """The options of the first process unit of that kind."""
    return next(options_of(units, table), None)


def options_of(units: Iterable[Object], table: str) -> Iterator[Object]:
    """The options of all process units of that kind."""
    return (one.get("options", {}) for one in units if one.get("options_type") == table)


def tokenizer(units: Iterable[Object]) -> Tokenizer | None:
    """The first tokenizer among process units."""
    for one in units:
        kind, options = TOKENIZERS.get(one.get("options_type", "")), one.get("options", {})
        if kind:
            held = [*options.get("sentencePiece_model", []), *options.get("vocab_file", [])]
            pattern = options.get("delim_regex_pattern", "")
            return Tokenizer(kind, tuple(map(associated_file, held)), pattern)
    return None


def files(fields: Object) -> tuple[AssociatedFile, ...]:
    """The records of a vector of AssociatedFile tables."""
    return tuple(map(associated_file, fields.get("associated_files", [])))


def associated_file(fields: Object) -> AssociatedFile:
    """The record of an AssociatedFile table."""
    kind = str(fields.get("type", "UNKNOWN"))
    return AssociatedFile(**texts(fields, "name", "description", "locale", "version"), type=kind)


def texts(fields: Object, *names: str) -> dict[str, str]:
    """The fields of those names, empty where they are absent."""
    return {name: fields.get(name, "") for name in names}

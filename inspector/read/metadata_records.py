"""What `TFLITE_METADATA` says of a model, of its subgraphs and of each input and output: records.

Made by `metadata.py`. What a file does not say is empty, or None where empty would mean something.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain

from inspector.read.nested import Object

LABELS = ("TENSOR_AXIS_LABELS", "TENSOR_VALUE_LABELS")


@dataclass(frozen=True, slots=True)
class AssociatedFile:
    """A file that the metadata mentions; it should be packed behind the model under this name."""

    name: str = ""
    description: str = ""
    type: str = "UNKNOWN"
    locale: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How text becomes the numbers that go in: `kind` is BERT, SentencePiece or regex.

    `files` are its vocabularies and models; `pattern` is what a regex tokenizer splits at.
    """

    kind: str
    files: tuple[AssociatedFile, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """Scores go through `transformation` (IDENTITY, LOG, INVERSE_LOGISTIC) and a sigmoid for each.

    The sigmoids' parameters are in the tensor's file of type TENSOR_AXIS_SCORE_CALIBRATION.
    """

    transformation: str
    default_score: float


@dataclass(frozen=True, slots=True)
class TensorMetadata:
    """An input or output: what its values mean, and what is done with them outside of the model.

    `content` is `image`, `audio`, `text`, `boxes`, `feature`, or empty where nothing is said. What
    goes in is `(value - mean) / std`, one number or one a channel; a picture's values are 0..255,
    and quantisation comes after. `details` are the fields of the content by their schema names
    (`default_size`, `sample_rate`, `channels`, `coordinate_type`, ...).
    """

    name: str = ""
    description: str = ""
    dimension_names: tuple[str, ...] = ()
    content: str = ""
    details: Object = field(default_factory=dict)
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    minimum: tuple[float, ...] = ()
    maximum: tuple[float, ...] = ()
    tokenizer: Tokenizer | None = None
    score_calibration: ScoreCalibration | None = None
    score_threshold: float | None = None
    files: tuple[AssociatedFile, ...] = ()

    @property
    def color_space(self) -> str:
        """`RGB` or `GRAYSCALE`; empty where it is no image or is not known."""
        known = str(self.details.get("color_space", ""))
        return "" if known == "UNKNOWN" else known

    @property
    def label_files(self) -> tuple[AssociatedFile, ...]:
        """The files of its labels, a line each; the first is the default, others are locales."""
        return tuple(found for found in self.files if found.type in LABELS)

    @property
    def mentioned(self) -> tuple[AssociatedFile, ...]:
        """Its files and those of its tokenizer."""
        return self.files + (self.tokenizer.files if self.tokenizer else ())


@dataclass(frozen=True, slots=True)
class CustomMetadata:
    """What some library adds for itself; `fields` where its schema is known, else None."""

    name: str
    bytes: int
    fields: Object | None = None


@dataclass(frozen=True, slots=True)
class SubgraphMetadata:
    """The inputs and outputs of a subgraph, in its order; groups are named sets of tensor names."""

    name: str = ""
    description: str = ""
    inputs: tuple[TensorMetadata, ...] = ()
    outputs: tuple[TensorMetadata, ...] = ()
    tokenizer: Tokenizer | None = None
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[AssociatedFile, ...] = ()
    custom: tuple[CustomMetadata, ...] = ()

    @property
    def mentioned(self) -> tuple[AssociatedFile, ...]:
        """Its files, those of its tokenizer, and those of its inputs and outputs."""
        own = self.files + (self.tokenizer.files if self.tokenizer else ())
        return own + tuple(f for tensor in self.inputs + self.outputs for f in tensor.mentioned)


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """The whole; `fields` is the same as an object in the schema's own names, as flatc writes."""

    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    license: str = ""
    min_parser_version: str = ""
    subgraphs: tuple[SubgraphMetadata, ...] = ()
    own_files: tuple[AssociatedFile, ...] = ()
    fields: Object = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def primary(self) -> SubgraphMetadata:
        """What is said of the first subgraph, which is the model's main one."""
        return self.subgraphs[0] if self.subgraphs else SubgraphMetadata()

    def input(self, position: int) -> TensorMetadata:
        """What is said of an input of the first subgraph; an empty record if nothing is."""
        return at(self.primary.inputs, position)

    def output(self, position: int) -> TensorMetadata:
        """What is said of an output of the first subgraph; an empty record if nothing is."""
        return at(self.primary.outputs, position)

    @property
    def files(self) -> tuple[AssociatedFile, ...]:
        """Every file that is mentioned, each name once."""
        held = chain(self.own_files, *(graph.mentioned for graph in self.subgraphs))
        return tuple({found.name: found for found in held}.values())


def at(tensors: tuple[TensorMetadata, ...], position: int) -> TensorMetadata:
    """The record at a position, or an empty one where there is none."""
    return tensors[position] if 0 <= position < len(tensors) else TensorMetadata()

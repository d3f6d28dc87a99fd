"""Models of given inputs and of what their metadata says, by builders that are not ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.run.inputs import Inputs, inputs_of
from inspector.run.preparation import Preparation
from tests import nested_tables as nested
from tests.nested_tables import Table, content, i8, made, u32, unit
from tests.written import buffer, model, operator, subgraph, tensor, write
from tests.written import made as of_schema

IMAGE, AUDIO, NORMALIZE, RGB = 2, 4, 1, 1


def described(path: Path, inputs: Sequence[Any], about: Sequence[Table] = ()) -> Path:
    """A model that adds its first input to itself; `about` is the metadata of its inputs."""
    sum_ = tensor("sum", inputs[0].shape, type=inputs[0].type, quantization=inputs[0].quantization)
    graph = subgraph([*inputs, sum_], [operator([0, 0], [len(inputs)])])
    entry = of_schema(schema.MetadataT, name="TFLITE_METADATA", buffer=1)
    buffers = [buffer(b""), buffer(nested.of_tensors(list(about)))]
    return write(path, model([graph], metadata=[entry] if about else None, buffers=buffers))


def inputs_like(
    path: Path, inputs: Sequence[Any], about: Sequence[Table] = (), **asked: Any
) -> Inputs:
    """The inputs of such a model."""
    with inspector.open(described(path, inputs, about)) as opened:
        return inputs_of(opened, 0, Preparation(**asked))


def normalized(mean: Sequence[float], std: Sequence[float]) -> Table:
    """The process unit of a normalisation."""
    return unit(NORMALIZE, made("NormalizationOptions", mean=list(mean), std=list(std)))


def image(mean: Sequence[float] = (), std: Sequence[float] = (), **more: Any) -> Table:
    """The metadata of a picture."""
    units = [normalized(mean, std)] if mean else []
    properties = made("ImageProperties", color_space=i8(RGB), **more)
    return made("TensorMetadata", content=content(IMAGE, properties), process_units=units)


def audio(rate: int, channels: int) -> Table:
    """The metadata of a sound."""
    properties = made("AudioProperties", sample_rate=u32(rate), channels=u32(channels))
    return made("TensorMetadata", content=content(AUDIO, properties))


def stated(minimum: Sequence[float], maximum: Sequence[float]) -> Table:
    """The metadata of an input of which only the range is known."""
    return made("TensorMetadata", stats=made("Stats", min=list(minimum), max=list(maximum)))

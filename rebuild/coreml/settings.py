"""What a user may ask for of a Core ML model."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Target(str, Enum):
    """The earliest system that is to run the model."""

    IOS15 = "iOS15"
    IOS16 = "iOS16"
    IOS17 = "iOS17"
    IOS18 = "iOS18"


class Precision(str, Enum):
    """The type that real numbers have while the model runs."""

    FLOAT16 = "float16"
    FLOAT32 = "float32"


class Format(str, Enum):
    """A program in a package (.mlpackage), or the neural network of before iOS 15 (.mlmodel)."""

    MLPROGRAM = "mlprogram"
    NEURALNETWORK = "neuralnetwork"


class StoredWeights(str, Enum):
    """Whether constants stay as compressed as the file has them, or become real numbers."""

    KEEP = "keep"
    DEQUANTIZE = "dequantize"


class Colour(str, Enum):
    """The colours of a picture, in the order in which the model takes them."""

    RGB = "RGB"
    BGR = "BGR"
    GREY = "GRAYSCALE"


@dataclass(frozen=True, slots=True)
class Picture:
    """How a picture's 0..255 becomes an input: x * scale + bias, where Core ML is given a picture.

    `scale` and `bias` are one number or one a channel, in the order of `colour`. What is None is
    for the model's metadata to say.
    """

    scale: tuple[float, ...] | None = None
    bias: tuple[float, ...] | None = None
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a person is told of the model; what is None, the model's metadata says."""

    author: str | None = None
    license: str | None = None
    description: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it.

    `pictures` are the inputs that take pictures, by name. `labels` name the classes of the first
    output, making the model a classifier. `batch` is the least and the greatest number of samples
    that may be given at once. A `target` of None is the earliest that has what the model needs.
    """

    target: Target | None = None
    precision: Precision = Precision.FLOAT32
    format: Format = Format.MLPROGRAM
    weights: StoredWeights = StoredWeights.KEEP
    pictures: dict[str, Picture] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    batch: tuple[int, int] | None = None
    about: About = About()

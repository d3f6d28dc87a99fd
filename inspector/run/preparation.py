"""What a user may ask for of how pictures and sounds become a model's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from inspector.read.metadata_records import TensorMetadata

Numbers = tuple[float, ...]


class ColourOrder(str, Enum):
    """Which of the colours comes first in an input of three or four channels."""

    RGB = "rgb"
    BGR = "bgr"


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the user asks for; what is empty or None is for the model's metadata to say.

    Values become (x - mean) / std: one number each, or one a channel, in the order of the input's
    channels. x is 0..255 in a picture and -1..1 in a sound. `sample_rate` is in Hz.
    """

    mean: Numbers = ()
    std: Numbers = ()
    colour_order: ColourOrder = ColourOrder.RGB
    sample_rate: int | None = None


NOTHING_KNOWN, NOTHING_ASKED = TensorMetadata(), Preparation()

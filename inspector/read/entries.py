"""The values of a model's metadata entries: those of known names decoded, short texts as text.

| entry | value |
|---|---|
| `TFLITE_METADATA` | the object of its schema, `metadata.py` |
| `CONVERSION_METADATA` | the object of its schema: the converter, and how it was called |
| `min_runtime_version` | the version, `1.14.0` |
| any other | its text, where it is nothing but a few words; otherwise it has no value here |

Texts are stored with their padding of zeros: 16 bytes for a version, 125 for each name of a
`LiteRtStamp`. Sources: `converter/schema/conversion_metadata.fbs` and `converter/core/macros.h`
under `tflite/` of google-ai-edge/LiteRT.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from inspector.errors import ModelError
from inspector.read import metadata
from inspector.read.nested import decode

if TYPE_CHECKING:
    from inspector.read.model import Model

CONVERSION = "CONVERSION_METADATA"
MIN_RUNTIME = "min_runtime_version"
LONGEST_TEXT = 256


def entry_values(model: Model, names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """The values of those entries that have one, by name, and what is wrong with the others."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for name in names:
        found: list[str] = []
        try:
            value = entry_value(model, name, found)
            if value:
                values[name] = value
        except ModelError as error:
            found.append(str(error))
        faults += [f"metadata {name}: {fault}" for fault in found]
    return values, faults


def entry_value(model: Model, name: str, faults: list[str]) -> Any:
    """The value of one entry; None or empty where it has none. Raises `ModelError`."""
    buffer = model.metadata[name]
    length = model.buffer_extent(buffer)[1]
    if not length:
        return None
    if name == metadata.ENTRY:
        faults += model.model_metadata.faults
        return model.model_metadata.fields
    if name == CONVERSION:
        return decode(model.buffer_bytes(buffer), "ConversionMetadata", "", faults)
    return text(bytes(model.buffer_bytes(buffer))) if length <= LONGEST_TEXT else None


def text(data: bytes) -> str | None:
    """The words in bytes that hold nothing else than text and zeros around it."""
    try:
        words = data.decode().split("\0")
    except UnicodeDecodeError:
        return None
    found = " ".join(filter(None, words))
    return found if found.isprintable() else None

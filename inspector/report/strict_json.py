"""The one JSON object that a command writes: strict, so that any parser reads it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

SCHEMA = "tfli/1"


def emit(found: Mapping[str, Any]) -> None:
    """Write what a command found to stdout, as one JSON object that begins with its schema."""
    sys.stdout.write(dumps({"schema": SCHEMA, **found}) + "\n")


def dumps(value: Any) -> str:
    """`value` as strict JSON on one line, in ASCII.

    Floats that JSON lacks become the strings `"nan"`, `"inf"` and `"-inf"`.
    """
    try:
        return json.dumps(value, allow_nan=False, default=hexadecimal)
    except ValueError:
        return json.dumps(spelled(value), allow_nan=False, default=hexadecimal)


def hexadecimal(value: Any) -> str:
    """Bytes, which JSON lacks, as hexadecimal digits."""
    return bytes(value).hex()


def spelled(value: Any) -> Any:
    """A copy in which each NaN and infinity is spelled as a string."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(float(value))
    if isinstance(value, Mapping):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(item) for item in value]
    return value

"""Elements of arrays in words, whatever their type."""

from __future__ import annotations

from typing import Any

import numpy as np

from inspector.report.bars import short_number
from inspector.report.text import cells, cut, printable
from inspector.tui.slices import NUMBER


def short_value(value: Any) -> tuple[str, str]:
    """A number in few characters, and its style."""
    text = value_text(value)
    if text in ("nan", "inf", "-inf"):
        return text, "warning"
    if cells(text) >= NUMBER and is_real(value):
        text = short_number(float(value), 5)
    return cut(text, NUMBER - 1), ""


def value_text(value: Any) -> str:
    """A number as exactly as it is worth while: 7 digits of a float, all of an integer."""
    value = value[()] if isinstance(value, np.ndarray) else value
    if isinstance(value, bytes):
        return printable(repr(value.decode("utf-8", "replace"))[:80])
    if isinstance(value, np.bool_ | bool):
        return str(bool(value))
    if isinstance(value, np.complexfloating):
        return f"{complex(value):.5g}"
    if is_whole(value):
        return f"{int(value)}"
    return f"{float(value):.7g}"


def is_real(value: Any) -> bool:
    """Whether a value is of a type of real numbers that are no integers."""
    return not isinstance(value, bytes | np.complexfloating) and not is_whole(value)


def is_whole(value: Any) -> bool:
    """Whether a value is of a type of integers, `ml_dtypes`' included."""
    return isinstance(value, np.integer) or "int" in type(value).__name__

"""Operators on tables of constants (kernels/hashtable.cc, hashtable_find.cc, …)."""

from __future__ import annotations

from typing import Any

import numpy as np

from rebuild.translate.context import Context, Nothing
from rebuild.translate.expression import Expression, Operand, helpers
from rebuild.translate.registry import TranslationError, op

TYPES = {("int64", "string"), ("string", "int64")}
"""The types of keys and values that the kernels have."""


@op("HASHTABLE")
def hashtable(cx: Context) -> Nothing:
    """The name of a table."""
    return Nothing("it names a table")


@op("HASHTABLE_IMPORT")
def hashtable_import(cx: Context, handle: Operand, keys: Operand, values: Operand) -> Nothing:
    """What a table is filled with; the first time counts."""
    entries(cx, handle)
    return Nothing("its entries stand where they are looked up")


@op("HASHTABLE_FIND", needs_tensorflow=True)
def hashtable_find(cx: Context, handle: Operand, keys: Operand, default: Operand) -> Expression:
    """The value of each key, or the default."""
    found = entries(cx, handle)
    if (keys.dtype, cx.output.dtype) not in TYPES or default.dtype != cx.output.dtype:
        raise TranslationError(
            f"it finds {cx.output.dtype} by {keys.dtype}, by default {default.dtype}"
        )
    made = (list(found), list(found.values()))
    if not default.elements:
        raise TranslationError("its default value has no elements")
    if default.static is None:
        return helpers.Lookup(*made)(keys, default)
    return helpers.Lookup(*made, listed(default.static)[0])(keys)


@op("HASHTABLE_SIZE")
def hashtable_size(cx: Context, handle: Operand) -> Expression:
    """How many entries a table has; `static.py` knows it of one that constants fill."""
    raise TranslationError("its table is filled with what the file does not determine")


def entries(cx: Context, handle: Operand) -> dict[Any, Any]:
    """What a table holds: of two entries with one key the first."""
    table = cx.around.tables.get(handle.tensor)
    if table is None:
        raise TranslationError(
            f"its table (tensor {handle.tensor}) comes from elsewhere than HASHTABLE"
        )
    resources = cx.around.parts.resources
    if table not in resources.imported:
        raise TranslationError(f"nothing is imported into table {table}")
    keys, values = (listed(resources.value(given)) for given in resources.imported[table])
    if len(keys) != len(values):
        raise TranslationError(f"table {table} has {len(keys)} keys and {len(values)} values")
    found: dict[Any, Any] = {}
    for key, value in zip(keys, values, strict=True):
        found.setdefault(key, value)
    return found


def listed(array: np.ndarray) -> list[Any]:
    """Keys or values as Python's; text has to be UTF-8."""
    try:
        return [item.decode() if isinstance(item, bytes) else int(item) for item in np.ravel(array)]
    except UnicodeDecodeError:
        raise TranslationError("its table or its default holds text that is not UTF-8") from None

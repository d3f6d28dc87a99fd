"""Flex operators: TensorFlow's own (LiteRT's delegates/flex), by `tf.raw_ops`.

No interpreter of `ai-edge-litert` runs them, and what they compute is TensorFlow's to say.
"""

from __future__ import annotations

from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.expression import Call, Operand
from rebuild.translate.flex_table import SIGNATURES, Signature
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import FLEX, TranslationError, op

LONGEST = 32
"""Elements of a vector that the script spells out, so that Keras knows what shapes it makes."""

OLD_NAMES = {"squeeze_dims": "axis"}
"""Attributes that have another name in Python."""


@op(f"{FLEX}*", needs_tensorflow=True)
def flex(cx: Context, *operands: Operand, attributes: dict[str, Any] | None = None) -> Call:
    """The operator that the name and the NodeDef say, its arguments and attributes by name."""
    name = cx.operator.name.removeprefix(FLEX)
    if name not in SIGNATURES:
        raise TranslationError(
            f"TensorFlow's {name} is none that works on tensors alone (tf.raw_ops)"
        )
    if attributes is None:
        raise TranslationError("its options are no NodeDef")
    found = SIGNATURES[name]
    names = {key: OLD_NAMES.get(key, key) for key in attributes}
    known = {names[k]: v for k, v in attributes.items() if v is not None}
    given = {name: known[name] for name in found.attributes if name in known}
    for key, each in given.items():
        if isinstance(each, dict) or (isinstance(each, list) and not plain(each)):
            raise TranslationError(f"its attribute {key} is none that can be written: {each}")
    tensors = arguments(cx, found, operands)
    return tensorflow(f"raw_ops.{name}", **tensors, **given)


def plain(values: list[Any]) -> bool:
    """Whether all values are texts, numbers or lists of them."""
    return not any(isinstance(item, dict) for item in values)


def arguments(cx: Context, found: Signature, operands: tuple[Operand, ...]) -> dict[str, Any]:
    """The operands by the names of the arguments; those that are lists share what is left."""
    lists = sum(name.endswith("*") for name in found.arguments)
    rest = len(operands) - (len(found.arguments) - lists)
    length = rest // lists if lists else 0
    if rest != lists * length or rest < 0:
        raise TranslationError(f"it has {len(operands)} operands for {list(found.arguments)}")
    remaining, named = iter(operands), {}
    for name in found.arguments:
        if name.endswith("*"):
            named[name[:-1]] = [cx.tensor(next(remaining)) for _ in range(length)]
        else:
            named[name] = value(cx, next(remaining))
    return named


def value(cx: Context, operand: Operand) -> Any:
    """An operand; a short vector of int32 as a list, which TensorFlow takes for one."""
    is_short = operand.is_static and operand.rank == 1 and operand.elements <= LONGEST
    if is_short and operand.dtype == "int32":
        return list(cx.integers(operand, "vector"))
    return operand if operand.rank == 0 else cx.tensor(operand)

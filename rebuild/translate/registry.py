"""Which function translates which operator. Each is registered once, by the operator's name.

An operator's function takes the context, its operands (None for an optional one left out) and,
as keywords, those of its options that matter; it returns an expression, or a tuple of them for
several outputs made apart. `importlib` loads the families of `rebuild.translate.ops` at first use.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from inspector.errors import UnsupportedError
from rebuild.translate.takes import refusal

Function = TypeVar("Function", bound=Callable[..., Any])


class TranslationError(UnsupportedError):
    """This operator, as it stands in the model, has no translation; the message is the reason."""


class ComputedError(TranslationError):
    """Keras wants an operand when the model is built, and it is computed while the model runs."""


@dataclass(frozen=True, slots=True)
class Translation:
    """How one operator is translated."""

    operator: str
    function: Callable[..., Any]
    options: frozenset[str]
    needs_tensorflow: bool

    def apply(self, context: Any, operands: list[Any], options: dict[str, Any]) -> Any:
        """Call the function with the options it names, or raise `TranslationError`."""
        check_taken(self.operator, context, operands, options)
        chosen = {name: value for name, value in options.items() if name in self.options}
        signature = signature_of(self.function)
        try:
            bound = signature.bind(context, *operands, **chosen)
        except TypeError as error:
            raise TranslationError(f"its operands or options do not fit: {error}") from None
        check_given(signature, bound.arguments)
        check_named(signature, chosen)
        try:
            return self.function(context, *operands, **chosen)
        except ComputedError:
            if self.operator not in _COMPUTED or self is _COMPUTED[self.operator]:
                raise
            return _COMPUTED[self.operator].apply(context, operands, options)
        except MISFITS as error:  # shapes and options come from the file, which may be damaged
            shapes = [None if operand is None else list(operand.shape) for operand in operands]
            raise TranslationError(
                f"its operands, of shapes {shapes}, do not fit: {error}"
            ) from None


@cache
def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a translation, which is looked at for each operator."""
    return inspect.signature(function)


def check_taken(operator: str, context: Any, operands: list[Any], options: dict[str, Any]) -> None:
    """Raise `TranslationError` where the kernel does not take such operands, or steps of 0."""
    tensors, record = context.around.subgraph.tensors, context.operator
    used = [tensors[t] for t in (*record.inputs, *record.outputs) if t >= 0]
    is_quantized = any(tensor.is_quantized for tensor in used)
    reason = refusal(operator, operands, context.outputs, is_quantized)
    for name, value in options.items():
        if name.startswith(STEPS) and not 1 <= (value or 0) <= LONGEST and not reason:
            reason = f"its {name} is {value or 0}, and its kernel takes 1 to {LONGEST}"
    if reason:
        raise TranslationError(reason)


STEPS = ("stride_", "dilation_", "filter_height", "filter_width", "block_size")
"""What the names of options begin with that have to be above zero."""

LONGEST = 2**15 - 1
"""The longest step that a kernel takes (kernels/conv.cc and the others: INT16_MAX)."""


def check_given(signature: inspect.Signature, arguments: Mapping[str, Any]) -> None:
    """Raise `TranslationError` where an operand is left out that is not optional."""
    for name, value in arguments.items():
        parameter = signature.parameters[name]
        given = value if parameter.kind is parameter.VAR_POSITIONAL else (value,)
        if any(each is None for each in given) and "None" not in str(parameter.annotation):
            raise TranslationError(f"its operand {name!r} is left out")


def check_named(signature: inspect.Signature, options: Mapping[str, Any]) -> None:
    """Raise `TranslationError` where an option that is one of several words is a number.

    Such a number is none that the schema has a word for.
    """
    for name, value in options.items():
        if signature.parameters[name].annotation == "str" and not isinstance(value, str):
            raise TranslationError(f"its {name} is {value}, which the schema has no name for")


MISFITS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What Python raises where a translation meets a shape or option that the operator cannot have."""

_REGISTRY: dict[str, Translation] = {}
_COMPUTED: dict[str, Translation] = {}


def op(
    *names: str, needs_tensorflow: bool = False, computed: bool = False
) -> Callable[[Function], Function]:
    """Register the decorated function as the translation of the operators `names`.

    A `computed` one is for the form that another refuses with `ComputedError`.
    """
    known = _COMPUTED if computed else _REGISTRY

    def register(function: Function) -> Function:
        parameters = inspect.signature(function).parameters.values()
        options = frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
        for name in names:
            if name in known:
                raise ValueError(f"operator {name} has a translation already: {known[name]}")
            known[name] = Translation(name, function, options, needs_tensorflow)
        return function

    return register


FLEX = "Flex"
"""What the names of operators of TensorFlow begin with; one translation, `Flex*`, is for all."""


def translation_of(operator: str) -> Translation | None:
    """How an operator of a model is translated; None where nobody knows."""
    family = f"{FLEX}*" if operator.startswith(FLEX) else ""
    return registry().get(operator) or registry().get(family)


@cache
def registry() -> dict[str, Translation]:
    """All translations, by operator name."""
    package = import_module("rebuild.translate.ops")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"rebuild.translate.ops.{module.name}")
    return dict(sorted(_REGISTRY.items()))

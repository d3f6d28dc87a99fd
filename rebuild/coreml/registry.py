"""Which function evaluates which operation of MIL; each is registered once, by its name.

A function takes the operation's inputs as keywords, by MIL's own names for them (None where an
optional one is left out), and returns its value, or a tuple for several. Arrays are NumPy's; those
of float16 arrive as float32, and what is returned is rounded to the type that the program states.
`importlib` loads the families of `rebuild.coreml.operators` at first use.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from inspector.errors import UnsupportedError

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How one operation is evaluated; `inputs` are those that its function names, None for all."""

    function: Callable[..., Any]
    inputs: frozenset[str] | None

    def __call__(self, given: dict[str, Any]) -> Any:
        """The value that the operation has for the inputs `given`."""
        if self.inputs is not None:
            given = {name: value for name, value in given.items() if name in self.inputs}
        return self.function(**given)


_REGISTRY: dict[str, Evaluation] = {}


def mil(*names: str) -> Callable[[Function], Function]:
    """Register a function for the operations of these names; refuses one that has a function."""

    def register(function: Function) -> Function:
        parameters = inspect.signature(function).parameters.values()
        takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
        inputs = None if takes_all else frozenset(p.name for p in parameters)
        for name in names:
            add(name, Evaluation(function, inputs))
        return function

    return register


def add(name: str, evaluation: Evaluation) -> None:
    """Register one evaluation. Raises `ValueError` where the operation has one."""
    if name in _REGISTRY:
        raise ValueError(f"{name} has an evaluation already: {_REGISTRY[name].function}")
    _REGISTRY[name] = evaluation


@cache
def evaluations() -> dict[str, Evaluation]:
    """All evaluations by the names of their operations."""
    families = import_module("rebuild.coreml.operators")
    for module in pkgutil.iter_modules(families.__path__, f"{families.__name__}."):
        import_module(module.name)
    return _REGISTRY


def evaluation(name: str) -> Evaluation:
    """The evaluation of an operation, or `UnsupportedError` where nothing here evaluates it."""
    try:
        return evaluations()[name]
    except KeyError:
        raise UnsupportedError(f"MIL's operation {name} cannot be evaluated here") from None

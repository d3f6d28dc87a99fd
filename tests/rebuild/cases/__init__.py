"""Cases of operators' translations, a module a family: each has `CASES`, by name.

A module may have `HELPERS` too: for a helper layer the name of a case whose script has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from tests.one_operator import Case


def modules() -> Iterator[ModuleType]:
    """The modules of this folder."""
    for module in iter_modules(__path__):
        yield import_module(f"{__name__}.{module.name}")


def collected() -> Iterator[tuple[str, Case]]:
    """The cases of all modules."""
    for module in modules():
        yield from getattr(module, "CASES", {}).items()


def helpers() -> Iterator[tuple[str, Case]]:
    """For each helper layer that a module names, a case with it."""
    for module in modules():
        for helper, name in getattr(module, "HELPERS", {}).items():
            yield helper, module.CASES[name]

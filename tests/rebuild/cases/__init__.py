"""Cases of operators' translations, a module a family, each with a `CASES` of its own."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from tests.one_operator import Case


def collected() -> Iterator[tuple[str, Case]]:
    """The cases of all modules of this folder."""
    for module in iter_modules(__path__):
        found = import_module(f"{__name__}.{module.name}")
        yield from getattr(found, "CASES", {}).items()

"""What the commands that run models share: whose kernels, and how the interpreter is kept apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.errors import InputError
from inspector.run.runtime import Engine, Kernels

if TYPE_CHECKING:
    from inspector.run.process import Limits

Chosen = Annotated[
    Kernels | None,
    typer.Option("--kernels", help="Which implementations; builtin, where they have all."),
]
Threads = Annotated[int, typer.Option(metavar="N", help="Of the interpreter.")]
Whose = Annotated[Engine, typer.Option("--runtime", help="Whose interpreter.")]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", help="How long one run of the interpreter may take.")
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="Memory that the interpreter may take, such as 4GB."),
]

PATIENCE = 300.0
MOST_MEMORY = 0.9
"""Of the machine's memory, what the interpreter may take unless told otherwise."""
UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
UNITS |= {"KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}
SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(|[KMGT]I?)B?", re.IGNORECASE)


@contextmanager
def apart(timeout: float, memory_limit: str | None) -> Iterator[None]:
    """Keep the interpreter in a process of its own, which these limits are set to.

    Raises `InputError` for limits that are none.
    """
    from inspector.run.isolation import isolated

    with isolated(limits_of(timeout, memory_limit)):
        yield


def limits_of(timeout: float, memory_limit: str | None) -> Limits:
    """The limits of an interpreter. Raises `InputError` for what is none."""
    from inspector.run.process import Limits, physical_memory

    if not timeout > 0:
        raise InputError(f"--timeout {timeout:g}: give a number of seconds above 0")
    if memory_limit is None:
        return Limits(timeout, int(physical_memory() * MOST_MEMORY))
    return Limits(timeout, size_of(memory_limit, "--memory-limit"))


def size_of(text: str, option: str) -> int:
    """A size in bytes: `2GB` is decimal, `2GiB` binary, `2000` bytes."""
    found = SIZE.fullmatch(text.strip())
    size = int(float(found[1]) * UNITS[found[2].upper()]) if found else 0
    if size < 1:
        raise InputError(f"{option} {text}: is no size; write it as 200MB, 2GB or 1.5GiB")
    return size

"""What the commands share: the parameters that mean the same everywhere, and their first checks.

For what they write, see `inspector.report`: `strict_json.emit` (the object of `--json`),
`text.say` (one line to stderr), `text.printable` (names from a file), `console`, `tables`,
`progress.Progress`; and `inspector.files` (files whole or not at all).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import translate
from re import compile as compile_pattern
from typing import TYPE_CHECKING, Annotated

import typer

import inspector
from inspector.calls import subgraph_of_signature
from inspector.errors import InputError
from inspector.report.text import say

if TYPE_CHECKING:
    from inspector.read.model import Model, Subgraph
    from inspector.stats import Part

ModelPath = Annotated[
    str, typer.Argument(metavar="MODEL", help="A .tflite file, a URL, or CONTAINER::MEMBER of one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object to stdout.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Write comma-separated values to stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Write over what is there.")]
OnlySubgraph = Annotated[
    int | None, typer.Option("--subgraph", metavar="N", help="Only this subgraph.")
]

DONE, COULD_NOT = 0, 2  # as in main.py
MOST_FAULTS = 12
ALTERNATIVES = compile_pattern(r"(?<!\[)\{([^{}]*,[^{}]*)\}")


def open_model(path: str) -> Model:
    """`inspector.open`, which says on stderr what it opened where that was not said."""
    return told(inspector.open(path), path)


def told(model: Model, path: str) -> Model:
    """A model, once it has been said what the path that was given stands for."""
    if model.path != path:
        say(f"{path} stands for {model.path}")
    return model


def matcher(pattern: str | None) -> Callable[[str], object]:
    """Whether a text matches a GLOB (`*`, `?`, `[abc]`, `{a,b}`; case counts); all do without one.

    >>> [bool(matcher("*.{weight,bias}")(key)) for key in ("stem.weight", "mean.axis")]
    [True, False]
    """
    globs = alternatives("*" if pattern is None else pattern)
    return compile_pattern("|".join(map(translate, globs))).match


def alternatives(pattern: str) -> list[str]:
    """The patterns that a GLOB with `{a,b}` stands for, `[{]` being the sign itself."""
    found = ALTERNATIVES.search(pattern)
    if found is None:
        return [pattern]
    first, last = pattern[: found.start()], pattern[found.end() :]
    return [first + each + rest for each in found[1].split(",") for rest in alternatives(last)]


def chosen_subgraphs(model: Model, index: int | None) -> list[Subgraph]:
    """The subgraph of that index, or all. Raises `InputError` when there is no such subgraph."""
    return [model.subgraphs[chosen] for chosen in chosen_indices(model, index)]


def chosen_indices(model: Model, index: int | None) -> Sequence[int]:
    """The index, or those of all subgraphs. Raises `InputError` when there is no such subgraph."""
    count = len(model.subgraphs)
    if index is None:
        return range(count)
    if not 0 <= index < count:
        raise InputError(
            f"{model.path}: there is no subgraph {index}; it has {count}, counted from 0"
        )
    return [index]


def chosen_parts(
    model: Model, index: int | None, part_of: Callable[[Subgraph], Part]
) -> tuple[list[Part], list[str]]:
    """What can be read of the subgraph of that index, or of all; and the faults of the rest.

    `part_of` reads one: `stats.sound_part`, or `part_without_options`. Raises `InputError` when
    there is no such subgraph.
    """
    from inspector.stats import noting

    parts: list[Part] = []
    faults: list[str] = []
    for chosen in chosen_indices(model, index):
        with noting(faults):
            part = part_of(model.subgraphs[chosen])
            parts.append(part)
            faults += part.faults
    return parts, faults


def exit_code(model: Model, faults: list[str]) -> int:
    """Say what of a model cannot be read, a line each, and give the exit code that follows."""
    left = len(faults) - MOST_FAULTS
    for fault in faults[: MOST_FAULTS if left > 1 else None]:
        say(f"{model.path}: {fault}")
    if left > 1:
        say(f"{model.path}: {left} more parts cannot be read; --json has them all")
    return COULD_NOT if faults else DONE


def one_format(*, as_csv: bool, as_json: bool) -> None:
    """Raise `InputError` when both formats are asked for."""
    if as_csv and as_json:
        raise InputError("--csv and --json are two formats; give one of them")


def subgraph_of(model: Model, key: str | None, index: int | None) -> int:
    """The subgraph that a signature or a number names; without either, the primary one."""
    if key is None:
        return 0 if index is None else chosen_indices(model, index)[0]
    if index is not None:
        raise InputError("--signature and --subgraph both name a subgraph; give one of them")
    return subgraph_of_signature(model, key)

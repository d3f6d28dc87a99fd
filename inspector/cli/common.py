"""What the commands share: the parameters that mean the same everywhere, and their first checks.

For what they write, see `inspector.report`: `strict_json.emit` (the object of `--json`),
`text.say` (one line to stderr), `text.printable` (names from a file), `console`, `tables`,
`progress.Progress`; and `inspector.files` (files whole or not at all).
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import translate
from pathlib import Path
from re import compile as compile_pattern
from typing import TYPE_CHECKING, Annotated

import typer

from inspector.errors import InputError

if TYPE_CHECKING:
    from inspector.read.model import Model, Subgraph

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object to stdout.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Write comma-separated values to stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Write over what is there.")]
OnlySubgraph = Annotated[
    int | None, typer.Option("--subgraph", metavar="N", help="Only this subgraph.")
]


def matcher(pattern: str | None) -> Callable[[str], object]:
    """Whether a text matches a GLOB (`*`, `?`, `[abc]`; case counts); without one, all do."""
    return compile_pattern(translate("*" if pattern is None else pattern)).match


def chosen_subgraphs(model: Model, index: int | None) -> list[Subgraph]:
    """The subgraph of that index, or all. Raises `InputError` when there is no such subgraph."""
    if index is None:
        return list(model.subgraphs)
    if not 0 <= index < len(model.subgraphs):
        raise InputError(
            f"{model.path}: there is no subgraph {index}; "
            f"it has {len(model.subgraphs)}, counted from 0"
        )
    return [model.subgraphs[index]]


def one_format(*, as_csv: bool, as_json: bool) -> None:
    """Raise `InputError` when both formats are asked for."""
    if as_csv and as_json:
        raise InputError("--csv and --json are two formats; give one of them")

"""What `tfli info` and `tfli weights` do with a Core ML model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.cli.common import matcher
from inspector.errors import InputError
from inspector.files import write_whole
from inspector.report.overview.section import named, shortened
from inspector.report.strict_json import emit
from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, count_text, counted, say
from inspector.report.words import shape_text
from inspector.weights.writers import write_npz

if TYPE_CHECKING:
    from rebuild.coreml.stored import Constant

TOP = (Column("", style="dim"), Column(""))
ENDS = (Column(""), Column("name", style="bold", least=12), Column("type"), Column("shape"))
OPERATIONS = (Column("operation"), Column("count", align="right"))
WEIGHTS = (Column("name", style="bold", least=12), Column("shape"), Column("stored as"))


def tell(path: Path, as_json: bool) -> None:
    """Tell what a package holds. Raises as `describe`."""
    from rebuild.coreml.describe import describe, rows

    found = describe(path)
    if as_json:
        emit(found)
        return
    show(Table(TOP, list(lines(found))))
    print()
    ends = [shortened(rows(found, side)) for side in ("inputs", "outputs")]
    show(Table(ENDS, [*ends[0], *ends[1]]))
    print()
    kinds = [[name, str(count)] for name, count in found["op_histogram"].items()]
    show(Table(OPERATIONS, shortened(kinds)))


def lines(found: dict[str, Any]) -> Iterator[list[str]]:
    """What stands at the top of the page: pairs of words."""
    yield ["file", f"{found['file']}, {bytes_text(found['size'])}"]
    yield ["Core ML", f"{found['format']} for {found['target'] or 'newer systems'} and later"]
    for name in ("description", "author", "license", "version"):
        if found[name]:
            yield [name, found[name]]
    if "parameters" in found:
        kept = ", ".join(f"{bytes_text(n)} {kind}" for kind, n in found["weight_bytes"].items())
        yield ["weights", f"{count_text(found['parameters'])} parameters: {kept or 'none'}"]
    if found["states"]:
        yield ["states", ", ".join(found["states"])]
    if found["labels"]:
        yield ["labels", f"{len(found['labels'])}: {named(found['labels'])}"]


def export(
    path: Path, output: Path | None, *, raw: bool, pattern: str | None, force: bool, as_json: bool
) -> None:
    """List the weights of a package, or write them as `.npz`: real numbers, or what is stored.

    Raises `InputError` where the file to write is no `.npz` or a pattern fits nothing.
    """
    from rebuild.coreml.evaluate import Evaluator
    from rebuild.coreml.program import read_package
    from rebuild.coreml.stored import constants

    if output is not None and output.suffix != ".npz":
        raise InputError(f"{output}: weights of a Core ML package are written as .npz")
    package = read_package(path)
    wanted = matcher(pattern)
    found = [each for each in constants(Evaluator(package.program)) if wanted(each.name)]
    if not found and pattern is not None:
        raise InputError(f"no constant has a name like {pattern!r}; leave out --filter")
    if output is not None:
        with write_whole(output, force=force) as target:
            write_npz(target, pairs(found, raw))
    if as_json:
        emit({"file": str(output) if output else None, "arrays": [entry(c) for c in found]})
        return
    show(Table(WEIGHTS, [[c.name, shape_text(c.shape), stored(c)] for c in found]))
    if output is not None:
        say(f"{counted(len(found), 'array')} in {output}")


def pairs(found: list[Constant], raw: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Keys and arrays: each constant's values, or what is stored of it."""
    for constant in found:
        if not raw or constant.kind == "const":
            yield constant.name, constant.values()
        else:
            yield from ((f"{constant.name}/{name}", part) for name, part in constant.parts.items())


def entry(constant: Constant) -> dict[str, Any]:
    """A constant in the JSON object."""
    parts = {name: str(part.dtype) for name, part in constant.parts.items()}
    shape = list(constant.shape)
    return {"key": constant.name, "shape": shape, "kind": constant.kind, "stored": parts}


def stored(constant: Constant) -> str:
    """How a constant is stored, in words."""
    if constant.kind == "const":
        return str(constant.parts["val"].dtype)
    biggest = max(constant.parts.values(), key=lambda part: part.nbytes)
    return f"{biggest.dtype}, {constant.kind.removeprefix('constexpr_').replace('_', ' ')}"

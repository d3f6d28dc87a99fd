"""The Keras source that a model was rebuilt as, and which of its lines are which operators."""

from __future__ import annotations

import ast
import io
import keyword
import token
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from inspector.errors import InputError
from inspector.read.model import Model
from inspector.tui.columns import Span
from inspector.tui.places import Place, operator_at
from inspector.tui.registry import load

KINDS = {tokenize.COMMENT: "comment", token.NUMBER: "number", token.STRING: "string"}
"""The styles of tokens; `FSTRING_…` of newer Pythons are plain but for the names in them."""


class Mapping(Protocol):
    """What is read here of the `Mapping` that `rebuild.mapping` reads from `map.json`."""

    model: dict[str, Any]
    subgraph: int
    places: dict[int, Any]
    checks: tuple[Any, ...]
    folded: dict[int, str]
    signatures: dict[str, Mapping]

    def holder(self, tensor: int) -> int:
        """The tensor whose value in the script stands for `tensor` too."""


class Rebuilt(NamedTuple):
    """A rebuilt folder: its lines as spans, the first line of each operator, and the way back.

    Lines are counted from 0. `folded` are operators without a line, each with the reason; `verdict`
    is what a verification has just said of it, where there was one.
    """

    folder: Path
    lines: tuple[tuple[Span, ...], ...]
    line_of: dict[Place, int]
    operators: dict[int, list[Place]]
    folded: dict[Place, str]
    verdict: str = ""


def read(folder: Path, model: Model) -> Rebuilt:
    """What `tfli rebuild` has written into a folder.

    Raises `InputError` where it is not there, or is of another model.
    """
    mapping: Mapping = load("rebuild.mapping:read")(folder / "map.json")
    if mapping.model["size"] != model.size:
        raise InputError(
            f"{folder} was rebuilt from {mapping.model['file']}, of {mapping.model['size']:,} "
            f"bytes, and this model has {model.size:,}; rebuild this one"
        )
    script = folder / "model.py"
    try:
        source = script.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{script}: cannot be read: {error}") from None
    starts, folded = dict(line_of(mapping)), dict(reasons(mapping))
    extents = statements(source)
    operators: dict[int, list[Place]] = {}
    for place, first in starts.items():
        for line in range(first, extents.get(first, first) + 1):
            operators.setdefault(line, []).append(place)
    return Rebuilt(folder, highlighted(source), starts, operators, folded)


def parts(mapping: Mapping) -> Iterator[Mapping]:
    """The mappings of all subgraphs that the script has a model of."""
    yield mapping
    for part in mapping.signatures.values():
        yield from parts(part)


def line_of(mapping: Mapping) -> Iterator[tuple[Place, int]]:
    """Each operator with the line on which its statement begins."""
    for part in parts(mapping):
        for check in part.checks:
            held = [part.holder(tensor) for tensor in check.outputs]
            lines = [part.places[tensor].line - 1 for tensor in held if tensor in part.places]
            if lines:
                for operator in (check.operator, *check.also):
                    yield operator_at(part.subgraph, operator), lines[0]


def reasons(mapping: Mapping) -> Iterator[tuple[Place, str]]:
    """Each operator without a statement, with the reason."""
    for part in parts(mapping):
        for operator, reason in part.folded.items():
            yield operator_at(part.subgraph, operator), reason


def statements(source: str) -> dict[int, int]:
    """The last line of the statement that begins on each line; none where it is no Python."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return {}
    simple = [node for node in nodes if isinstance(node, ast.Assign | ast.Expr | ast.Return)]
    return {node.lineno - 1: (node.end_lineno or node.lineno) - 1 for node in simple}


def highlighted(source: str) -> tuple[tuple[Span, ...], ...]:
    """The lines of Python source, in the styles of what they are made of."""
    lines = source.splitlines()
    found: list[list[Span]] = [[] for _ in lines]
    reached = [0] * len(lines)
    for row, start, end, style in styled(source, lines):
        if start > reached[row]:
            found[row].append(Span(lines[row][reached[row] : start]))
        found[row].append(Span(lines[row][start:end], style))
        reached[row] = end
    for row, line in enumerate(lines):
        found[row].append(Span(line[reached[row] :]))
    return tuple(map(tuple, found))


def styled(source: str, lines: list[str]) -> Iterator[tuple[int, int, int, str]]:
    """What has a style: line, first and last column, style. It ends where it is no Python."""
    before = ""
    try:
        for each in tokenize.generate_tokens(io.StringIO(source).readline):
            style = style_of(each, before)
            before = each.string
            if not style:
                continue
            (first, start), (last, end) = each.start, each.end
            for row in range(first - 1, last):
                left = start if row == first - 1 else 0
                yield row, left, end if row == last - 1 else len(lines[row]), style
    except (tokenize.TokenError, SyntaxError):
        return


def style_of(each: tokenize.TokenInfo, before: str) -> str:
    """The style of a token behind another."""
    if each.type == token.NAME and keyword.iskeyword(each.string):
        return "keyword"
    if each.type == token.NAME and before in ("def", "class"):
        return "definition"
    return KINDS.get(each.type, "")

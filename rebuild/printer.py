"""An expression tree as Python source, laid out as a formatter would leave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rebuild.translate.expression import Binary, Call, Index, Operand, Unary

WIDTH = 88
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2}
UNARY = 3
ATOM = 4


class Printer:
    """Writes expressions; `names` gives the variable that holds each tensor."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names

    def flat(self, node: Any) -> str:
        """`node` on one line."""
        if isinstance(node, Operand):
            return self.names[node.tensor]
        if isinstance(node, Call):
            return f"{self.callee(node)}({', '.join(self.parts(node))})"
        if isinstance(node, Binary):
            level = PRECEDENCE[node.operator]
            left = self.bracketed(node.left, level)
            return f"{left} {node.operator} {self.bracketed(node.right, level + 1)}"
        if isinstance(node, Unary):
            return f"{node.operator}{self.bracketed(node.operand, UNARY)}"
        if isinstance(node, Index):
            return f"{self.bracketed(node.value, ATOM)}[{self.key(node.key)}]"
        if isinstance(node, (list, tuple)):
            return self.sequence(node)
        return literal(node)

    def callee(self, node: Call) -> str:
        """What is called."""
        return node.function if isinstance(node.function, str) else self.flat(node.function)

    def parts(self, node: Call) -> list[str]:
        """The arguments of a call, each as it is written."""
        keywords = [f"{key}={self.flat(value)}" for key, value in node.keywords.items()]
        return [self.flat(value) for value in node.arguments] + keywords

    def bracketed(self, node: Any, level: int) -> str:
        """`node`, in brackets where it binds looser than `level`."""
        text = self.flat(node)
        return f"({text})" if precedence(node) < level else text

    def sequence(self, node: list[Any] | tuple[Any, ...]) -> str:
        """A list or a tuple."""
        inside = ", ".join(self.flat(item) for item in node)
        if isinstance(node, list):
            return f"[{inside}]"
        return f"({inside},)" if len(node) == 1 else f"({inside})"

    def key(self, key: Any) -> str:
        """What stands in the brackets of an index."""
        if isinstance(key, tuple):
            return ", ".join(map(self.key, key))
        if isinstance(key, slice):
            start, stop = ("" if edge is None else str(edge) for edge in (key.start, key.stop))
            step = "" if key.step in (None, 1) else f":{key.step}"
            return f"{start}:{stop}{step}"
        return "..." if key is Ellipsis else self.flat(key)

    def statement(self, head: str, node: Any, indent: int = 4) -> list[str]:
        """The lines of `head` followed by `node`, indented by so many spaces."""
        margin = " " * indent
        line = margin + head + self.flat(node)
        if len(line) <= WIDTH:
            return [line]
        return self.broken(margin + head, node, "", indent)

    def broken(self, head: str, node: Any, tail: str, indent: int) -> list[str]:
        """`head`, `node` and `tail` over several lines, broken in the outermost brackets."""
        if isinstance(node, Call) and isinstance(node.function, Call):
            trailer = f"({', '.join(self.parts(node))}){tail}"
            if len(trailer) < WIDTH // 2:
                return self.broken(head, node.function, trailer, indent)
        if isinstance(node, Call):
            opening, items, closing = f"{head}{self.callee(node)}(", self.parts(node), f"){tail}"
        elif isinstance(node, (list, tuple)):
            opening, items, closing = f"{head}[", [self.flat(item) for item in node], f"]{tail}"
            if isinstance(node, tuple):
                opening, closing = f"{head}(", f"){tail}"
        else:
            opening, items, closing = f"{head}(", [self.flat(node)], f"){tail}"
        inner = " " * (indent + 4)
        together = inner + ", ".join(items)
        if len(together) <= WIDTH and not (isinstance(node, tuple) and len(node) == 1):
            return [opening, together, " " * indent + closing]
        return [opening, *self.items(node, items, inner), " " * indent + closing]

    def items(self, node: Any, flat: list[str], inner: str) -> list[str]:
        """One item a line; a list that is still too long is broken in turn."""
        if not isinstance(node, (Call, list, tuple)):
            return [inner + flat[0]]
        lines = []
        for text, value in zip(flat, arguments(node), strict=True):
            if len(inner) + len(text) + 1 <= WIDTH or not isinstance(value, (Call, list, tuple)):
                lines.append(f"{inner}{text},")
            else:
                name = text.partition("=")[0] + "=" if is_keyword(node, value) else ""
                lines += self.broken(inner + name, value, ",", len(inner))
        return lines


def arguments(node: Call | list[Any] | tuple[Any, ...]) -> list[Any]:
    """The values in a node's brackets, in the order in which they are written."""
    if isinstance(node, Call):
        return [*node.arguments, *node.keywords.values()]
    return list(node)


def is_keyword(node: Any, value: Any) -> bool:
    """Whether `value` is given to the call `node` by keyword."""
    return isinstance(node, Call) and any(value is other for other in node.keywords.values())


def precedence(node: Any) -> int:
    """How tightly the outermost operator of `node` binds."""
    if isinstance(node, Binary):
        return PRECEDENCE[node.operator]
    if isinstance(node, Unary) or (isinstance(node, (int, float)) and node < 0):
        return UNARY
    return ATOM


def literal(value: Any) -> str:
    """A Python literal, strings in double quotes; the floats that have none as `float("inf")`."""
    if isinstance(value, str):
        escaped = value.encode("unicode_escape").decode().replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return f'float("{value}")'
    return repr(value)

"""An expression tree as Python source, laid out as a formatter would leave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rebuild.translate.expression import (
    Binary,
    Call,
    Index,
    Name,
    Operand,
    Unary,
    children,
    walk,
)

WIDTH = 88
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "//": 2}
UNARY = 3
ATOM = 4
NESTED = (Call, list, tuple, dict)
"""What can be broken over lines in the place where it stands."""


class Printer:
    """Writes expressions; `names` gives the variable that holds each tensor."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names

    def flat(self, node: Any) -> str:
        """`node` on one line."""
        if isinstance(node, Operand):
            return self.names[node.tensor]
        if isinstance(node, Name):
            return node.name
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
        if isinstance(node, dict):
            return "{" + ", ".join(self.entries(node)) + "}"
        return literal(node)

    def entries(self, node: dict[str, Any]) -> list[str]:
        """The entries of a dictionary, each as it is written."""
        return [f"{literal(key)}: {self.flat(value)}" for key, value in node.items()]

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

    def assignment(self, variable: str, node: Any, indent: int = 4) -> list[list[str]]:
        """The lines of `variable = node`; first, where it is too long, of the values inside it.

        A value inside is given the variable's name too, unless the rest needs the old one.
        """
        head = " " * indent + f"{variable} = "
        if len(head + self.flat(node)) > WIDTH and variable.isidentifier():
            for part in inner_values(node):
                rest = substitute(node, part, Name(variable))
                if sum(self.is_named(variable, leaf) for leaf in walk(rest)) == 1:
                    before = self.assignment(variable, part, indent)
                    return [*before, *self.assignment(variable, rest, indent)]
        if len(head) > WIDTH:  # many targets: one a line
            margin = " " * indent
            lines = [f"{margin}    {target}," for target in variable.split(", ")]
            return [[f"{margin}(", *lines, *self.statement(") = ", node, indent)]]
        return [self.statement(f"{variable} = ", node, indent)]

    def is_named(self, variable: str, node: Any) -> bool:
        """Whether a node is written as this variable."""
        if isinstance(node, Operand):
            return self.names[node.tensor] == variable
        return isinstance(node, Name) and node.name == variable

    def statement(self, head: str, node: Any, indent: int = 4) -> list[str]:
        """The lines of `head` followed by `node`, indented by so many spaces."""
        line = " " * indent + head + self.flat(node)
        if len(line) <= WIDTH:
            return [line]
        return self.broken(" " * indent + head, node, "", indent)

    def broken(self, head: str, node: Any, tail: str, indent: int) -> list[str]:
        """`head`, `node` and `tail` over several lines, broken in the outermost brackets.

        Of the brackets of a layer and of its call, the last are broken whose opening fits.
        """
        margin = " " * indent
        if isinstance(node, Index) and isinstance(node.value, Call):
            return self.broken(head, node.value, f"[{self.key(node.key)}]{tail}", indent)
        if isinstance(node, Index):
            opening = f"{head}{self.bracketed(node.value, ATOM)}["
            return [opening, f"{margin}    {self.key(node.key)}", f"{margin}]{tail}"]
        if isinstance(node, Binary) and isinstance(node.right, Call) and len(terms(node)) == 2:
            left = self.bracketed(node.left, PRECEDENCE[node.operator])
            opening = f"{head}{left} {node.operator} "
            is_layer = isinstance(node.right.function, Call)
            if is_layer and len(f"{opening}{self.callee(node.right)}(") <= WIDTH:
                return self.broken(opening, node.right, tail, indent)
        if head.strip() and len(f"{head}{self.first(node)}(") > WIDTH:
            inside = self.statement("", node, indent + 4)
            return [f"{head}(", *inside, f"{margin}){tail}"]
        if isinstance(node, Call) and isinstance(node.function, Call):
            opening = f"{head}{self.callee(node)}("
            closing = f"({', '.join(self.parts(node))}){tail}"
            if len(opening) > WIDTH and len(margin + ")" + closing) <= WIDTH:
                return self.broken(head, node.function, closing, indent)
            if len(opening) > WIDTH:
                *first, last = self.broken(head, node.function, "", indent)
                applied = Call("", node.arguments, node.keywords)
                return [*first, *self.broken(last, applied, tail, indent)]
        opening, closing, items = self.brackets(head, node, tail)
        inner = margin + "    "
        whole = inner + self.flat(node)
        if len(opening) > WIDTH and len(whole) <= WIDTH:
            return [f"{head}(", whole, f"{margin}){tail}"]
        together = inner + ", ".join(items)
        if len(together) <= WIDTH and not isinstance(node, (list, tuple, dict)):
            return [opening, together, margin + closing]
        return [opening, *self.items(node, items, inner), margin + closing]

    def first(self, node: Any) -> str:
        """The name that a chain of calls begins with; nothing where it is none."""
        while isinstance(node, Call) and isinstance(node.function, Call):
            node = node.function
        return self.callee(node) if isinstance(node, Call) else ""

    def brackets(self, head: str, node: Any, tail: str) -> tuple[str, str, list[str]]:
        """What opens and what closes a broken node, and what stands between."""
        if isinstance(node, Call):
            return f"{head}{self.callee(node)}(", f"){tail}", self.parts(node)
        if isinstance(node, dict):
            return head + "{", "}" + tail, self.entries(node)
        if isinstance(node, (list, tuple)):
            left, right = "[]" if isinstance(node, list) else "()"
            return head + left, right + tail, [self.flat(item) for item in node]
        return f"{head}(", f"){tail}", [self.flat(node)]

    def items(self, node: Any, flat: list[str], inner: str) -> list[str]:
        """One item a line; a list that is still too long is broken in turn."""
        if isinstance(node, Binary) and len(inner + flat[0]) > WIDTH:
            return self.sum_lines(node, inner)
        if not isinstance(node, NESTED):
            return [inner + flat[0]]
        lines = []
        for text, value in zip(flat, arguments(node), strict=True):
            fits = len(inner) + len(text) + 1 <= WIDTH
            if not fits and isinstance(value, Binary) and not is_keyword(node, value):
                *first, last = self.sum_lines(value, inner)
                lines += [*first, last + ","]
            elif fits or not isinstance(value, NESTED):
                lines.append(f"{inner}{text},")
            else:
                name = text.removesuffix(self.flat(value))  # of a keyword or an entry
                lines += self.broken(inner + name, value, ",", len(inner))
        return lines

    def sum_lines(self, node: Binary, inner: str) -> list[str]:
        """The lines of a chain of operators that bind alike: one begins each but the first."""
        lines = []
        for operator, term, level in terms(node):
            head = f"{inner}{operator} " if operator else inner
            text = self.bracketed(term, level)
            is_call = isinstance(term, Call)
            whole = len(head + text) <= WIDTH or not is_call
            lines += [head + text] if whole else self.broken(head, term, "", len(inner))
        return lines


def terms(node: Binary) -> list[tuple[str, Any, int]]:
    """The operands of a chain of operators that bind alike.

    Each with the operator before it, and how tightly it must bind not to need brackets.
    """
    level, left = PRECEDENCE[node.operator], node.left
    alike = isinstance(left, Binary) and PRECEDENCE[left.operator] == level
    before = terms(left) if alike else [("", left, level)]
    return [*before, (node.operator, node.right, level + 1)]


def arguments(node: Call | list[Any] | tuple[Any, ...] | dict[str, Any]) -> list[Any]:
    """The values in a node's brackets, in the order in which they are written."""
    if isinstance(node, Call):
        return [*node.arguments, *node.keywords.values()]
    if isinstance(node, dict):
        return list(node.values())
    return list(node)


def is_keyword(node: Any, value: Any) -> bool:
    """Whether `value` is given to the call `node` by keyword."""
    return isinstance(node, Call) and any(value is other for other in node.keywords.values())


def inner_values(node: Any) -> list[Any]:
    """The values directly inside an expression that could stand in lines of their own."""
    kinds = (Call, Binary, Unary, Index)
    parts = [part for part in children(node) if isinstance(part, kinds)]
    if isinstance(node, Call) and isinstance(node.function, Call):
        parts.remove(node.function)
    return parts


def substitute(node: Any, part: Any, by: Any) -> Any:
    """`node` with `by` in the place of its direct part `part`."""

    def change(value: Any) -> Any:
        return by if value is part else value

    if isinstance(node, Binary):
        return Binary(node.operator, change(node.left), change(node.right))
    if isinstance(node, Unary):
        return Unary(node.operator, change(node.operand))
    if isinstance(node, Index):
        return Index(change(node.value), node.key)
    keywords = {key: change(value) for key, value in node.keywords.items()}
    return Call(node.function, tuple(map(change, node.arguments)), keywords, node.weights)


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

"""Layers for what Keras lacks, written into the scripts that use them.

Each file holds one helper. Only other helpers import them: `sources` reads the text.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from functools import cache
from pathlib import Path


@cache
def sources() -> dict[str, str]:
    """The source of each helper class, with its decorator, by its name."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found


def needed(functions: Collection[str]) -> list[str]:
    """The sources of the helpers among `functions`, each behind those it is made of."""
    found: dict[str, None] = {}

    def add(name: str) -> None:
        nodes = ast.walk(ast.parse(sources()[name]))
        words = {node.id for node in nodes if isinstance(node, ast.Name)}
        for other in sorted(words & sources().keys() - {name} - found.keys()):
            add(other)
        found[name] = None

    for name in sorted(sources().keys() & functions):
        add(name)
    return [sources()[name] for name in found]

"""Layers for what Keras lacks, written into the scripts that use them.

Each file holds one helper. Nothing imports them: `sources` reads the text.
"""

from __future__ import annotations

import ast
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

"""The arrows between the rooms of the house: who may import whom."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "inspector").rglob("*.py"), *(ROOT / "rebuild").rglob("*.py")])

FOUNDATION = {"errors", "files", "filenames"}
READERS = {"graph", "stats", "macs", "precision", "memory", "lifetimes", "content", "unused"}
READERS |= {"weights", "run", "calls"}
MAY_IMPORT = {
    "errors": set(),
    "files": {"errors"},
    "filenames": set(),
    "read": FOUNDATION,
    **{room: FOUNDATION | READERS | {"read"} for room in READERS},
    "compare": FOUNDATION | READERS | {"read"},
    "report": FOUNDATION | READERS | {"read", "compare"},
    "tui": FOUNDATION | READERS | {"read", "compare", "report", "package"},
}
MAY_IMPORT["cli"] = MAY_IMPORT["tui"] | {"tui"}
"""The rooms of `inspector`, each with those it may import; `package` is `inspector` itself."""


def room(module: str) -> str:
    """The room that a module of `inspector` lies in."""
    return module.split(".")[1] if "." in module else "package"


def imports(path: Path) -> list[tuple[str, int]]:
    """Every module that a file imports, wherever it does so, with the line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            module = node.module or ""
            if module in ("inspector", "rebuild"):  # its rooms, or a name of the package
                inside = [alias.name for alias in node.names if is_module(module, alias.name)]
                found += [(f"{module}.{name}", node.lineno) for name in inside]
                if len(inside) == len(node.names):
                    continue
            found.append((module, node.lineno))
    return found


def is_module(package: str, name: str) -> bool:
    return (ROOT / package / name).is_dir() or (ROOT / package / f"{name}.py").is_file()


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=ids)
def test_imports_go_one_way(path: Path) -> None:
    package, *rest = path.relative_to(ROOT).with_suffix("").parts
    here = rest[0]
    for module, line in imports(path):
        if module.split(".")[0] == "rebuild":
            assert package == "rebuild", f"line {line}: inspector never imports rebuild"
        if module.split(".")[0] != "inspector" or package != "inspector":
            continue
        other = room(module)
        allowed = other == here or here == "__init__" or other in MAY_IMPORT[here]
        assert allowed, f"line {line}: {here} may not import {other}"


def test_files_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by their names alone, and takes none of two that are the same."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []

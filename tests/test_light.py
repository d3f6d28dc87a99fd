"""What is imported when: the library and the listings stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "tensorflow", "keras", "textual", "ai_edge_litert", "ml_dtypes", "PIL", "rich")
HEAVY += ("pydantic", "flatbuffers", "tflite", "safetensors", "coremltools", "fsspec", "aiohttp")
HEAVY += ("google",)


def imported_by(code: str) -> set[str]:
    """The top-level packages that are loaded after running `code` in a fresh interpreter."""
    show = "; import sys; sys.stderr.write(' '.join({m.partition('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code + show], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def command(*arguments: str) -> str:
    return f"from inspector.cli.main import run; assert run({list(arguments)!r}) == 0"


def test_the_library_imports_nothing_heavy() -> None:
    assert imported_by("import inspector").isdisjoint({*HEAVY, "typer"})


def test_opening_and_listing_a_model_imports_nothing_heavy(fixtures: Path) -> None:
    path = str(fixtures / "cnn_int8.tflite")
    code = (
        f"import inspector; model = inspector.open({path!r})\n"
        "for graph in model.subgraphs: list(graph.tensors), [o.options for o in graph.operators]\n"
        "assert model.signatures and model.metadata"
    )
    assert imported_by(code).isdisjoint({*HEAVY, "typer"})


@pytest.mark.parametrize("name", ["info", "tensors", "ops"])
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_the_listings_import_nothing_heavy(fixtures: Path, name: str, form: list[str]) -> None:
    path = str(fixtures / "cnn_int8.tflite")
    assert imported_by(command(name, path, *form)).isdisjoint(HEAVY)


def test_help_imports_no_command() -> None:
    show = "; assert not [m for m in sys.modules if m.startswith(('rebuild', 'inspector.run'))]"
    loaded = imported_by("import sys; " + command("--help") + show)
    assert loaded.isdisjoint(HEAVY)

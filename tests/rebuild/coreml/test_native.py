"""Core ML itself beside the evaluator, on a system that is told to have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from inspector.compare.metrics import extent
from rebuild.coreml import native
from tests.conftest import Result
from tests.rebuild.networks import interpreters, invoke

Tfli = Callable[..., Result]


class Mac:
    """What stands for Core ML: LiteRT's answer, off by a share of its range."""

    def __init__(self, model: Path, off: float) -> None:
        self.model, self.off = model, off

    def __call__(self, path: str) -> Mac:
        assert Path(path, "Manifest.json").is_file()
        return self

    def predict(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        ((_, array),) = given.items()
        (found,) = invoke(interpreters(self.model)[0], [array.astype(np.float32)])
        return {"probabilities": found + np.float32(self.off * extent(found))}


class Broken(Mac):
    def predict(self, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        raise Exception(f"no device for {list(given)}\nand more")


def pretend(monkeypatch: pytest.MonkeyPatch, core_ml: Mac) -> None:
    """Let the system have Core ML, for who asks for it."""
    monkeypatch.setattr(native, "platform", SimpleNamespace(system=lambda: "Darwin"))
    tools = SimpleNamespace(models=SimpleNamespace(MLModel=core_ml))
    monkeypatch.setattr(native, "import_coremltools", lambda: tools)


@pytest.mark.parametrize(
    ("off", "precision", "code"),
    [(0.0, "float32", 0), (5e-3, "float32", 1), (5e-3, "float16", 0), (5e-2, "float16", 1)],
)
def test_core_ml_is_compared_where_it_is(
    off: float,
    precision: str,
    code: int,
    tfli: Tfli,
    fixtures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = fixtures / "mnist.tflite"
    options = ["-o", tmp_path / "m.mlpackage", "--precision", precision, "--json"]
    pretend(monkeypatch, Mac(source, off))
    result = tfli("coreml", source, *options)
    assert result.code == code, result.err
    own = {"float32": 1e-5, "float16": 4e-3}[precision]  # the package's rounding, to LiteRT's
    assert result.json["native"]["probabilities"] == pytest.approx(off, rel=0, abs=own)
    assert ("Core ML itself" in result.err) is bool(code)


def test_what_core_ml_cannot_run_is_told(
    tfli: Tfli, fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, package = fixtures / "mnist.tflite", tmp_path / "m.mlpackage"
    pretend(monkeypatch, Broken(source, 0))
    result = tfli("coreml", source, "-o", package, "--json")
    assert result.json["native"] is None
    assert "the package: Core ML cannot run it: no device for" in result.err
    assert "and more" not in result.err

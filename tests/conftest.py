"""Where the models are that the tests read, and how they call `tfli`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import run

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
"""As the commands set it: a test that imports TensorFlow first must not make them talk."""

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of the small models that come with the project."""
    return ROOT / "fixtures"


@pytest.fixture(scope="session")
def mnist(fixtures: Path) -> bytes:
    """The bytes of a small model of four operators."""
    return (fixtures / "mnist.tflite").read_bytes()


@dataclass
class Result:
    """What a command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The object on stdout, read as strictly as the standard says."""
        return json.loads(self.out, parse_constant=refuse)


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@pytest.fixture
def tfli(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """A function that runs a command line in this process."""

    def call(*arguments: str | Path) -> Result:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return Result(code, *capfd.readouterr())

    return call


@pytest.fixture
def coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours are shown, whatever the environment says."""
    monkeypatch.delenv("NO_COLOR", raising=False)

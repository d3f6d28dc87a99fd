"""The float reading of quantised operators is held to LiteRT's own kernels for real numbers.

Their quantised kernels are more than a step away from those, each in a way of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli.main import run as tfli
from tests.quantized_operator import write
from tests.rebuild.cases.quantized import QUANTIZED

FAR = [
    "tanh 1.0 int16",
    "softmax 1.0 int16",
    "resize_bilinear {} int16",
    "reshape to another scale int8",
]
STATEFUL = ["int8 lstm", "int8 lstm projection"]
"""Those of which what they keep is checked, too, and told in the same line."""


def rebuilt(name: str, folder: Path) -> tuple[Path, Path]:
    """A model of one operator, and the folder of its script, which was a match."""
    path = write(QUANTIZED[name], folder / "model.tflite")
    assert tfli(["rebuild", str(path), "-o", str(folder / "rebuilt")]) == 0
    return path, folder / "rebuilt"


@pytest.mark.parametrize("name", FAR)
def test_a_kernel_that_is_steps_away_from_real_numbers(name: str, tmp_path: Path) -> None:
    _, folder = rebuilt(name, tmp_path)
    (found,) = json.loads((folder / "report.json").read_text())["verify"]["ops"]
    assert found["floor"]["max_lsb"] > 1
    assert found["floor"]["max_lsb"] == pytest.approx(found["isolated"]["max_lsb"], abs=1)


@pytest.mark.parametrize("name", STATEFUL)
def test_states_that_are_rounded_at_each_step(name: str, tmp_path: Path) -> None:
    rebuilt(name, tmp_path)


def test_another_function_is_no_excuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, folder = rebuilt("tanh 1.0 int16", tmp_path)
    source = (folder / "model.py").read_text()
    assert '"tanh"' in source
    (folder / "model.py").write_text(source.replace('"tanh"', '"softsign"'))
    capsys.readouterr()
    assert tfli(["compare", str(path), str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ops"][0]["verdict"] == "SOURCE"

"""What a package's outputs may be off: shares of their range, and where a choice comes before."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ai_edge_litert import schema_py_generated as schema

from rebuild.coreml.candidate import FLOAT16, FLOAT32
from tests.conftest import Result
from tests.rebuild.networks import Network

Tfli = Callable[..., Result]
FAR = 200
"""Added to numbers in -1..1 and taken away again: float16 steps by 1/8 there, float32 by 2^-16."""


def cancelling(choosing: bool, added: float = FAR) -> Network:
    """x + 200 - 200: its operators are right to a step each, and what is left of x is not x.

    When `choosing`, the place of the smallest is the output. `added` is what takes the place of the
    first 200.
    """
    network = Network()
    main = network.graph("main")
    x = main.input((1, 256))
    far = main.constant(FAR, "float32")
    there = main.op("ADD", [x, main.constant(added, "float32")], main.tensor((1, 256)))
    back = main.op("SUB", [there, far], main.tensor((1, 256)))
    axis = main.constant(1, "int32")
    if choosing:
        whole = schema.TensorType.INT32
        place = main.tensor((1,), "int32")
        back = main.op("ARG_MIN", [back, axis], place, outputType=whole)
    main.outputs = [back]
    return network


@pytest.fixture
def converted(tfli: Tfli, tmp_path: Path) -> Callable[[bool, str], tuple[Result, Any]]:
    """A function that converts the network for a precision, and gives the output's result too."""

    def convert(choosing: bool, precision: str) -> tuple[Result, Any]:
        source = cancelling(choosing).write(tmp_path / "m.tflite")
        package = tmp_path / f"{precision}.mlpackage"
        result = tfli("coreml", source, "-o", package, "--precision", precision, "--json")
        return result, result.json["verify"]["outputs"][0]

    return convert


def test_an_output_beyond_its_share_of_the_range_is_a_mismatch(converted):
    result, output = converted(False, "float16")
    assert {each["verdict"] for each in result.json["verify"]["ops"]} == {"OK", "AMPLIFIER"}
    assert (result.code, result.json["verify"]["verdict"]) == (1, "mismatch")
    assert output["allowed"] == FLOAT16.max_rel_range < output["max_rel_range"] < 0.1
    assert output["decides"] and output["beyond"] == ["max_rel_range"]


def test_an_output_within_it_matches(converted):
    result, output = converted(False, "float32")
    assert (result.code, result.json["verify"]["verdict"]) == (0, "match")
    assert output["allowed"] == FLOAT32.max_rel_range
    assert output["max_rel_range"] < 1e-4


def test_a_choice_that_rounding_turns_decides_nothing(converted):
    result, output = converted(True, "float16")
    assert (result.code, result.json["verify"]["verdict"]) == (0, "match")
    assert output["max_lsb"] > 1
    assert output["beyond"] and not output["decides"]
    assert output["reason"] == "operator 2 (ARG_MIN) before it chose otherwise"


def test_the_shares_are_told(tfli: Tfli, tmp_path: Path):
    source = cancelling(False).write(tmp_path / "m.tflite")
    result = tfli("coreml", source, "-o", tmp_path / "m.mlpackage", "--precision", "float16")
    assert result.code == 1
    assert "of range off, more than 0.01" in result.out
    assert not result.err, "200 is a float16"


def test_weights_that_float16_is_too_coarse_for_are_told(tfli: Tfli, tmp_path: Path):
    """200.06 becomes 200: a sixteenth, of a range of two."""
    source = cancelling(False, added=200.06).write(tmp_path / "m.tflite")
    result = tfli("coreml", source, "-o", tmp_path / "m.mlpackage", "--precision", "float16")
    assert result.code == 1
    share = re.search(r"LiteRT itself is (\S+) of range off when only the weights", result.err)
    assert share and float(share[1]) == pytest.approx(0.06 / 2, rel=0.1)


def test_numbers_that_float16_does_not_reach_are_told(tfli: Tfli, tmp_path: Path):
    network = Network()
    main = network.graph("main")
    x = main.input((1, 256))
    large = main.op("MUL", [x, main.constant(300.0)], main.tensor((1, 256)))
    main.outputs = [main.op("MUL", [large, large], main.tensor((1, 256)))]
    source = network.write(tmp_path / "m.tflite")
    result = tfli("coreml", source, "-o", tmp_path / "m.mlpackage", "--precision", "float16")
    assert result.code == 1
    assert "and float16 ends at 65504; take --precision float32" in result.err

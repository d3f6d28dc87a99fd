"""One network in several quantisations: rounding is no fault, and a fault is still one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inspector
from inspector.compare.passes import compare
from inspector.compare.result import Comparison
from inspector.compare.rounding import held_range
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.grid import quantize
from inspector.run.inputs import inputs_of
from tests.compare.faults import CHANGES, planted, spots

VERSIONS = ["", "_float16", "_dynamic", "_int8"]
PAIRS = [(one, other) for one in VERSIONS for other in VERSIONS if one != other]


def pictures(folder: Path, model: inspector.Model) -> list[list[np.ndarray]]:
    """The digit as the model was calibrated for, brighter and darker."""
    (tensor,) = inputs_of(model).tensors
    with Image.open(folder / "digit_7.png") as picture:
        grey = np.asarray(picture.resize(tensor.shape[1:3]), np.float32) / 255
    found = []
    for light in (1, 0.7, 0.4):
        image = grey * np.float32(light)
        if len(tensor.shape) == 4:
            image = np.stack([image, 1 - image, image / 2], axis=-1)
        real = image[np.newaxis].astype(np.float32)
        found.append([quantize(real, tensor) if tensor.is_quantized else real])
    return found


def compared(folder: Path, one: str, other: bytes) -> Comparison:
    with inspector.open(folder / one) as model:
        candidate = TfliteCandidate(model, inspector.Model(other, "other.tflite"))
        return compare(model, candidate, pictures(folder, model))


@pytest.mark.parametrize("one, other", PAIRS)
def test_versions_of_a_network_match(fixtures: Path, one: str, other: str) -> None:
    found = compared(
        fixtures, f"mnist{one}.tflite", (fixtures / f"mnist{other}.tflite").read_bytes()
    )
    assert found.outcome is Outcome.MATCH
    assert found.outputs[0].top and found.outputs[0].top.top_1 == 1


@pytest.mark.parametrize("one, other", [p for p in PAIRS if "_int8" not in p] + [("_int8", "")])
def test_so_do_those_of_one_with_branches(fixtures: Path, one: str, other: str) -> None:
    found = compared(fixtures, f"cnn{one}.tflite", (fixtures / f"cnn{other}.tflite").read_bytes())
    assert found.outcome is Outcome.MATCH
    assert Verdict.UNKNOWN not in {op.verdict for op in found.operators}


def test_what_the_calibration_did_not_foresee_is_cut_off_and_said(fixtures: Path) -> None:
    found = compared(fixtures, "cnn.tflite", (fixtures / "cnn_int8.tflite").read_bytes())
    sources = [op for op in found.operators if op.verdict is Verdict.SOURCE]
    with inspector.open(fixtures / "cnn.tflite") as model:
        values = TfliteCandidate(model, model).run(pictures(fixtures, model)[0])
    with inspector.open(fixtures / "cnn_int8.tflite") as other:
        graph = other.subgraphs[0]
        for source in sources:
            low, high = held_range(graph.tensors[graph.operators[source.index].outputs[0]])
            made = values[model.subgraphs[0].operators[source.index].outputs[0]]
            assert made.min() < low or made.max() > high
            assert "cut off" in source.hint and f"{high:.4g}" in source.hint


@pytest.mark.parametrize("name", ["_int8", "_dynamic", "_float16"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_fault_in_a_quantised_version_is_named(fixtures: Path, name: str, change: str) -> None:
    path = fixtures / f"mnist{name}.tflite"
    for spot in [spot for spot in spots(path) if spot.operand == 1]:
        found = compared(fixtures, "mnist.tflite", planted(path, spot, CHANGES[change]))
        with inspector.open(path) as model:
            graph = model.subgraphs[0]
            names = [graph.tensors[i].name for i in graph.operators[spot.operator].outputs]
        wrong = [op.label for op in found.operators if op.verdict is Verdict.SOURCE]
        assert found.outcome is Outcome.MISMATCH and wrong == names

"""Every kind of fault, planted in copies of ten networks: it is named, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

import inspector
from inspector.compare.passes import compare
from inspector.compare.tflite import TfliteCandidate
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.inputs import inputs_of
from tests.compare.planting import Fault, faults, faulty
from tests.run.litert import shared

NETWORKS = {
    "tinymaix-mbnet128_0.25_f.tflite": {"one weight flipped", "activation removed"},
    "tinymaix-vww96_f.tflite": {"one weight flipped", "kernel transposed"},
    "mlctiny-pretrainedresnet.tflite": {"kernel transposed", "bias dropped"},
    "mlctiny-pretrainedresnet_quant.tflite": {"kernel transposed", "scale doubled"},
    "mlctiny-kws_ref_model.tflite": {"bias dropped", "padding swapped"},
    "mlctiny-str_ww_ref_model.tflite": {"scale doubled"},
    "mlkit-automl_labeler_model.tflite": {"kernel transposed", "bias dropped"},
    "litert-blazeface_mlkit_v1.tfl": {"padding swapped", "scale doubled"},
    "glesapp-face_landmark_192_full_integer_quant.tflite": {"scale doubled", "bias dropped"},
    "fdtflite-iris_landmark.tflite": {"one weight flipped", "bias dropped"},
}
"""Of each, the kinds that are tried here; all kinds are tried on the fixtures."""
KINDS = {
    "kernel transposed",
    "bias dropped",
    "scale doubled",
    "padding swapped",
    "two inputs swapped",
    "one weight flipped",
    "activation removed",
}
INTEGERS = KINDS - {"one weight flipped", "activation removed"}
"""One integer weight may stay under a step, and an activation is in the range of its output."""


def assert_named(path: Path, fault: Fault) -> None:
    with inspector.open(path) as model:
        candidate = TfliteCandidate(model, inspector.Model(faulty(path, fault), "copy.tflite"))
        found = compare(model, candidate, [inputs_of(model).read([], seed=3)])
    sources = [op.index for op in found.operators if op.verdict is Verdict.SOURCE]
    assert (found.outcome, sources) == (Outcome.MISMATCH, [fault.operator]), fault
    assert fault.hint in found.operators[fault.operator].hint, fault


@pytest.mark.parametrize("name, kinds", [("cnn.tflite", KINDS), ("cnn_int8.tflite", INTEGERS)])
def test_all_that_can_be_planted_in_a_network_is_named(
    fixtures: Path, name: str, kinds: set[str]
) -> None:
    every = list(faults(fixtures / name))
    assert {fault.kind for fault in every} == kinds
    for kind in kinds:
        assert_named(fixtures / name, [fault for fault in every if fault.kind == kind][-1])


@pytest.mark.parametrize("name", NETWORKS)
def test_so_it_is_in_networks_of_other_people(name: str) -> None:
    path = shared(f"networks/{name}")
    every = list(faults(path))
    for kind in NETWORKS[name]:
        found = [fault for fault in every if fault.kind == kind]
        assert_named(path, found[len(found) // 2])

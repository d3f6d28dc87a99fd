"""Isolated errors of all operators: what they cost beyond running both models with all tensors.

The target of 1 says that measuring a network of some 150 operators takes half a second at most.
"""

from __future__ import annotations

import time
from pathlib import Path

import inspector
from benchmarks.timing import Row, models
from inspector.compare.evidence import gather
from inspector.compare.reference import Reference
from inspector.compare.tflite import TfliteCandidate
from inspector.run.inputs import inputs_of
from inspector.run.runtime import Runtime

ALLOWED = 0.5
ROUNDS = 5


def isolated(path: Path) -> float:
    """The least seconds, of some rounds, that a comparison takes once both models are loaded."""
    with inspector.open(path) as model:
        reference = Reference(model, [inputs_of(model).read([], seed=0)], Runtime())
        times = []
        for _ in range(ROUNDS):
            candidate = TfliteCandidate(model, model)
            began = time.perf_counter()
            gather(reference, candidate, lambda: None)
            times.append(time.perf_counter() - began)
    return min(times)


def rows() -> list[Row]:
    found = []
    for path in models("fdtflite-iris_landmark", "glesapp-face_landmark_192"):
        with inspector.open(path) as model:
            what = f"isolated errors of {len(model.subgraphs[0].operators)} operators"
        found.append(Row(what, path.name, "half a second", isolated(path), ALLOWED, 1))
    return found

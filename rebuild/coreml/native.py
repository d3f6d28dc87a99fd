"""Core ML itself, on a Mac: what it makes of a package, beside what the evaluator does."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from inspector.compare.metrics import distance
from inspector.errors import RunError
from rebuild.coreml.candidate import PackageCandidate
from rebuild.coreml.evaluate import is_state
from rebuild.coreml.quiet import import_coremltools, silence


def is_here() -> bool:
    """Whether this system has Core ML."""
    return platform.system() == "Darwin"


def compare_native(
    candidate: PackageCandidate, path: Path, inputs: Sequence[np.ndarray]
) -> dict[str, float]:
    """For the outputs of a package, by name, how far Core ML is from the evaluator, of its range.

    `inputs` are the original's. Raises `RunError` where Core ML cannot run the package, or takes
    or gives what is no array.
    """
    evaluator = candidate.evaluator
    given = candidate.given(inputs)
    arrays = [name for name, var in evaluator.inputs.items() if not is_state(var)]
    if given.keys() != set(arrays):
        raise RunError(f"{path}: Core ML was not run, since it takes pictures")
    found = predicted(path, given, any(map(is_state, evaluator.inputs.values())))
    evaluator.reset()
    values = evaluator.run(given)
    errors = {}
    for var in evaluator.outputs:
        if not isinstance(found.get(var.name), np.ndarray):
            raise RunError(f"{path}: Core ML gives no array for the output {var.name!r}")
        errors[var.name] = share_of_range(found[var.name], np.asarray(values[var]))
    return errors


def predicted(path: Path, given: Mapping[str, np.ndarray], keeps: bool) -> Mapping[str, Any]:
    """What Core ML gives for a package. Raises `RunError` where it fails."""
    tools = import_coremltools()
    try:
        with silence():
            model = tools.models.MLModel(str(path))
            state = {"state": model.make_state()} if keeps else {}
            found: Mapping[str, Any] = model.predict(dict(given), **state)
    except Exception as error:  # Core ML's errors come through without a class of their own
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RunError(f"{path}: Core ML cannot run it: {said[:200]}") from error
    return found


def share_of_range(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, as `metrics.distance` has it; infinite where that has none.

    So it is where shapes differ, or a number is none on one side only.
    """
    if found.shape != expected.shape:
        return inf
    gap = distance(expected.astype(np.float64), found.astype(np.float64))
    return inf if gap.nonfinite or gap.max_rel_range is None else gap.max_rel_range

"""What `tfli coreml` has written, run beside the model: evaluated, and on a Mac by Core ML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.cli.compare import watched
from inspector.compare.tolerance import size
from inspector.errors import InspectorError
from inspector.report.text import say
from inspector.run.runtime import Runtime, kernels_for

if TYPE_CHECKING:
    import numpy as np

    from inspector.compare.result import Comparison
    from inspector.read.model import Model
    from rebuild.coreml.candidate import PackageCandidate


@dataclass(frozen=True, slots=True)
class Checked:
    """The comparison, or why there is none, and how far Core ML itself is off, by output.

    `allowed` is the share of its range that an output may be off.
    """

    comparison: Comparison | None = None
    reason: str = ""
    native: Mapping[str, float] = field(default_factory=dict)
    allowed: float = inf

    @property
    def differing(self) -> list[str]:
        """The outputs that Core ML itself gives too far from what was checked."""
        return [name for name, share in self.native.items() if share > self.allowed]


def checked(model: Model, path: Path, seed: int) -> Checked:
    """The package at `path` beside the model, on random inputs."""
    from inspector.run.inputs import inputs_of

    try:
        from rebuild.coreml.candidate import open_package
        from rebuild.coreml.halves import told

        candidate = open_package(model, path)
        inputs = inputs_of(model).read([], seed)
        found = watched(model, candidate, [inputs], Runtime(kernels_for(model)))
    except InspectorError as error:
        return Checked(reason=str(error))
    allowed = size(candidate.end_to_end.max_rel_range)
    wrong = [o.index for o in found.outputs if o.decides and o.beyond]
    if wrong and candidate.is_half and (reason := told(model, inputs, wrong, allowed)):
        say(reason)
    return Checked(found, native=natively(candidate, path, inputs), allowed=allowed)


def natively(
    candidate: PackageCandidate, path: Path, inputs: Sequence[np.ndarray]
) -> dict[str, float]:
    """How far Core ML itself is from what was checked, for each output, where it can be asked."""
    from rebuild.coreml.native import compare_native, is_here

    if not is_here():
        return {}
    try:
        return compare_native(candidate, path, inputs)
    except InspectorError as error:
        say(str(error).replace(str(path), "the package"))
        return {}

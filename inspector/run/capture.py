"""Every tensor of one run, and the check that looking has changed nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.read.model import Model
from inspector.run.bits import same_bits
from inspector.run.follow import Wanted
from inspector.run.places import Place
from inspector.run.record import Findings, Plan, record
from inspector.run.runtime import Engine, Kernels, Runtime

__all__ = ["Capture", "Kernels", "capture", "same_bits"]


@dataclass(frozen=True, slots=True)
class Capture:
    """What one run computed: values by tensor index, and why other tensors have none.

    `outputs_equal` is the self-check: the untouched model gave the same outputs, bit for bit.
    `inside` holds what was seen elsewhere: in the subgraphs that operators ran, and in variables
    before the run. `findings` has the rest, of all subgraphs.
    """

    subgraph: int
    values: Mapping[int, np.ndarray]
    missing: Mapping[int, str]
    runtime: Runtime
    outputs_equal: bool
    inside: Mapping[Place, np.ndarray]
    findings: Findings


def capture(
    model: Model,
    inputs: Sequence[np.ndarray],
    tensors: Iterable[int] | None = None,
    *,
    kernels: Kernels = Kernels.BUILTIN,
    subgraph: int = 0,
    threads: int = 1,
    engine: Engine = Engine.LITERT,
) -> Capture:
    """The values of `tensors` (unless given: all but constants) in one run on `inputs`.

    `inputs` stand in the order of the subgraph's inputs; `samples.sample` and `inputs.inputs_of`
    make some. Without `tensors`, the subgraphs that operators run are captured as well. The
    untouched model runs at the same time. Raises `InputError` for inputs that do not fit,
    `RunError` where the interpreter refuses the model or gives up.
    """
    wanted = Wanted(None if tensors is None else {subgraph: sorted(set(tensors))})
    plan = Plan(Runtime(kernels, threads, engine), subgraph, wanted)
    found: dict[Place, np.ndarray] = {}
    findings = record(model, [inputs], plan, found.__setitem__)
    own = {place.tensor: value for place, value in found.items() if is_own(place, subgraph)}
    inside = {place: value for place, value in found.items() if not is_own(place, subgraph)}
    missing = {tensor: why for (at, tensor), why in findings.missing.items() if at == subgraph}
    equal = findings.outputs_equal
    return Capture(subgraph, own, missing, plan.runtime, equal, inside, findings)


def is_own(place: Place, subgraph: int) -> bool:
    """Whether a place is a tensor of the subgraph that was run, after the run."""
    return place == Place(subgraph, place.tensor)

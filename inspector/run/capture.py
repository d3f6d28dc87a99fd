"""Every tensor of one run, and the check that looking has changed nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from inspector.read.model import Model
from inspector.run.probe import Probe, untouched
from inspector.run.runtime import Kernels, Runtime


@dataclass(frozen=True, slots=True)
class Capture:
    """What one run computed: values by tensor index, and why other tensors have none.

    `outputs_equal` is the self-check: the untouched model gave the same outputs, bit for bit.
    """

    subgraph: int
    values: Mapping[int, np.ndarray]
    missing: Mapping[int, str]
    runtime: Runtime
    outputs_equal: bool


def capture(
    model: Model,
    inputs: Sequence[np.ndarray],
    tensors: Iterable[int] | None = None,
    *,
    kernels: Kernels = Kernels.BUILTIN,
    subgraph: int = 0,
    threads: int = 1,
) -> Capture:
    """The values of `tensors` (unless given: all but constants) in one run on `inputs`.

    `inputs` stand in the order of the subgraph's inputs; `samples.sample` and `inputs.inputs_of`
    make some. Another subgraph than the primary one is run through the first signature that names
    it. The untouched model runs at the same time, in a thread: LiteRT holds no Python lock while it
    runs. Raises `InputError` for inputs that do not fit, `RunError` where LiteRT refuses the model
    or gives up, `UnsupportedError` where the file cannot be patched or no signature names the
    subgraph.
    """
    runtime = Runtime(kernels, threads)
    probe = Probe(model, tensors, runtime, subgraph)
    with ThreadPoolExecutor(1) as beside:
        expected = beside.submit(untouched, model, inputs, runtime, subgraph)
        values = probe.run(inputs)
        equal = all(map(same_bits, probe.outputs(), expected.result()))
    return Capture(subgraph, values, probe.missing, runtime, equal)


def same_bits(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether two values are equal bit for bit: a NaN equals itself, 0 does not equal -0."""
    if one is None or other is None:
        return one is other
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype == object:
        return bool(np.array_equal(one, other))
    return one.tobytes() == other.tobytes()

"""The arrays of a recording: whose values they are, and how its inputs come from others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspector.compare.metrics import align
from inspector.errors import InputError
from inspector.read.arrays import numpy_dtype
from inspector.read.model import Model, Subgraph
from inspector.read.records import Tensor
from inspector.read.schema import TensorType
from inspector.run.readable import HANDLES, keeps_state
from inspector.run.store import array_key
from inspector.weights.names import layer_names

RGB = 3
RUN = re.compile(r"([nt])(\d+)_(.+)", re.DOTALL)
"""The key of an array of one of several samples (n) or steps (t), see `places.array_key`."""
STEP = "t"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The values of each sample by tensor, and why arrays of other tensors cannot be used.

    The samples may be `steps` of a model that has a state, each going on from the one before.
    """

    samples: list[dict[int, np.ndarray]]
    unfit: dict[int, str]
    steps: bool = False


def recorded_samples(graph: Subgraph, arrays: Mapping[str, np.ndarray]) -> Recorded:
    """The arrays by tensor, a mapping for each sample; of several, the tensors that all have.

    See `recorded` for the names of arrays; those of several samples begin with `n0_`, `n1_`..., and
    of several steps with `t0_`. Raises `InputError` where a step is missing of a model that has a
    state: what each gave hangs on those before.
    """
    alone, unfit = recorded(graph, arrays)
    if alone or unfit:
        return Recorded([alone] if alone else [], unfit)
    parts: dict[int, dict[str, np.ndarray]] = {}
    steps = False
    for key, array in arrays.items():
        if found := RUN.fullmatch(key):
            steps |= found[1] == STEP
            parts.setdefault(int(found[2]), {})[found[3]] = array
    steps &= has_state(graph.model)
    if steps and (gap := next((n for n in range(len(parts)) if n not in parts), None)) is not None:
        raise InputError(
            f"it has no step {gap}, on which those that follow hang; capture the model from its "
            "first step"
        )
    every = [recorded(graph, parts[number]) for number in sorted(parts)]
    common = set(every[0][0]).intersection(*(values for values, _ in every)) if every else set()
    samples = [{t: values[t] for t in values if t in common} for values, _ in every]
    unfit = {t: w for _, found in every for t, w in found.items()}
    return Recorded(samples if common else [], unfit, steps)


def has_state(model: Model) -> bool:
    """Whether what a run computes may hang on the runs before it."""
    tensors = (tensor for graph in model.subgraphs for tensor in graph.tensors)
    return keeps_state(model) or any(tensor.is_variable for tensor in tensors)


def recorded(
    graph: Subgraph, arrays: Mapping[str, np.ndarray]
) -> tuple[dict[int, np.ndarray], dict[int, str]]:
    """The arrays by tensor, as the tensor stores them, and why others do not fit theirs.

    An array is named by the key that `tfli capture` gives it, else by its tensor's name, else by
    the name of the layer that the tensor is the output of. Those of another type do not fit, nor
    those of another size, unless the file leaves that open. Axes of size 1 may be missing or stand
    elsewhere.
    """
    named = called(graph)
    inputs = [graph.tensors[i] for i in graph.inputs]
    is_open = any(min((*t.shape, *t.shape_signature), default=0) < 0 for t in inputs)
    found, unfit = {}, {}
    for tensor in graph.tensors:
        key = next((n for n in named[tensor.index] if n in arrays), None)
        if key is None or tensor.dtype in HANDLES:
            continue
        value = restored(tensor, arrays[key])
        size_is_told = not is_open and (tensor.index in graph.inputs or has_size(tensor))
        if size_is_told and value.size != tensor.elements:
            unfit[tensor.index] = (
                f"its array {key!r} has shape {list(value.shape)}, and tensor {tensor.index} "
                f"{list(tensor.shape)}"
            )
        elif value.dtype != (kind := numpy_dtype(tensor.dtype)):
            unfit[tensor.index] = (
                f"its array {key!r} is of {value.dtype}, and tensor {tensor.index} of {kind}"
            )
        else:
            found[tensor.index] = filled(value, tensor.shape)
    return found, unfit


def has_size(tensor: Tensor) -> bool:
    """Whether the file says how large a computed tensor is.

    Where only a run tells, converters write no shape at all, or -1 into the shape's signature.
    """
    return bool(tensor.shape) and min((*tensor.shape, *tensor.shape_signature)) >= 0


def filled(value: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """The array with its axes of size 1 where `shape` has them, if it has the same others."""
    axes = [[size for size in sizes if size != 1] for sizes in (value.shape, shape)]
    return value.reshape(shape) if axes[0] == axes[1] else value


def called(graph: Subgraph) -> list[tuple[str, ...]]:
    """The names that an array may have, for each tensor; names that several share are none."""
    names = [tensor.name for tensor in graph.tensors]
    layers = dict(zip(layer_names(graph), graph.operators, strict=True))
    own = {o.outputs[0]: name for name, o in layers.items() if o.outputs and name not in names}
    unique = {name for name, count in Counter(names).items() if count == 1}
    return [
        tuple(n for n in (array_key(t), t.name, own.get(t.index, "")) if n in unique or n != t.name)
        for t in graph.tensors
    ]


def otherwise(recorded: Sequence[np.ndarray], given: Sequence[np.ndarray]) -> str:
    """How recorded inputs come from those given, if that can be seen; to be put behind words."""
    for one, other in zip(recorded, given, strict=True):
        if one.shape != other.shape or np.array_equal(one, other):
            continue
        if one.ndim and one.shape[-1] == RGB and np.array_equal(one, other[..., ::-1]):
            return ": its channels are in reverse (BGR, RGB)"
        if one.dtype.kind == "f" and np.ptp(other):
            factor, offset = np.polyfit(other.ravel().astype(float), one.ravel().astype(float), 1)
            if np.allclose(factor * other + offset, one, atol=1e-4 * np.ptp(one)):
                return f": they are {factor:.4g} x {offset:+.4g} of these, normalised otherwise"
    return ""


def restored(tensor: Tensor, array: np.ndarray) -> np.ndarray:
    """A saved array in the tensor's type: strings as objects, real numbers on its grid."""
    return array.astype(object) if tensor.dtype is TensorType.STRING else align(tensor, array)

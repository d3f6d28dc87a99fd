"""An operator of floats without its activation, and what its values are made up of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from inspector.compare.hints.activation import FUNCTIONS, FUSED
from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Suspect
from inspector.compare.reference import Arrays, Trial, Values
from inspector.read.schema import TensorType

LINEAR = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "CONV_3D"})
Term: TypeAlias = Callable[[Trial], np.ndarray]


def is_fit(suspect: Suspect) -> bool:
    """Whether factors can be fitted: to the floats of one output of the right size."""
    sizes = {t.found[0].size == t.expected[0].size for t in suspect.trials}
    inputs = [suspect.graph.tensors[i].dtype for i in suspect.inputs]
    whole = [*inputs, suspect.output().dtype]
    return sizes == {True} and len(suspect.unit.outputs) == 1 and set(whole) == {TensorType.FLOAT32}


def is_linear(suspect: Suspect) -> bool:
    """Whether that is so for an operator that multiplies by a kernel and adds a bias."""
    return is_fit(suspect) and suspect.operator.name in LINEAR


class Bare:
    """A suspect's operator without its activation: what it gives, and the parts that this is of.

    An operator that is linear but for a bias gives linear + constant; `ones` is what one more in
    each element of the input adds. All are real numbers, shaped like the output.
    """

    def __init__(self, suspect: Suspect) -> None:
        self.suspect, self.operator = suspect, suspect.operator
        self.own = self.operator.options.get("fused_activation_function", "NONE")
        self._runs = {
            filled: suspect.changed(self._bare, partial(self._fed, filled))
            for filled in (None, 0.0, 1.0)
        }
        self._known: dict[tuple[float | None, int], np.ndarray] = {}

    def _bare(self, parts: Parts) -> None:
        if self.own != "NONE":
            parts.options(self.operator.index).fusedActivationFunction = FUSED["NONE"]

    def _fed(self, filled: float | None, values: Values) -> Values:
        if filled is None:
            return values
        return {**values, **{t: np.full_like(values[t], filled) for t in self.suspect.inputs}}

    def _run(self, filled: float | None, trial: Trial) -> np.ndarray:
        key = filled, id(trial)
        if key not in self._known:
            self._known[key] = self._runs[filled](trial)[0].astype(np.float64)
        return self._known[key]

    def of(self, trial: Trial) -> np.ndarray:
        """All of it."""
        return self._run(None, trial)

    def constant(self, trial: Trial) -> np.ndarray:
        """What no input changes: the bias."""
        return self._run(0.0, trial)

    def linear(self, trial: Trial) -> np.ndarray:
        """What the input makes of it."""
        found: np.ndarray = self.of(trial) - self.constant(trial)
        return found

    def ones(self, trial: Trial) -> np.ndarray:
        """What an input of ones makes of it."""
        found: np.ndarray = self._run(1.0, trial) - self.constant(trial)
        return found

    def active(self, values: np.ndarray) -> Arrays:
        """The output, after the activation."""
        function = FUNCTIONS.get(self.own, np.asarray)
        return self.suspect.as_output(function(values))

    def is_free(self, trial: Trial) -> np.ndarray:
        """Where the candidate's output tells what came before its activation."""
        found = self.suspect.found_real(trial).reshape(self.of(trial).shape)
        low = {"NONE": -np.inf, "RELU_N1_TO_1": -1.0}.get(self.own, 0.0)
        high = {"RELU6": 6.0, "RELU_N1_TO_1": 1.0}.get(self.own, np.inf)
        free: np.ndarray = np.isfinite(found) & (found > low) & (found < high)
        return free

    def fit(self, terms: Sequence[Term], rest: Term | None = None) -> list[float] | None:
        """The factors by which the terms, and the rest, come nearest to what was found, or None."""
        trial = self.suspect.trials[0]
        free = self.is_free(trial)
        columns = np.stack([term(trial)[free] for term in terms], axis=1)
        wanted = self.suspect.found_real(trial).reshape(free.shape)[free]
        wanted = wanted - (0 if rest is None else rest(trial)[free])
        if len(wanted) <= len(terms):
            return None
        factors, _, rank, _ = np.linalg.lstsq(columns, wanted, rcond=None)
        return [float(f) for f in factors] if rank == len(terms) else None

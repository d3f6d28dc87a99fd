"""What can be compared with a reference model: a protocol of four members.

Everything is told in the reference's terms: operators and tensors are indices of its primary
subgraph, and values are compared as its tensors store them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from inspector.compare.tolerance import Tolerance
from inspector.read.model import Model
from inspector.run.regions import Region
from inspector.run.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Unit:
    """Reference operators that are checked together, because the candidate computes them as one.

    The last of `operators` gets the verdict; those before it are FOLDED into it. `inputs` are the
    reference's tensors that are fed, `outputs` those that are compared. `match` tells a person what
    of the candidate computes them. `runtime` is set where an interpreter does, by the operator's
    own kernel and on numbers of the same types: if it is the reference's interpreter too, there is
    no rounding to forgive in integers, and one step off is a fault.
    """

    operators: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    match: str = ""
    runtime: Runtime | None = None

    def region(self, inputs: tuple[int, ...]) -> Region:
        """The unit as a part of the reference, from some tensors that it can be fed."""
        return Region(tuple(sorted(self.operators)), inputs, self.outputs)


class Candidate(Protocol):
    """A model that runs. Where a value cannot be had, its methods raise an `InspectorError`.

    Values are those of the reference's tensors in their order; where such a tensor holds quantised
    integers, floats are taken for the real numbers and put on its grid before they are compared.
    """

    @property
    def name(self) -> str:
        """What it is called in a report: its path, most likely."""

    @property
    def units(self) -> Sequence[Unit]:
        """What can be checked in isolation."""

    @property
    def unmatched(self) -> Mapping[int, str]:
        """Reference operators that no unit covers, each with the reason."""

    def run(self, inputs: Sequence[np.ndarray]) -> Mapping[int, np.ndarray]:
        """The whole candidate on the reference's `inputs`: values by reference tensor.

        The outputs above all; an intermediate that is left out has no accumulated error.
        """

    def isolated(self, unit: Unit, feeds: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
        """The values of `unit.outputs`, computed from `feeds`, the values of `unit.inputs`."""


@runtime_checkable
class Batching(Protocol):
    """A candidate that runs many units at once, for the price of one."""

    @property
    def batches(self) -> Sequence[Sequence[Unit]]:
        """The units, grouped so that none in a group computes what another is fed."""

    def isolated_together(
        self, units: Sequence[Unit], feeds: Mapping[int, np.ndarray]
    ) -> Mapping[int, np.ndarray]:
        """The outputs of units of one group, by tensor, from the values of all their inputs."""


@runtime_checkable
class Folding(Protocol):
    """A candidate with operators that are checked through one that comes before them."""

    @property
    def folded(self) -> Mapping[int, int]:
        """Reference operators that only keep what another computed, and that other."""


@runtime_checkable
class Bounded(Protocol):
    """A candidate that rounds while it runs, and is held to its outputs all the same."""

    @property
    def end_to_end(self) -> Tolerance:
        """What its float outputs may be off, in place of `tolerance.END_TO_END`."""


@runtime_checkable
class Real(Protocol):
    """A candidate that may compute with real numbers where the reference has integers."""

    @property
    def in_real(self) -> bool:
        """Whether it does."""


@runtime_checkable
class Nesting(Candidate, Protocol):
    """A candidate that has models of its own for subgraphs that the reference's operators run."""

    @property
    def reference(self) -> Model:
        """The model that it is compared with."""

    @property
    def inner(self) -> Collection[int]:
        """Those subgraphs, by their numbers in the reference."""

    def inside(self, subgraph: int) -> Nesting:
        """The model of one of them; the subgraph is the primary one of its `reference`."""


@runtime_checkable
class Settling(Protocol):
    """A candidate, or a recording, whose match with the reference takes numbers to complete."""

    def settle(self, inputs: Sequence[np.ndarray], values: Mapping[int, np.ndarray], /) -> None:
        """Complete it: from the reference's inputs on a sample, and its values by tensor."""

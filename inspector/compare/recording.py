"""A saved capture as a candidate: values that were computed elsewhere, and cannot be run again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from inspector.compare.candidate import Unit
from inspector.compare.regions import fed, region_of
from inspector.errors import InputError, RunError
from inspector.graph import graph_of
from inspector.read.model import Model
from inspector.read.records import Tensor
from inspector.run.probe import HANDLES
from inspector.run.store import array_key, arrays_in


class Recording:
    """The arrays of a capture, matched with the reference's tensors by their keys.

    It has no operators to run on the reference's values. What takes the place of that: the
    reference's operator is run on the recorded inputs, and its outputs are compared with the
    recorded ones; both sides have then been fed the same, as an isolated error asks for. An
    operator whose inputs or outputs were not recorded is checked through the next one that has
    them, or UNKNOWN.
    """

    def __init__(self, reference: Model, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.name, self.reference = name, reference
        self.graph = reference.subgraphs[0]
        self.values = {t.index: a for t, a in matched(self.graph.tensors, arrays).items()}


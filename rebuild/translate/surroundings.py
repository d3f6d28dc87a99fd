"""What the operators of a subgraph share: its variables, its handles, the model's other parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from inspector.read.model import Subgraph
from rebuild.translate.memory import Memory
from rebuild.translate.parts import Parts
from rebuild.translate.resources import Key, tables


@dataclass
class Surroundings:
    """The subgraph that is being translated, and what its operators may ask for and change."""

    subgraph: Subgraph
    parts: Parts
    memory: Memory
    is_entry: bool = False  # whether it is translated as what users call, not an operator

    @cached_property
    def handles(self) -> dict[int, Key]:
        """The variable that each handle names, by the handle's tensor."""
        return self.parts.threads.handles(self.subgraph)

    @cached_property
    def tables(self) -> dict[int, int]:
        """The id of the table that each handle names, by the handle's tensor."""
        return tables(self.subgraph)

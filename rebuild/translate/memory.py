"""What a subgraph keeps from one call to the next: read at the start, written at the end.

Within a call values are passed on as they are: a variable that is read after it was assigned is the
tensor that was assigned. Only what is read before that comes out of the `State` layer, and only
what was assigned last goes back into it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from inspector.weights.names import identifier
from rebuild.translate.expression import Call, Name, Operand
from rebuild.translate.program import Written
from rebuild.translate.registry import TranslationError
from rebuild.variables import unique

STATE = "state"
"""The variable of the script that holds the layer with the variables."""


@dataclass(slots=True)
class Kept:
    """A variable: its name, what the last call left in it, and what is in it now.

    `read` gives the values that it starts with, `key` that of their array in a weights file if they
    are a constant. `readers` are the operators that take what the last
    call left, `writers` those that put something in.
    """

    name: str
    start: Operand
    now: Operand
    read: Callable[[], np.ndarray]
    key: str = ""
    readers: list[int] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)

    @property
    def is_zero(self) -> bool:
        """Whether it starts with nothing but zeros."""
        return not np.any(self.read())


class Memory:
    """The variables of one subgraph, as far as its translation has come.

    `operands` are the subgraph's tensors; those that stand for new values of a variable tensor are
    added to them, and `versions` says of which.
    """

    def __init__(self, operands: list[Operand]) -> None:
        self.operands = operands
        self.kept: dict[Hashable, Kept] = {}
        self.given: dict[Hashable, Operand] = {}  # assigned before it was ever read
        self.versions: dict[int, int] = {}
        self.starters: list[int] = []  # the operators CALL_ONCE
        self._names: set[str] = set()

    def begin(
        self,
        key: Hashable,
        label: str,
        start: Operand,
        read: Callable[[], np.ndarray],
        stored: str = "",
    ) -> Kept:
        """Note a variable that is read before it is assigned: `start` is what it then gives.

        `stored` is the key of the values that it starts with.
        """
        name = unique(identifier(label) or "variable", self._names)
        self.kept[key] = Kept(name, start, start, read, stored)
        return self.kept[key]

    def now(self, key: Hashable) -> Operand | None:
        """What a variable holds now; None before anybody has read or assigned it."""
        return self.kept[key].now if key in self.kept else self.given.get(key)

    def variable(self, operand: Operand, label: str) -> Operand:
        """What a variable tensor holds now; zeros before the first call."""
        if operand.dtype == "string":
            raise TranslationError(f"its variable (tensor {operand.tensor}) holds texts")
        found = self.kept.get(operand.tensor)
        if found is None:
            zeros = partial(np.zeros, operand.shape, operand.dtype)
            found = self.begin(operand.tensor, label, operand, zeros)
        return found.now

    def made(self, label: str, dtype: str) -> Operand:
        """What a scalar variable holds that the file has no tensor for; 0 before the first call."""
        start = Operand(len(self.operands), (), dtype)
        self.operands.append(start)
        return self.begin(start.tensor, label, start, partial(np.zeros, (), dtype)).now

    def step(self, state: Operand, operator: int) -> int:
        """A new tensor for what a kernel makes of the variable tensor that `state` is read from."""
        variable = self.versions.get(state.tensor, state.tensor)
        if variable not in self.kept:
            raise TranslationError(f"its state (tensor {state.tensor}) is no variable")
        fresh = replace(state, tensor=len(self.operands))
        self.operands.append(fresh)
        self.versions[fresh.tensor] = variable
        self.assign(variable, fresh, operator)
        return fresh.tensor

    def assign(self, key: Hashable, value: Operand, operator: int) -> None:
        """Note what is put into a variable."""
        found = self.kept.get(key)
        if found is None:
            self.given[key] = value
            return
        if value.shape != found.start.shape or value.dtype != found.start.dtype:
            raise TranslationError(
                f"it puts {value.dtype}{list(value.shape)} into a variable that held "
                f"{found.start.dtype}{list(found.start.shape)} before"
            )
        found.now = value
        found.writers.append(operator)

    def layer(self, name: str) -> Call:
        """The making of the layer that holds the variables, under a name."""
        kept = list(self.kept.values())
        options: dict[str, Any] = {}
        if dtypes := {k.name: k.start.dtype for k in kept if k.start.dtype != "float32"}:
            options["dtypes"] = dtypes
        if starts := [k.name for k in kept if not k.is_zero]:
            options["starts"] = starts
        shapes = {k.name: k.start.shape for k in kept}
        return Call("State", (shapes,), {**options, "name": name})

    @property
    def starts(self) -> tuple[int, ...]:
        """The tensors that hold the variables as the last call left them."""
        return tuple(kept.start.tensor for kept in self.kept.values())

    @property
    def labels(self) -> dict[int, str]:
        """The names of the variables, for the tensors that hold them."""
        of = {key: kept.name for key, kept in self.kept.items()}
        names = {kept.start.tensor: kept.name for kept in self.kept.values()}
        return names | {fresh: of[variable] for fresh, variable in self.versions.items()}

    @property
    def readers(self) -> list[int]:
        """The operators that read variables as the last call left them, and what starts them."""
        return sorted({*self.starters, *(r for kept in self.kept.values() for r in kept.readers)})

    def reading(self, anchor: Operand) -> Call:
        """The expression that gives all variables as the last call left them."""
        return Call(Name(STATE), (anchor,))

    def written(self, finish: Callable[[Operand, int], Any]) -> Written | None:
        """What goes into the variables at the end; None where nothing was assigned.

        `finish` makes an expression of an operand and the operator that assigned it.
        """
        kept = list(self.kept.values())
        writers = sorted(operator for each in kept for operator in each.writers)
        if not writers:
            return None
        values = tuple(finish(each.now, (each.writers or writers)[-1]) for each in kept)
        tensors = tuple(-1 if each.now.is_static else each.now.tensor for each in kept)
        return Written(STATE, tuple(k.name for k in kept), values, tensors, tuple(writers))

"""The face of a loaded model, wherever its interpreter lives.

`session.Session` holds one in this process, `remote.RemoteSession` one in another;
`isolation.open_session` gives the one or the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from inspector.errors import RunError


class Socket(NamedTuple):
    """An input as the interpreter describes it; -1 in `signature` is a dimension left open."""

    tensor: int
    name: str
    dtype: np.dtype
    signature: tuple[int, ...]


class Sitting(Protocol):
    """What runs a model and reads its tensors, wherever the interpreter lives.

    Its methods raise `RunError` where the interpreter gives up, or its process dies: then `alive`
    is false, and another session has to be opened.
    """

    sockets: list[Socket]

    @property
    def alive(self) -> bool:
        """Whether it can still run."""

    def resize(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Give the inputs these shapes, whatever the file says they may be."""

    def begin(self, inputs: Sequence[np.ndarray]) -> None:
        """Get ready to be run on such inputs, with the variables set back."""

    def step(self, inputs: Sequence[np.ndarray]) -> None:
        """Run on, from the state that the last run left."""

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        """Run once, from the variables' first state."""

    def read(self, tensor: int) -> np.ndarray:
        """A copy of what a tensor holds."""

    def read_each(self, tensors: Sequence[int]) -> Iterator[tuple[int, np.ndarray | RunError]]:
        """What each tensor holds, or why it has no value."""

    def tensor_shapes(self) -> dict[int, tuple[int, ...]]:
        """The shape of each tensor by index."""

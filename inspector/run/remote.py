"""A session whose interpreter lives in another process, with the face of `session.Session`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import RunError
from inspector.run.process import Worker
from inspector.run.runtime import Runtime
from inspector.run.session import sizes
from inspector.run.sitting import Socket
from inspector.run.wire import Bytes, Message, announced, dtype_named


class RemoteSession:
    """A model loaded into a worker. Raises as `Session` does, and `DiedError`."""

    def __init__(
        self,
        worker: Worker,
        runtime: Runtime,
        model: Sequence[Bytes] | Path,
        signature: tuple[str, int] | None = None,
        preserve: bool = False,
    ) -> None:
        self.worker, self.runtime = worker, runtime
        self.number = worker.opened = worker.opened + 1
        answer = self._ask(
            "open",
            [] if isinstance(model, Path) else model,
            runtime=(runtime.kernels.value, runtime.threads, runtime.engine.value),
            path=str(model.absolute()) if isinstance(model, Path) else None,
            signature=signature,
            preserve=preserve,
        )
        self.sockets = [
            Socket(index, name, dtype_of(kind), sizes(signature))
            for index, name, kind, signature in answer.said["sockets"]
        ]

    @property
    def alive(self) -> bool:
        """Whether its process is."""
        return self.worker.alive

    def resize(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """See `Session.resize`."""
        self._ask("resize", shapes=shapes)

    def begin(self, inputs: Sequence[np.ndarray]) -> None:
        """See `Session.begin`; only types and shapes are sent."""
        self._ask("begin", kinds=[announced(given) for given in inputs])

    def step(self, inputs: Sequence[np.ndarray]) -> None:
        """See `Session.step`."""
        self._ask("step", inputs)

    def step_beside(
        self, inputs: Sequence[np.ndarray], other: RemoteSession, others: Sequence[np.ndarray]
    ) -> None:
        """`step` this session and another of the same process at the same time."""
        arrays = [*inputs, *others]
        self._ask("step_both", arrays, other=other.number, split=len(inputs))

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        """See `Session.run`."""
        self._ask("run", inputs)

    def read(self, tensor: int) -> np.ndarray:
        """See `Session.read`."""
        for _, value in self.read_each([tensor]):
            if not isinstance(value, RunError):
                return value
            raise value
        raise RunError(f"tensor {tensor} has no value: no answer came")

    def read_each(self, tensors: Sequence[int]) -> Iterator[tuple[int, np.ndarray | RunError]]:
        """See `Session.read_each`; several come in one answer, up to some megabytes."""
        waiting = list(tensors)
        while waiting:
            answer = self._ask("read", tensors=waiting)
            arrays, told = iter(answer.arrays), answer.said["told"]
            for tensor, why in zip(waiting, told, strict=False):
                yield tensor, next(arrays) if why is None else RunError(str(why))
            waiting = waiting[max(1, len(told)) :]

    def tensor_shapes(self) -> dict[int, tuple[int, ...]]:
        """See `Session.tensor_shapes`."""
        return {tensor: sizes(shape) for tensor, shape in self._ask("shapes").said["shapes"]}

    def _ask(self, do: str, arrays: Sequence[Bytes] = (), **said: Any) -> Message:
        return self.worker.ask({"do": do, "number": self.number, **said}, arrays)

    def __del__(self) -> None:
        self.worker.dropped.append(self.number)


def dtype_of(name: str) -> np.dtype[Any]:
    """The type of an input as `Session` gives it, from its name; strings have no size."""
    return np.dtype("S") if name.startswith("bytes") else dtype_named(name)

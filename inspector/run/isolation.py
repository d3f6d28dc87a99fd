"""Which process the interpreter lives in: this one, or a worker that may crash, hang or swell.

The library runs models in this process unless told otherwise: it is the fastest, and good enough
for models that are known. The commands keep them apart, with `isolated`. That is a matter of the
whole program, like its stderr, so it is said once, around the work, and not in every call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inspector.errors import RunError
from inspector.run.process import Limits, Worker
from inspector.run.remote import RemoteSession
from inspector.run.runtime import Runtime
from inspector.run.session import Session, SignatureSession
from inspector.run.sitting import Sitting

Content = bytes | Sequence[memoryview] | Path
"""A model: its bytes, whole or in pieces, or its path."""


class Pool:
    """The worker that sessions are opened in, and a new one when it has died."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.worker, self.cancelled = limits, Worker(limits), False

    def cancel(self) -> None:
        """End what is under way, from another thread: whatever it asks from now on is a `RunError`.

        Its process is killed; `resume` lets another be started.
        """
        self.cancelled = True
        self.worker.process.kill()

    def resume(self) -> None:
        """Be of use again after `cancel`."""
        self.cancelled = False

    def check(self) -> None:
        """Raise `RunError` where what is under way has been cancelled."""
        if self.cancelled:
            raise RunError("the run was cancelled")

    def living(self) -> Worker:
        """A worker that can be asked. Raises `RunError` after `cancel`."""
        self.check()
        if not self.worker.alive:
            self.worker.close()
            self.worker = Worker(self.limits)
        return self.worker


pools: list[Pool] = []
"""Those of the `isolated` blocks that we are in; the innermost is last."""


@contextmanager
def isolated(limits: Limits | None = None) -> Iterator[Pool]:
    """Open the sessions of this block in a process of their own, which is killed at its end.

    The process is started at once, so that its start-up is over when a model has been read. Where
    it dies, what was asked of it raises `DiedError`, its sessions are no longer `alive`, and the
    next session gets a new process. Raises `RunError` within a block that has been cancelled.
    """
    if pools:
        pools[-1].check()
    pool = Pool(limits or Limits())
    pools.append(pool)
    try:
        yield pool
    finally:
        pools.remove(pool)
        pool.worker.close()


def open_session(
    runtime: Runtime,
    model: Content,
    signature: tuple[str, int] | None = None,
    preserve: bool = False,
) -> Sitting:
    """A session of a model, or of the subgraph that a signature (key, subgraph) of it names.

    Within `isolated` it lives in another process. Raises `RunError` where the interpreter refuses
    the model.
    """
    if pools:
        pieces = [memoryview(model)] if isinstance(model, bytes) else model
        return RemoteSession(pools[-1].living(), runtime, pieces, signature, preserve)
    whole = model if isinstance(model, bytes | Path) else b"".join(model)
    if signature is not None:
        return SignatureSession(runtime, whole, *signature, preserve)
    return Session(runtime, whole, preserve)


def limits() -> Limits:
    """The limits of the block that we are in."""
    return pools[-1].limits if pools else Limits()


def worker_process() -> int | None:
    """The number of the process that sessions are opened in; None where it is this one."""
    return pools[-1].living().process.pid if pools else None

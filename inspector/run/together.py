"""Two sessions that run at the same time; the interpreter holds no Python lock while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache, partial

import numpy as np

from inspector.run.isolation import worker_process
from inspector.run.remote import RemoteSession
from inspector.run.sitting import Sitting


def step_together(
    one: Sitting, inputs: Sequence[np.ndarray], other: Sitting, others: Sequence[np.ndarray]
) -> None:
    """`step` both, each on its inputs. Raises what either raises."""
    if isinstance(one, RemoteSession) and isinstance(other, RemoteSession):
        one.step_beside(inputs, other, others)
        return
    do_both(partial(one.step, inputs), partial(other.step, others))


def do_both(one: Callable[[], object], other: Callable[[], object]) -> None:
    """Call both, at the same time where the interpreter lives in this process.

    A worker is asked one thing at a time. Raises what either raises.
    """
    if worker_process() is not None:
        one()
        other()
        return
    done = beside().submit(other)
    try:
        one()
    finally:
        wait([done])  # it uses what the caller may drop
    done.result()


@cache
def beside() -> ThreadPoolExecutor:
    """The thread that the other one runs in; to start one takes as long as many an operator."""
    return ThreadPoolExecutor(1)

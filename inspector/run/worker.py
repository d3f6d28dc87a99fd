"""The process that the interpreter lives in when it is kept apart; `process.Worker` starts it.

It reads requests from its standard input and answers each on what was its standard output, in the
messages of `wire`. It holds sessions by number. What native code prints goes to standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from inspector.errors import InputError, RunError
from inspector.run.runtime import Engine, Kernels, Runtime, engine_module
from inspector.run.session import Session, SignatureSession
from inspector.run.together import step_together
from inspector.run.wire import Announced, BrokenMessageError, Message, hollow, receive, send

Answer = tuple[dict[str, Any], list[np.ndarray]]
AT_ONCE = 1 << 22
"""Bytes of tensors that are sent in one answer, or one tensor if it is larger."""


def main() -> None:
    """Serve until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's to answer
    be_the_first_to_go()
    threading.Thread(target=die_with_parent, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    engine_module(Engine.LITERT)  # while the parent is still busy with other things
    serve(sys.stdin.buffer, answers)


def die_with_parent(parent: int) -> None:
    """End when the parent has: a run that hangs would never see the standard input end."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def be_the_first_to_go() -> None:
    """Where memory runs out, the system takes this process; and a crash leaves no core file."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Say that we are there, then answer each request; an error of ours becomes the answer."""
    sessions = Sessions()
    send(answers, {"started": True})
    while True:
        try:
            request = receive(requests)
        except BrokenMessageError:
            return
        try:
            said, arrays = sessions.answer(request)
        except (InputError, RunError) as error:
            said, arrays = {"error": type(error).__name__, "words": str(error)}, []
        send(answers, said, arrays)


class Sessions:
    """The sessions of this process, by the numbers that the parent knows them by."""

    def __init__(self) -> None:
        self.opened: dict[int, Session] = {}
        self.actions: dict[str, Callable[..., Answer]] = {
            "open": self.open,
            "resize": self.resize,
            "begin": self.begin,
            "step": self.step,
            "step_both": self.step_both,
            "run": self.run,
            "read": self.read,
            "shapes": self.shapes,
        }

    def answer(self, request: Message) -> Answer:
        """Do what a request asks for, after dropping the sessions that it says are done with."""
        said = dict(request.said)
        for number in said.pop("drop"):
            self.opened.pop(number, None)
        return self.actions[said.pop("do")](request.arrays, **said)

    def open(
        self,
        arrays: list[np.ndarray],
        number: int,
        runtime: tuple[str, int, str],
        path: str | None,
        signature: tuple[str, int] | None,
        preserve: bool,
    ) -> Answer:
        """Load a model: the file at `path`, or the bytes that came along."""
        kernels, threads, engine = runtime
        chosen = Runtime(Kernels(kernels), threads, Engine(engine))
        model = b"".join(array.data for array in arrays) if path is None else Path(path)
        arrays.clear()  # the model is in memory once, not twice, while it is loaded
        if signature is None:
            session = Session(chosen, model, preserve)
        else:
            session = SignatureSession(chosen, model, *signature, preserve)
        self.opened[number] = session
        sockets = [(i.tensor, i.name, i.dtype.name, i.signature) for i in session.sockets]
        return {"sockets": sockets}, []

    def resize(self, _: list[np.ndarray], number: int, shapes: Iterable[Sequence[int]]) -> Answer:
        """See `Session.resize`."""
        self.opened[number].resize([tuple(shape) for shape in shapes])
        return {}, []

    def begin(self, _: list[np.ndarray], number: int, kinds: Iterable[Announced]) -> Answer:
        """See `Session.begin`; `kinds` are the types and shapes of the inputs."""
        self.opened[number].begin([hollow(kind, shape) for kind, shape in kinds])
        return {}, []

    def step(self, arrays: list[np.ndarray], number: int) -> Answer:
        """See `Session.step`."""
        self.opened[number].step(arrays)
        return {}, []

    def step_both(self, arrays: list[np.ndarray], number: int, other: int, split: int) -> Answer:
        """`step` two sessions at the same time; the first `split` arrays are the first one's."""
        first, second = self.opened[number], self.opened[other]
        step_together(first, arrays[:split], second, arrays[split:])
        return {}, []

    def run(self, arrays: list[np.ndarray], number: int) -> Answer:
        """See `Session.run`."""
        self.opened[number].run(arrays)
        return {}, []

    def read(self, _: list[np.ndarray], number: int, tensors: list[int]) -> Answer:
        """The first of `tensors`, as many as go into one answer; None stands for a value sent."""
        told: list[str | None] = []
        arrays: list[np.ndarray] = []
        held = 0
        for _tensor, value in self.opened[number].read_each(tensors):
            told.append(str(value) if isinstance(value, RunError) else None)
            if not isinstance(value, RunError):
                arrays.append(value)
                held += value.nbytes
            if held >= AT_ONCE:
                break
        return {"told": told}, arrays

    def shapes(self, _: list[np.ndarray], number: int) -> Answer:
        """See `Session.tensor_shapes`."""
        return {"shapes": list(self.opened[number].tensor_shapes().items())}, []

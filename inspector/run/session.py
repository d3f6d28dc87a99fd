"""A loaded model: run it on arrays, read any tensor that has a value.

`Session` holds the interpreter in this process. For the face that it shares with one in another
process, see `sitting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import InputError, RunError
from inspector.run.runtime import Runtime, interpreter, told, words
from inspector.run.sitting import Socket


class Session:
    """The primary subgraph of a loaded model, which runs as often as wanted.

    With `preserve`, the interpreter keeps every tensor after a run; without, only inputs, outputs
    and variables are sure to have a value. Raises `RunError` when it refuses the model.
    """

    subgraph = 0
    alive = True

    def __init__(self, runtime: Runtime, model: bytes | Path, preserve: bool = False) -> None:
        self.runtime, self.interpreter = runtime, interpreter(runtime, model, preserve)
        details = self._details()
        self.sockets = [
            Socket(i["index"], i["name"], np.dtype(i["dtype"]), sizes(i["shape_signature"]))
            for i in details
        ]
        self.shapes = [sizes(i["shape"]) for i in details]
        self._allocated = False

    def resize(self, shapes: Sequence[tuple[int, ...]]) -> None:
        """Give the inputs these shapes, whatever the file says they may be."""
        for i, (into, shape) in enumerate(zip(self.sockets, shapes, strict=True)):
            if self.shapes[i] != shape:
                with told(f"input {into.name!r} cannot be resized to {list(shape)}", self.runtime):
                    self._resize(into, shape)
                self.shapes[i] = shape

    def begin(self, inputs: Sequence[np.ndarray]) -> None:
        """Get ready to be run on such inputs: of their shapes, the variables in their first state.

        That is zero, or what stands for it where a variable is quantised. Raises as `step` does.
        """
        self._check(inputs)
        self.resize([given.shape for given in inputs])
        if not self._allocate():
            self.interpreter.reset_all_variables()

    def step(self, inputs: Sequence[np.ndarray]) -> None:
        """Run once on `inputs`, in the order of the subgraph's inputs, without a new beginning.

        A dimension that the file leaves open takes the array's size; where one is another than
        before, the state is lost. Raises `InputError` where an array is not of the input's type and
        shape, `RunError` where the interpreter gives up.
        """
        self._check(inputs)
        self.resize([given.shape for given in inputs])
        self._run([sendable(given) for given in inputs])

    def run(self, inputs: Sequence[np.ndarray]) -> None:
        """Begin, and step once. Raises as `step` does."""
        self.begin(inputs)
        self._run([sendable(given) for given in inputs])

    def read_each(self, tensors: Sequence[int]) -> Iterator[tuple[int, np.ndarray | RunError]]:
        """Each tensor with what `read` gives or raises, read when it is asked for."""
        for tensor in tensors:
            yield tensor, self._attempt(tensor)

    def _attempt(self, tensor: int) -> np.ndarray | RunError:
        try:
            return self.read(tensor)
        except RunError as error:
            return error

    def read(self, tensor: int) -> np.ndarray:
        """A copy of what tensor `tensor` holds after a run. Raises `RunError` where it has none.

        Strings come as an array of `bytes` objects. A string tensor that no operator has written
        must not be asked for: LiteRT follows a pointer that is not there.
        """
        try:
            return np.asarray(self.interpreter.get_tensor(tensor, self.subgraph))
        except (ValueError, RuntimeError) as error:
            empty = self._empty(tensor)
            if empty is None:
                raise RunError(f"tensor {tensor} has no value: {words(error)}") from None
            return empty

    def tensor_shapes(self) -> dict[int, tuple[int, ...]]:
        """The shape of each tensor by index, after a run as that run left it."""
        details = self.interpreter.get_tensor_details(self.subgraph)
        return {found["index"]: sizes(found["shape"]) for found in details}

    def _details(self) -> list[dict[str, Any]]:
        with told("the model cannot be run", self.runtime):
            found: list[dict[str, Any]] = self.interpreter.get_input_details()
        return found

    def _resize(self, into: Socket, shape: tuple[int, ...]) -> None:
        self.interpreter.resize_tensor_input(into.tensor, shape)
        self._allocated = False

    def _check(self, inputs: Sequence[np.ndarray]) -> None:
        if len(inputs) != len(self.sockets):
            raise InputError(f"{len(inputs)} inputs are given; the model has {len(self.sockets)}")
        for into, now, given in zip(self.sockets, self.shapes, inputs, strict=True):
            check(into, now, given)

    def _allocate(self) -> bool:
        """Allocate the tensors if they are not, which puts variables into their first state."""
        if self._allocated:
            return False
        with told("the model cannot be run", self.runtime), self.runtime.preparing():
            self.interpreter.allocate_tensors()
        self._allocated = True
        return True

    def _run(self, inputs: Sequence[np.ndarray]) -> None:
        self._allocate()
        with told("the model cannot be run", self.runtime):
            for into, given in zip(self.sockets, inputs, strict=True):
                self.interpreter.set_tensor(into.tensor, given)
            self.interpreter.invoke()

    def _empty(self, tensor: int) -> np.ndarray | None:
        """The value of a tensor without elements, which LiteRT gives no memory."""
        for found in self.interpreter.get_tensor_details(self.subgraph):
            if found["index"] == tensor and 0 in found["shape"]:
                return np.zeros(sizes(found["shape"]), found["dtype"])
        return None


class SignatureSession(Session):
    """Another subgraph than the primary one, reached through the signature that names it.

    Its inputs stand in the order of the signature.
    """

    def __init__(
        self,
        runtime: Runtime,
        model: bytes | Path,
        key: str,
        subgraph: int,
        preserve: bool = False,
    ) -> None:
        self.key, self.subgraph = key, subgraph
        super().__init__(runtime, model, preserve)

    def _details(self) -> list[dict[str, Any]]:
        with told(f"signature {self.key!r} cannot be run", self.runtime):
            self.runner = self.interpreter.get_signature_runner(self.key)
        self.arguments: dict[str, dict[str, Any]] = self.runner.get_input_details()
        return list(self.arguments.values())

    def _resize(self, into: Socket, shape: tuple[int, ...]) -> None:
        """Leave it to the runner, which resizes at each call."""

    def _allocate(self) -> bool:
        """Leave that to the runner, too; but for the first time, variables are to be set back."""
        return False

    def _run(self, inputs: Sequence[np.ndarray]) -> None:
        with told("the signature cannot be run", self.runtime), self.runtime.preparing():
            self.runner(**dict(zip(self.arguments, inputs, strict=True)))


def check(into: Socket, now: tuple[int, ...], given: np.ndarray) -> None:
    """Raise `InputError` unless the array can be put into the input, whose shape is `now`."""
    text = into.dtype.kind == "S" and given.dtype.kind in "SUO"
    if given.dtype != into.dtype and not text:
        raise mismatch(into, given)
    if given.shape == now:
        return
    fits = zip(into.signature, given.shape, strict=False)
    if len(given.shape) != len(into.signature) or any(a not in (-1, b) for a, b in fits):
        raise mismatch(into, given)


def mismatch(into: Socket, given: np.ndarray) -> InputError:
    """What an input wants and what it was given."""
    wanted = "string" if into.dtype.kind == "S" else into.dtype
    return InputError(
        f"input {into.name!r} wants {wanted} {list(into.signature)}; "
        f"it was given {given.dtype} {list(given.shape)}"
    )


def sendable(given: np.ndarray) -> np.ndarray:
    """The array as LiteRT takes it: it reads a lone string wrongly out of an array of objects.

    It takes the bytes of the array itself (python/interpreter_wrapper/numpy.cc), of which NumPy
    adds one to an empty string unless it is told how many there are.
    """
    if given.dtype != object or given.shape:
        return given
    text = given.item()
    content = text.encode() if isinstance(text, str) else text
    return np.ndarray((), f"S{len(content)}", content)


def sizes(shape: Iterable[int]) -> tuple[int, ...]:
    """A shape as Python integers."""
    return tuple(int(size) for size in shape)

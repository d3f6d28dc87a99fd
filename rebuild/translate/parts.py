"""The programs of a model's subgraphs: the primary one, those that it calls, other signatures'."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from inspector.errors import InputError, ModelError, RunError
from inspector.read.model import Model
from inspector.read.schema import TensorType
from inspector.weights.names import identifier
from inspector.weights.slots import scope
from inspector.weights.values import Dtype
from rebuild.translate.naming import model_name
from rebuild.translate.program import BUILD, Program, Unsupported
from rebuild.translate.quantized import FLOAT, Reading
from rebuild.translate.registry import TranslationError
from rebuild.translate.resources import Resources
from rebuild.translate.static import Shapes
from rebuild.translate.threads import State, Threads, is_resource
from rebuild.translate.tying import tie_parts
from rebuild.variables import unique

Role: TypeAlias = tuple[int, bool]
"""A subgraph by its index, and whether users call its model."""

CALLED_PRIMARY = "subgraph_0"
"""What the function of the primary subgraph is of, where operators call another than users."""

DEEPEST = 50
"""Subgraphs that call each other one inside the other; no converter comes near."""


class Parts:
    """Makes the program of each subgraph once, when it is first asked for.

    `programs` are those that are done, by subgraph and by whether users call them: what one calls
    stands before it. A subgraph has two only where `Threads.is_split` says so.
    """

    def __init__(
        self,
        model: Model,
        *,
        dynamic_batch: bool = False,
        reading: Reading = FLOAT,
        dtype: Dtype = Dtype.FLOAT32,
        allow_unsupported: bool = False,
    ) -> None:
        self.model, self.dynamic_batch, self.reading = model, dynamic_batch, reading
        self.dtype = dtype
        self.allow_unsupported = allow_unsupported
        self.programs: dict[Role, Program] = {}
        self.resources = Resources(model)
        self.signatures = signature_names(model)
        self.entries = {0, *self.signatures}  # the subgraphs that are run by themselves
        self.threads = Threads(model, self.entries)
        self._shapes: dict[Role, Shapes | None] = {}
        self._begun: list[int] = []

    def program(self, index: int, shapes: Shapes | None = None) -> Program:
        """The program of subgraph `index`, for inputs of these shapes or of the file's.

        It is what operators call. Raises `TranslationError` when there is none, when it would call
        itself, and when it was made for other shapes already.
        """
        is_entry = index in self.entries and not self.threads.is_split(index)
        return self._program((index, is_entry), shapes)

    def entry(self, index: int) -> Program:
        """The program of subgraph `index` that users call. Raises `TranslationError`."""
        return self._program((index, True), None)

    def _program(self, role: Role, shapes: Shapes | None) -> Program:
        index, _ = role
        if role not in self.programs:
            self.check(index, shapes)
            self._begun.append(index)
            try:
                found = self.made(role, shapes)
            finally:
                self._begun.pop()
            self.programs[role], self._shapes[role] = found, taken(found)
        elif shapes is not None and shapes != self._shapes[role]:
            raise TranslationError(
                f"it calls subgraph {index} with inputs of shapes {listed(shapes)}, and another "
                f"operator does with {listed(self._shapes[role])}"
            )
        return self.programs[role]

    def check(self, index: int, shapes: Shapes | None) -> None:
        """Raise `TranslationError` where subgraph `index` cannot be called so."""
        if index in self._begun:
            raise TranslationError(f"subgraph {index} calls itself")
        if len(self._begun) > DEEPEST:
            raise TranslationError(f"subgraphs call each other more than {DEEPEST} deep")
        if not 0 <= index < len(self.model.subgraphs):
            count = len(self.model.subgraphs)
            raise TranslationError(f"it calls subgraph {index}, and the model has {count}")
        count = len(self.model.subgraphs[index].inputs)
        if shapes is not None and len(shapes) != count:
            raise TranslationError(
                f"subgraph {index} takes {count} inputs, and is given {len(shapes)}"
            )

    def made(self, role: Role, shapes: Shapes | None) -> Program:
        """The program of a subgraph, freshly made."""
        from rebuild.translate.translator import Translator

        index, is_entry = role
        graph = self.model.subgraphs[index]
        try:
            found = Translator(graph, self, shapes, is_entry).translate()
        except (InputError, RunError) as error:
            if not index:
                raise
            raise TranslationError(f"subgraph {index} cannot be run by itself: {error}") from None
        programs = {part.function: part for part in self.programs.values()}
        tie_parts(found, programs, {self.name(part.index) for part in self.model.subgraphs})
        return found

    def start(self, state: State) -> np.ndarray:
        """What a variable holds before the first call. Raises `TranslationError` where that is
        not known."""
        from rebuild.translate.translator import script_dtype

        if is_resource(state):
            return self.resources.first(state)
        tensor = self.model.subgraphs[int(state[0])].tensors[int(state[1])]
        if -1 in tensor.shape or tensor.dtype == TensorType.STRING:
            raise TranslationError(
                f"the variable tensor {tensor.index} of subgraph {state[0]} has no fixed size"
            )
        return np.zeros(tensor.shape, script_dtype(tensor))

    def name(self, index: int) -> str:
        """The name of the Keras model of a subgraph: what the keys of its weights begin with."""
        others = {scope(part) for part in self.model.subgraphs}
        return scope(self.model.subgraphs[index]) or unique(model_name(self.model), others)

    def function(self, index: int, is_entry: bool) -> str:
        """The function of the script that makes it."""
        if not is_entry:
            return BUILD + (scope(self.model.subgraphs[index]) or CALLED_PRIMARY)
        return BUILD + self.signatures[index] if index else f"{BUILD}model"

    def whole(self) -> Program:
        """The primary subgraph's program, with all others that the script has as its `parts`.

        Raises `ModelError` when the file holds no subgraph.
        """
        if not len(self.model.subgraphs):
            raise ModelError(
                f"{self.model.path}: the file holds no subgraph, so there is nothing to rebuild"
            )
        primary = self.entry(0)
        missing = [self._missing(index) for index in self.signatures]
        primary.unsupported += [found for found in missing if found]
        primary.parts = tuple(each for each in self.programs.values() if each is not primary)
        known = {s.key: s.subgraph for s in self.model.signatures}
        primary.signatures = {key: i for key, i in known.items() if (i, True) in self.programs}
        return primary

    def _missing(self, index: int) -> Unsupported | None:
        """Make the program of a signature's subgraph; what is to be told where that fails."""
        try:
            self.entry(index)
        except TranslationError as error:
            reason = f"subgraph {index}, of the signature {self.signatures[index]}: {error}"
            return Unsupported(-1, "no operator", reason)
        return None


def taken(program: Program) -> Shapes:
    """The shapes of the inputs that a program was made for."""
    graph = program.model.subgraphs[program.subgraph]
    return tuple(program.operands[tensor].shape for tensor in graph.inputs)


def listed(shapes: Shapes | None) -> str:
    """Shapes, for a message."""
    return ", ".join(str(list(shape)) for shape in shapes or ())


def signature_names(model: Model) -> dict[int, str]:
    """A name for each subgraph but the first that a signature is of, from the signature's key."""
    taken, found = {"model", CALLED_PRIMARY} | {scope(part) for part in model.subgraphs}, {}
    for signature in model.signatures:
        if 0 < signature.subgraph < len(model.subgraphs) and signature.subgraph not in found:
            found[signature.subgraph] = unique(identifier(signature.key) or "signature", taken)
    return found

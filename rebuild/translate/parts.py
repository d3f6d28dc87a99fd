"""The programs of a model's subgraphs: the primary one, those that it calls, other signatures'."""

from __future__ import annotations

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

DEEPEST = 50
"""Subgraphs that call each other one inside the other; no converter comes near."""


class Parts:
    """Makes the program of each subgraph once, when it is first asked for.

    `programs` are those that are done, by subgraph: what one calls stands before it.
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
        self.programs: dict[int, Program] = {}
        self.resources = Resources(model)
        self.signatures = signature_names(model)
        self.entries = {0, *self.signatures}  # the subgraphs that are run by themselves
        self.threads = Threads(model, self.entries)
        self._shapes: dict[int, Shapes | None] = {}
        self._begun: list[int] = []

    def program(self, index: int, shapes: Shapes | None = None) -> Program:
        """The program of subgraph `index`, for inputs of these shapes or of the file's.

        Raises `TranslationError` when there is none, when it would call itself, and when it was
        made for other shapes already.
        """
        if index not in self.programs:
            self.check(index, shapes)
            self._begun.append(index)
            try:
                found = self.made(index, shapes)
            finally:
                self._begun.pop()
            self.programs[index], self._shapes[index] = found, taken(found)
        elif shapes is not None and shapes != self._shapes[index]:
            raise TranslationError(
                f"it calls subgraph {index} with inputs of shapes {listed(shapes)}, and another "
                f"operator does with {listed(self._shapes[index])}"
            )
        return self.programs[index]

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

    def made(self, index: int, shapes: Shapes | None) -> Program:
        """The program of a subgraph, freshly made."""
        from rebuild.translate.translator import Translator

        graph = self.model.subgraphs[index]
        try:
            found = Translator(graph, self, shapes).translate()
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

    def function(self, index: int) -> str:
        """The function of the script that makes it."""
        if not index:
            return f"{BUILD}model"
        return BUILD + self.signatures.get(index, scope(self.model.subgraphs[index]))

    def whole(self) -> Program:
        """The primary subgraph's program, with all others that the script has as its `parts`.

        Raises `ModelError` when the file holds no subgraph.
        """
        if not len(self.model.subgraphs):
            raise ModelError(
                f"{self.model.path}: the file holds no subgraph, so there is nothing to rebuild"
            )
        primary = self.program(0)
        missing = [self._missing(index) for index in self.signatures]
        primary.unsupported += [found for found in missing if found]
        primary.parts = tuple(each for each in self.programs.values() if each is not primary)
        known = {s.key: s.subgraph for s in self.model.signatures}
        primary.signatures = {key: i for key, i in known.items() if i in self.programs}
        return primary

    def _missing(self, index: int) -> Unsupported | None:
        """Make the program of a signature's subgraph; what is to be told where that fails."""
        try:
            self.program(index)
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
    taken, found = {"model"} | {scope(part) for part in model.subgraphs}, {}
    for signature in model.signatures:
        if 0 < signature.subgraph < len(model.subgraphs) and signature.subgraph not in found:
            found[signature.subgraph] = unique(identifier(signature.key) or "signature", taken)
    return found

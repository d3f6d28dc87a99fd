"""The programs of a model's subgraphs: the primary one, those that it calls, other signatures'."""

from __future__ import annotations

from inspector.errors import ModelError
from inspector.read.model import Model
from inspector.weights.names import identifier
from inspector.weights.slots import scope
from rebuild.translate.naming import model_name
from rebuild.translate.program import BUILD, Program
from rebuild.translate.registry import TranslationError
from rebuild.translate.resources import Resources
from rebuild.variables import unique


class Parts:
    """Makes the program of each subgraph once, when it is first asked for.

    `programs` are those that are done, by subgraph: what one calls stands before it.
    """

    def __init__(self, model: Model, *, dynamic_batch: bool = False) -> None:
        self.model, self.dynamic_batch = model, dynamic_batch
        self.programs: dict[int, Program] = {}
        self.resources = Resources(model)
        self.signatures = signature_names(model)
        self.entries = {0, *self.signatures}  # the subgraphs that are run by themselves
        self._begun: list[int] = []

    def program(self, index: int) -> Program:
        """The program of subgraph `index`.

        Raises `TranslationError` when there is none, or when it would call itself.
        """
        from rebuild.translate.translator import Translator

        if index in self._begun:
            raise TranslationError(f"subgraph {index} calls itself")
        if index not in self.programs:
            if not 0 <= index < len(self.model.subgraphs):
                count = len(self.model.subgraphs)
                raise TranslationError(f"it calls subgraph {index}, and the model has {count}")
            self._begun.append(index)
            found = Translator(self.model.subgraphs[index], self).translate()
            self._begun.pop()
            self.programs[index] = found
        return self.programs[index]

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
        for index in self.signatures:
            self.program(index)
        primary.parts = tuple(each for each in self.programs.values() if each is not primary)
        primary.signatures = {s.key: s.subgraph for s in self.model.signatures}
        return primary


def signature_names(model: Model) -> dict[int, str]:
    """A name for each subgraph but the first that a signature is of, from the signature's key."""
    taken, found = {"model"} | {scope(part) for part in model.subgraphs}, {}
    for signature in model.signatures:
        if 0 < signature.subgraph < len(model.subgraphs) and signature.subgraph not in found:
            found[signature.subgraph] = unique(identifier(signature.key) or "signature", taken)
    return found

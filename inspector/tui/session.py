"""What all screens look at: one opened model, and what has been found out about it so far.

Nothing here knows of a widget or a thread. `surveyed` tells at once what is known; `survey` and
`outline` find it out, which takes long on a large model: screens call them in a worker.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from inspector.calls import Call, calls_of
from inspector.errors import InputError, ModelError
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.tui.history import History
from inspector.tui.outline import Outline, outline_of, plain_outline
from inspector.tui.places import Kind, Place, operator_at, parsed, subgraph_at
from inspector.tui.survey import Survey, survey_of

if TYPE_CHECKING:
    from inspector.tui.rebuilt import Rebuilt

LARGE = 1500
"""Operators above which a subgraph is not surveyed while somebody waits (about 0.1 s)."""


class Session:
    """A model, the surveys and outlines of its subgraphs, and the way taken through it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.history = History()
        self.rebuilt: Rebuilt | None = None
        self._surveys: dict[int, Survey] = {}
        self._outlines: dict[int, Outline] = {}
        self._plain: dict[int, Outline] = {}

    def subgraph(self, index: int) -> Subgraph | None:
        """A subgraph; None where it cannot be read, or the model has none."""
        try:
            return self.model.subgraphs[index] if index < len(self.model.subgraphs) else None
        except ModelError:
            return None

    def operator(self, place: Place) -> Operator:
        """The operator at a place. Raises `ModelError` where it cannot be read."""
        return self.model.subgraphs[place.subgraph].operators[place.index]

    def tensor(self, place: Place) -> Tensor:
        """The tensor at a place. Raises `ModelError` where it cannot be read."""
        return self.model.subgraphs[place.subgraph].tensors[place.index]

    def count(self, subgraph: int, kind: Kind) -> int:
        """How many operators or tensors a subgraph has; 0 where it cannot be read."""
        found = self.subgraph(subgraph)
        if found is None:
            return 0
        return len(found.operators if kind is Kind.OPERATOR else found.tensors)

    def signature_keys(self, subgraph: int) -> list[str]:
        """The signatures of a subgraph; none where they cannot be read."""
        try:
            return [each.key for each in self.model.signatures if each.subgraph == subgraph]
        except ModelError:
            return []

    def callers(self, subgraph: int) -> list[Call]:
        """The operators that run a subgraph, of the subgraphs that are surveyed."""
        count = len(self.model.subgraphs)
        known = [self.surveyed(index) for index in range(count)] if count > 1 else []
        found: list[Call] = []
        for survey in filter(None, known):
            for operator in survey.part.operators:
                with suppress(ModelError):
                    calls = calls_of(operator, count)
                    found += [call for call in calls if call.subgraph == subgraph]
        return found

    def is_large(self, subgraph: int) -> bool:
        """Whether to survey a subgraph in a worker."""
        return self.count(subgraph, Kind.OPERATOR) > LARGE

    def surveyed(self, subgraph: int) -> Survey | None:
        """The survey of a subgraph, where it has been made; a small one is made now."""
        if subgraph not in self._surveys and not self.is_large(subgraph):
            return self.survey(subgraph)
        return self._surveys.get(subgraph)

    def survey(self, subgraph: int) -> Survey | None:
        """The survey of a subgraph; None where it cannot be read."""
        found = self.subgraph(subgraph)
        if found is not None and subgraph not in self._surveys:
            self._surveys[subgraph] = survey_of(found)
        return self._surveys.get(subgraph)

    def outline(self, subgraph: int) -> Outline:
        """The outline of a subgraph; until it is surveyed, the operators in their order."""
        survey = self.surveyed(subgraph)
        if survey is None:
            if subgraph not in self._plain:
                count = self.count(subgraph, Kind.OPERATOR)
                self._plain[subgraph] = plain_outline(subgraph, count)
            return self._plain[subgraph]
        if subgraph not in self._outlines:
            self._outlines[subgraph] = outline_of(survey)
            self._plain.pop(subgraph, None)
        return self._outlines[subgraph]

    def anchor(self, place: Place) -> Place | None:
        """The operator or group that stands for a place in the outline; None where none does.

        For a tensor that is its producer, else its first consumer.
        """
        if place.kind in (Kind.OPERATOR, Kind.GROUP):
            return place
        survey = self.surveyed(place.subgraph) if place.kind is Kind.TENSOR else None
        if survey is None:
            return None
        producer = survey.graph.producer[place.index]
        nearest = [producer] if producer >= 0 else list(survey.graph.consumers[place.index][:1])
        return operator_at(place.subgraph, nearest[0]) if nearest else None

    def start(self) -> Place:
        """Where a look at the model begins: its first operator, if it has one."""
        return operator_at(0, 0) if self.count(0, Kind.OPERATOR) else subgraph_at(0)

    def checked(self, place: Place) -> Place:
        """The place, if the model has it. Raises `InputError`."""
        graphs = len(self.model.subgraphs)
        if not 0 <= place.subgraph < graphs:
            raise InputError(f"there is no subgraph {place.subgraph}; the model has {graphs}")
        if place.kind in (Kind.SUBGRAPH, Kind.GROUP):
            return place
        what = "operator" if place.kind is Kind.OPERATOR else "tensor"
        count = self.count(place.subgraph, place.kind)
        if place.index >= count:
            raise InputError(
                f"there is no {what} {place.index}; subgraph {place.subgraph} has {count}, "
                "counted from 0"
            )
        return place

    def find(self, text: str, here: int = 0) -> Place:
        """The place of an address, or of the operator or tensor of a name. Raises `InputError`."""
        try:
            return self.checked(parsed(text, here))
        except InputError:
            place = self._named(text.strip())
            if place is None:
                raise
            return place

    def _named(self, name: str) -> Place | None:
        """The operator of a layer's name, or that makes a tensor of a name; else that tensor."""
        for index in range(len(self.model.subgraphs)):
            survey = self.survey(index)
            if survey is None:
                continue
            for operator, own in survey.names.items():
                if own == name:
                    return operator_at(index, operator)
            for tensor in survey.part.tensors.values():
                if tensor.name == name:
                    producer = survey.graph.producer[tensor.index]
                    if producer >= 0:
                        return operator_at(index, producer)
                    return Place(index, Kind.TENSOR, tensor.index)
        return None

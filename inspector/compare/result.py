"""What a comparison found, as records and as the JSON object that programs read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from inspector.compare.heads import Agreement
from inspector.compare.metrics import Metrics, quality, worst
from inspector.compare.verdicts import Outcome, Verdict
from inspector.run.runtime import Runtime

UNMEASURED = Metrics()
MEDIANS = ("sqnr_db", "max_abs", "max_rel_range", "max_lsb", "cosine", "bias", "max_ulp")


@dataclass(frozen=True, slots=True)
class Spread:
    """The worst of each figure over samples and outputs; the median over samples."""

    worst: Metrics
    median: Metrics

    def to_json(self) -> dict[str, Any]:
        """The worst, and in `median` the medians of the figures that have one."""
        return self.worst.to_json() | {
            "median": {name: getattr(self.median, name) for name in MEDIANS}
        }


def spread(errors: Iterable[Sequence[Metrics]]) -> Spread | None:
    """The errors of some tensors, each on the same samples; None where there are none.

    The median is that of the samples, each by its worst tensor, in order of their SQNR.
    """
    samples = [worst(row) for row in zip(*errors, strict=True)]
    if not samples:
        return None
    ranked = sorted(samples, key=quality)
    return Spread(worst(samples), ranked[(len(ranked) - 1) // 2])


@dataclass(frozen=True, slots=True)
class OperatorResult:
    """An operator of the reference: what it was compared with and what was found.

    `label` is the name of its first output; `reason` says more, of UNKNOWN and FOLDED above all;
    `hint` says what a SOURCE looks like, where a cause was tried out and gave the same.
    """

    subgraph: int
    index: int
    op: str
    label: str
    verdict: Verdict
    match: str = ""
    reason: str = ""
    hint: str = ""
    isolated: Spread | None = None
    floor: Spread | None = None
    accumulated: Spread | None = None

    @property
    def number(self) -> str:
        """Its index; of another subgraph than the first, `2/17`."""
        return f"{self.subgraph}/{self.index}" if self.subgraph else str(self.index)

    def to_json(self) -> dict[str, Any]:
        """With null for what is not known."""
        return {
            "subgraph": self.subgraph,
            "index": self.index,
            "op": self.op,
            "name": self.label,
            "match": self.match or None,
            "isolated": of(self.isolated),
            "floor": of(self.floor),
            "accumulated": of(self.accumulated),
            "verdict": self.verdict.value,
            "reason": self.reason or None,
            "hint": self.hint or None,
        }


@dataclass(frozen=True, slots=True)
class OutputResult:
    """An output of the reference, end to end; `error` is None where the candidate has none.

    `floor` is the distance between the interpreter's own kernel sets. Whether the error `decides`
    on the outcome: not where quantised integers come before it, since those may end far apart
    while every operator agrees; `reason` says why it does not. `allowed` is the share of its range
    that it may be off, None for integers. `beyond` names the figures beyond tolerance and floor.
    `top` is set for a head, an output that looks like class scores. `elsewhere` is the error
    against each of the interpreter's other kernel sets, where the floor was measured.
    """

    index: int
    name: str
    error: Spread | None
    floor: Spread | None
    decides: bool
    beyond: tuple[str, ...]
    top: Agreement | None = None
    subgraph: int = 0
    elsewhere: Mapping[str, Spread | None] = field(default_factory=dict)
    allowed: float | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The figures themselves, or null for each, with the floor's beside them."""
        figures = of(self.error)
        others = {kernels: of(error) for kernels, error in self.elsewhere.items()}
        floors = {"floor": of(self.floor), "elsewhere": others}
        rest = {**floors, "decides": self.decides, "beyond": list(self.beyond)}
        rest |= {"allowed": self.allowed, "reason": self.reason or None}
        top = {"top_1": self.top and self.top.top_1, "top_5": self.top and self.top.top_5}
        place = {"name": self.name, "subgraph": self.subgraph, "index": self.index}
        return place | figures | rest | top


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it; `failure` says why the whole candidate could not be run, if it could not."""

    reference: str
    candidate: str
    outcome: Outcome
    operators: tuple[OperatorResult, ...]
    outputs: tuple[OutputResult, ...]
    runtime: Runtime
    samples: int
    failure: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many operators have each verdict."""
        found = Counter(operator.verdict for operator in self.operators)
        return {verdict.value: found[verdict] for verdict in Verdict}

    def moved(self, subgraph: int) -> Comparison:
        """The same where what was compared as the primary subgraph is another one of the file."""
        return replace(
            self,
            operators=tuple(replace(o, subgraph=o.subgraph or subgraph) for o in self.operators),
            outputs=tuple(replace(o, subgraph=o.subgraph or subgraph) for o in self.outputs),
        )

    def to_json(self) -> dict[str, Any]:
        """The object that `tfli compare --json` writes."""
        return {
            "reference": self.reference,
            "candidate": self.candidate,
            "verdict": self.outcome.value,
            "ops": [operator.to_json() for operator in self.operators],
            "outputs": [output.to_json() for output in self.outputs],
            "counts": self.counts,
            "runtime": self.runtime.to_json(),
            "samples": self.samples,
            "failure": self.failure or None,
        }


def of(found: Spread | None) -> dict[str, Any]:
    """The figures, each null where they were not measured."""
    if found is None:
        return dict.fromkeys([*UNMEASURED.to_json(), "median"])
    return found.to_json()

"""What `tfli capture` tells of a capture, as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, say

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.read.records import Operator
    from inspector.run.places import Place
    from inspector.run.record import Findings
    from inspector.run.runtime import Runtime
    from inspector.run.series import Series

COLUMNS = (
    Column("graph", "right", "dim"),
    Column("tensors", style="dim", least=8),
    Column("no value, because", least=20),
    Column("name", style="bold", least=12, names=True),
)


class Entry(NamedTuple):
    """An array of the file: its key, what it is a value of, and its shape."""

    key: str
    place: Place
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A capture that is in a file."""

    file: Path
    runtime: Runtime
    entries: Sequence[Entry]
    findings: Findings


def captured_object(model: Model, found: Written, runs: Series) -> dict[str, Any]:
    """The JSON object of a capture."""
    findings = found.findings
    return {
        "file": str(found.file),
        "tensors": [entry_object(model, entry) for entry in found.entries],
        "missing": [
            address(model, subgraph, tensor) | {"reason": why}
            for (subgraph, tensor), why in findings.missing.items()
        ],
        "runtime": found.runtime.to_json(),
        "seed": runs.seed,
        "inputs": [report.to_json() for report in runs.reports],
        "runs": len(runs),
        "passes": findings.groups,
        "preserved": findings.preserved,
        "calls": [call.to_json() for call in calls(model, findings)],
        "self_check": {"outputs_equal": findings.outputs_equal},
    }


def entry_object(model: Model, entry: Entry) -> dict[str, Any]:
    """One array of the file. `iteration` and `caller` (the calls that led there) are of loops."""
    place = entry.place
    tensor = model.subgraphs[place.subgraph].tensors[place.tensor]
    return {
        "key": entry.key,
        **address(model, place.subgraph, place.tensor),
        "dtype": str(tensor.dtype),
        "shape": list(entry.shape),
        "run": place.run or None,
        "before": place.before,
        "iteration": place.iteration,
        "caller": [frame._asdict() for frame in place.calls],
    }


def address(model: Model, subgraph: int, tensor: int) -> dict[str, Any]:
    """Which tensor it is."""
    name = model.subgraphs[subgraph].tensors[tensor].name
    return {"subgraph": subgraph, "index": tensor, "name": name}


@dataclass(slots=True)
class Call:
    """An operator that runs subgraphs: how often it did, and how it ended when it was run again.

    `iterations` is the most of all its runs; `left_out` counts those that went on after the last
    iteration that was asked for, and could not be checked.
    """

    operator: Operator
    runs: int = 0
    iterations: int = 0
    left_out: int = 0
    equal: bool = True

    def to_json(self) -> dict[str, Any]:
        """As `--json` gives it."""
        place = {"subgraph": self.operator.subgraph, "operator": self.operator.index}
        counts = {"runs": self.runs, "iterations": self.iterations, "left_out": self.left_out}
        return {**place, "op": self.operator.name, **counts, "equal": self.equal}


def calls(model: Model, findings: Findings) -> list[Call]:
    """What was followed, by operator."""
    found: dict[tuple[int, int], Call] = {}
    for one in findings.followed:
        last = one.caller[-1]
        operator = model.subgraphs[last.subgraph].operators[last.operator]
        call = found.setdefault((last.subgraph, last.operator), Call(operator))
        call.runs += 1
        call.iterations = max(call.iterations, one.turns)
        call.left_out += one.equal is None
        call.equal &= one.equal is not False
    return list(found.values())


def tell(model: Model, found: Written) -> None:
    """Show what has no value, then on stderr what was written and what the checks found."""
    findings = found.findings
    if findings.missing:
        show(Table(COLUMNS, missing_rows(model, findings)))
    size = bytes_text(found.file.stat().st_size)
    say(f"wrote {len(found.entries)} tensors, {size}, to {found.file}")
    for remark in remarks(model, findings):
        say(remark)
    runtime = found.runtime
    ran = f"{runtime.name} {runtime.version}, {runtime.kernels.value} kernels"
    if findings.outputs_equal:
        say(f"{ran}: the untouched model gives the same outputs, bit for bit")
    else:
        say(f"{ran}: the untouched model gives other outputs; do not rely on these values")


def missing_rows(model: Model, findings: Findings) -> list[list[str]]:
    """A row for each reason in a subgraph, with the tensors that have no value for it."""
    alike: dict[tuple[int, str], list[int]] = {}
    for (subgraph, tensor), why in findings.missing.items():
        alike.setdefault((subgraph, why), []).append(tensor)
    rows = []
    for (subgraph, why), tensors in alike.items():
        first = model.subgraphs[subgraph].tensors[tensors[0]].name
        more = f" and {len(tensors) - 1} more" if len(tensors) > 1 else ""
        rows.append([str(subgraph), ranges(tensors), why, first + more])
    return rows


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers in short: `3, 5-9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def remarks(model: Model, findings: Findings) -> Iterator[str]:
    """What else there is to know of a capture."""
    if findings.preserved:
        yield "the file cannot be patched; all tensors were kept by the interpreter instead"
    if findings.short:
        yield (
            f"--max-memory could not be kept: it is {bytes_text(findings.short)} less than the "
            "processes and the largest tensor take"
        )
    if findings.groups > 1:
        yield f"the model was run {findings.groups} times, to stay within --max-memory"
    for call in calls(model, findings):
        if call.left_out:
            yield (
                f"{call.operator} went round more than {call.iterations} times; the rest is left "
                "out, see --max-iterations"
            )
        if not call.equal:
            yield (
                f"{call.operator} ended otherwise when what it runs was run again; do not rely on "
                "the values in there"
            )

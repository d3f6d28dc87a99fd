"""What is measured of a candidate: each unit by itself, and all of it end to end."""

from __future__ import annotations

from dataclasses import dataclass, field

from inspector.compare.candidate import Candidate, Unit
from inspector.compare.floors import own_floor, unit_floor
from inspector.compare.metrics import Errors, Metrics
from inspector.compare.recording import Recording
from inspector.compare.reference import Reference, Trial, Values, picked
from inspector.compare.regions import Region, Slice
from inspector.compare.tolerance import beyond, isolated, same_kernel
from inspector.errors import InspectorError


@dataclass(frozen=True, slots=True)
class Evidence:
    """The errors of a unit's outputs when it was fed the same, or why they are `unknown`.

    `floor` is measured where an error is beyond tolerance, else empty; `beyond` names the figures
    that are beyond both.
    """

    unit: Unit
    isolated: Errors = field(default_factory=dict)
    floor: Errors = field(default_factory=dict)
    beyond: tuple[str, ...] = ()
    unknown: str = ""


def gather(reference: Reference, unit: Unit, candidate: Candidate | Recording) -> Evidence:
    """The isolated errors of a unit, and their floor.

    Where the reference's own kernel computes the candidate's side too, integers are to be equal,
    and what other kernels would have given is no excuse.
    """
    try:
        trials = tried(reference, unit, candidate)
    except InspectorError as error:
        return Evidence(unit, unknown=str(error))
    errors = reference.errors(unit.outputs, [(trial.expected, trial.found) for trial in trials])
    same = unit.runtime == reference.runtime
    tolerance = same_kernel if same else isolated
    if not beyond(reference.graph, errors, {}, tolerance):
        return Evidence(unit, errors)
    floor = unit_floor(reference, unit, trials)
    excuse = own_floor(reference, unit, trials) if same else floor
    return Evidence(unit, errors, floor, beyond(reference.graph, errors, excuse, tolerance))


def tried(reference: Reference, unit: Unit, candidate: Candidate | Recording) -> list[Trial]:
    """Both sides fed the same: the reference's values, or those of a recording."""
    if isinstance(candidate, Recording):
        return [replayed(reference, unit, candidate.values)]
    return [forced(unit, candidate, values) for values in reference.values]


def forced(unit: Unit, candidate: Candidate, values: Values) -> Trial:
    """The candidate, fed what the reference was fed."""
    expected, feeds = picked(values, unit.outputs), picked(values, unit.inputs)
    return Trial(values, expected, candidate.isolated(unit, feeds))


def replayed(reference: Reference, unit: Unit, values: Values) -> Trial:
    """The reference's operators, fed the values of a recording."""
    region = Region(unit.operators, unit.inputs, unit.outputs)
    expected = Slice(reference.model, region, reference.runtime).run(picked(values, unit.inputs))
    return Trial(values, expected, picked(values, unit.outputs))


def end_to_end_errors(reference: Reference, candidate: Candidate | Recording) -> Errors:
    """The accumulated error of every value that the whole candidate gives.

    The subgraph's inputs are given, so they have none. Raises as `Candidate.run` does.
    """
    found: dict[int, list[Metrics]] = {}
    for sample, values in zip(reference.samples, reference.values, strict=True):
        given = {**candidate.run(sample), **dict(zip(reference.graph.inputs, sample, strict=True))}
        for tensor in sorted(given.keys() & values.keys()):
            error = reference.errors([tensor], [([values[tensor]], [given[tensor]])])
            found.setdefault(tensor, []).extend(error[tensor])
    return found

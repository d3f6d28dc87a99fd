"""`tfli weights --stats`: what the arrays of a manifest are like."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

from inspector.report.progress import Progress
from inspector.report.statistics import show_statistics

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.weights.layouts import Layout
    from inspector.weights.manifest import Manifest
    from inspector.weights.statistics import Statistics

Measurements: TypeAlias = "dict[str, Statistics | None]"


def measured(model: Model, manifest: Manifest, layout: Layout) -> Measurements:
    """The statistics of each array that a manifest lists, by its key; none of scales beside it."""
    from inspector.weights.measure import measure_all

    keys = {entry.key for entry in manifest.arrays if entry.parameter_of is None}
    found: Measurements = {}
    with Progress("measuring", total=len(keys)) as progress:
        for key, statistics in measure_all(model, layout, keys):
            found[key] = statistics
            progress.advance()
    return found


def with_statistics(arrays: list[dict[str, Any]], found: Measurements) -> None:
    """Put the statistics into the JSON objects of the arrays: `stats`, null for what has none."""
    for entry in arrays:
        statistics = found.get(entry["key"])
        entry["stats"] = asdict(statistics) if statistics else None


def tell_statistics(manifest: Manifest, found: Measurements) -> None:
    """Write the table, or the page of a single array."""
    entries = [entry for entry in manifest.arrays if entry.key in found]
    show_statistics([(entry.key, entry.shape, found[entry.key]) for entry in entries])

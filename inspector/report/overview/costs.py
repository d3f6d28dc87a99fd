"""What the model weighs and what a run costs: parameters, multiply-accumulates, precision."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.precision import precision_of
from inspector.report.overview.section import Look, Section
from inspector.report.records import Object
from inspector.report.text import bytes_text, count_text
from inspector.stats import stats_of


def fields(look: Look) -> Object:
    """The sums over all subgraphs."""
    stats, precision = stats_of(look.parts), precision_of(look.parts)
    if stats.unknown_macs:
        names = ", ".join(f"{count} {name}" for name, count in stats.unknown_macs.items())
        look.remarks.append(f"the file does not tell the MACs of {names}; they are not counted")
    return {
        "op_histogram": stats.histogram,
        "parameters": stats.parameters,
        "weight_bytes": stats.weight_bytes,
        "weight_bytes_by_type": stats.bytes_by_type,
        "weight_bytes_by_operator": stats.bytes_by_operator,
        "macs": stats.macs,
        "macs_by_operator": stats.macs_by_operator,
        "quantization": {
            "kind": precision.kind,
            "schemes": precision.schemes,
            "per_channel": precision.per_channel,
            "told_by": str(precision),
        },
    }


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """One line each."""
    types = found["weight_bytes_by_type"].items()
    by_type = ", ".join(f"{dtype} {bytes_text(count)}" for dtype, count in types)
    weighs = f" in {bytes_text(found['weight_bytes'])}: {by_type}" if by_type else ""
    yield "parameters", f"{count_text(found['parameters'])}{weighs}"
    yield "MACs", f"{count_text(found['macs'])} multiply-accumulates a run"
    precision = found["quantization"]
    yield "precision", f"{precision['kind']} ({precision['told_by']})"


SECTION = Section(fields, lines)

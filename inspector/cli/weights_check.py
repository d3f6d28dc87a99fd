"""`tfli weights --check`: is a weights file what its model gives?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from inspector.cli.common import open_model
from inspector.cli.weights_export import reading
from inspector.report.strict_json import emit
from inspector.report.text import printable, say
from inspector.weights.check import Check, Claims, check
from inspector.weights.manifest import Settings
from inspector.weights.readers import open_weights

EXIT_CODES = {"match": 0, "mismatch": 1, "incomplete": 2}


def prove(
    path: str, source: Path, claims: Claims | None, settings: Settings, *, as_json: bool
) -> int:
    """Compare a weights file with the model at `path`, say what came of it, give the exit code."""
    with (
        open_model(path) as model,
        open_weights(source) as weights,
        reading(model, settings, "checking weights") as found,
    ):
        result = check(found, weights, claims)
    return tell_check(result, source, with_manifest=claims is not None, as_json=as_json)


def tell_check(found: Check, source: Path, *, with_manifest: bool, as_json: bool) -> int:
    """Say what came of a check, and give the exit code."""
    if as_json:
        emit(
            {
                "file": str(source),
                "verdict": found.verdict,
                "manifest": with_manifest,
                **asdict(found),
            }
        )
        return EXIT_CODES[found.verdict]
    for each in found.different:
        print(printable(f"{each.key}: {each.reason}"))
    for key in found.missing:
        print(printable(f"{key}: the file lacks it"))
    for key in found.extra:
        print(printable(f"{key}: the model has no such array"))
    for skipped in found.skipped:
        say(f"not checked: {skipped}")
    say(headline(found, with_manifest=with_manifest))
    return EXIT_CODES[found.verdict]


def headline(found: Check, *, with_manifest: bool) -> str:
    """The verdict in a line."""
    proved = "bit for bit, and so is its manifest" if with_manifest else "bit for bit"
    if found.verdict == "match":
        return f"match: {found.matching} arrays are those of the model, {proved}"
    counts = {
        "match": found.matching,
        "differ": len(found.different),
        "are missing": len(found.missing),
        "are not the model's": len(found.extra),
        "could not be checked": len(found.skipped),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{found.verdict}: of the arrays, {told}"

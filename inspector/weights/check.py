"""Proof of an export: each array made again from the model and compared, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from inspector.errors import InputError
from inspector.weights.export import Found
from inspector.weights.manifest import Entry, Settings, dumps, settings_in
from inspector.weights.readers import WeightsFile
from inspector.weights.safetensors_file import INDEX, read_header
from inspector.weights.save import Noted, in_npy, in_safetensors, manifest_of
from inspector.weights.slots import Skipped

MOST_BYTES = 1 << 30
"""A manifest that is larger is not read."""

BITS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}
"""Integers to compare elements by, so that NaN equals itself and 0 differs from -0."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An array of the file that is not what the model gives, and how."""

    key: str
    reason: str


@dataclass(slots=True)
class Check:
    """What became of a check: `matching` arrays equal those of the model, bit for bit.

    `missing` are keys that the model has and the file lacks, `extra` the other way round; `skipped`
    what cannot be read from the model, or be held by such a file, and is therefore not proved.
    """

    matching: int = 0
    different: list[Difference] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """`mismatch` where anything differs, `incomplete` where something is not proved."""
        if self.different or self.missing or self.extra:
            return "mismatch"
        return "incomplete" if self.skipped else "match"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a weights file says of itself: how it was made, and the fields of each entry."""

    settings: Settings
    entries: Mapping[str, Mapping[str, Any]]


def check(found: Found, weights: WeightsFile, claims: Claims | None) -> Check:
    """Compare what `arrays` finds with a weights file, and with the manifest where there is one.

    Raises `InputError` where the file is damaged.
    """
    tensors = weights.path.name.endswith((".safetensors", INDEX))
    noted, result = Noted(in_safetensors if tensors else in_npy), Check()
    claimed = dict(claims.entries) if claims else {}
    for key, array in noted.stream(found):
        entry = noted.entries[key]
        claim = claimed.pop(key, {})
        if key not in weights:
            result.missing.append(key)
        elif reason := differs(array, weights[key]) or contradiction(entry, claim):
            result.different.append(Difference(key, reason))
        elif claims and not claim and entry.parameter_of is None:
            result.different.append(Difference(key, "the manifest does not list it"))
        else:
            result.matching += 1
    known = set(noted.entries)
    result.extra = [key for key in [*weights, *claimed] if key not in known]
    result.skipped = noted.manifest.skipped
    return result


def differs(expected: np.ndarray, found: np.ndarray) -> str:
    """How an array differs from the one that the model gives; empty if it does not."""
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return (
            f"it is {found.dtype} {list(found.shape)}, "
            f"and the model gives {expected.dtype} {list(expected.shape)}"
        )
    bits = BITS.get(expected.dtype.itemsize) if expected.dtype.kind != "S" else None
    pair = (expected.view(bits), found.view(bits)) if bits else (expected, found)
    count = int(np.count_nonzero(pair[0] != pair[1]))
    return f"{count} of its {expected.size} elements differ" if count else ""


def contradiction(entry: Entry, claim: Mapping[str, Any]) -> str:
    """Which field of the manifest is not what the model says; empty if none is."""
    truth = json.loads(dumps(entry.as_json()))
    wrong = [name for name in truth if name in claim and claim[name] != truth[name]]
    if not wrong:
        return ""
    return f"the manifest has another {' and '.join(wrong)} than the model"


def claims_of(path: Path) -> Claims | None:
    """What stands in the manifest beside a weights file, or else in the header of a .safetensors.

    None where there is neither. Raises `InputError` for a manifest that cannot be read.
    """
    beside = manifest_of(path)
    try:
        if beside.is_file():
            if beside.stat().st_size > MOST_BYTES:
                raise InputError(f"{beside}: is too large for a manifest")
            text = beside.read_text(encoding="utf-8")
        elif path.is_file() and path.suffix.lower() == ".safetensors":
            beside, text = path, read_header(path)[1].get("tfli", "")
        else:
            return None
        return parsed(json.loads(text)) if text else None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{beside}: cannot be read: {reason}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{beside}: is no manifest of weights: {error!r}; move it away to check without it"
        ) from None


def parsed(found: dict[str, Any]) -> Claims:
    """The claims in the JSON of a manifest, or of a header, where keys name the entries."""
    entries = found["arrays"]
    if isinstance(entries, list):
        entries = {entry["key"]: entry for entry in entries}
    if not all(isinstance(entry, dict) for entry in entries.values()):
        raise TypeError("an entry is no object")
    return Claims(settings_in(found), entries)

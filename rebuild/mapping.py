"""`map.json`: for each tensor of the original the value in the script that holds it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inspector.errors import InputError
from rebuild.emit import Place, Script
from rebuild.translate.program import Program


@dataclass(frozen=True, slots=True)
class Check:
    """A statement of the script, as what it computes of the original's tensors."""

    operator: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What links a script to its model: the file, where each tensor is held, what can be checked.

    `aliases` are tensors that the script has no value of its own for, each with the tensor whose
    value it shares; `folded` are operators without a statement, each with the reason.
    """

    model: dict[str, Any]
    places: dict[int, Place]
    checks: tuple[Check, ...]
    aliases: dict[int, int]
    folded: dict[int, str]


def mapping_of(program: Program, script: Script, model: dict[str, Any]) -> Mapping:
    """The mapping of a freshly emitted script; `model` says which file it came from."""
    checks = [
        Check(s.operator, tuple(dict.fromkeys(map(program.resolve, s.inputs))), s.targets)
        for s in program.statements
        if s.operator >= 0
    ]
    return Mapping(model, script.places, tuple(checks), program.aliases, program.folded)


def to_json(mapping: Mapping) -> dict[str, Any]:
    """The object that `map.json` holds."""
    return {
        "schema": "tfli/1",
        "model": mapping.model,
        "subgraph": 0,
        "tensors": {tensor: asdict(place) for tensor, place in sorted(mapping.places.items())},
        "operators": [asdict(check) for check in mapping.checks],
        "aliases": mapping.aliases,
        "folded": mapping.folded,
    }


def read(path: Path) -> Mapping:
    """The mapping that `path` holds. Raises `InputError` when it holds none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Mapping(
            found["model"],
            {int(tensor): Place(**place) for tensor, place in found["tensors"].items()},
            tuple(
                Check(check["operator"], tuple(check["inputs"]), tuple(check["outputs"]))
                for check in found["operators"]
            ),
            {int(tensor): other for tensor, other in found["aliases"].items()},
            {int(operator): reason for operator, reason in found["folded"].items()},
        )
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no map of a rebuilt model: {error!r}") from None

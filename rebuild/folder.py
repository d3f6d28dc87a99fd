"""What `tfli rebuild` writes into its folder: the script, its weights, its map."""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from pathlib import Path
from typing import Any

from inspector.read.model import Model
from inspector.report.strict_json import spelled
from inspector.weights.writers import write_npz
from rebuild import mapping
from rebuild.emit import emit
from rebuild.translate.program import Program


def write(program: Program, folder: Path) -> None:
    """Write the script, its weights and its map into `folder`."""
    script = emit(program)
    (folder / "model.py").write_text(script.source, encoding="utf-8")
    stored = {weight.key: weight for weight in program.all_weights}
    arrays = chain.from_iterable(weight.arrays() for weight in stored.values())
    write_npz(folder / "weights.npz", arrays)
    found = mapping.mapping_of(program, script, identity(program.model))
    write_json(folder / "map.json", mapping.to_json(found))


def identity(model: Model) -> dict[str, Any]:
    """What tells a model file from another: its name, size and SHA-256."""
    digest = hashlib.sha256(model.buffer.cut(0, model.size)).hexdigest()
    return {"file": Path(model.path).name, "size": model.size, "sha256": digest}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write `value` as indented JSON that any parser takes."""
    try:
        text = json.dumps(value, indent=1, allow_nan=False)
    except ValueError:
        text = json.dumps(spelled(value), indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")

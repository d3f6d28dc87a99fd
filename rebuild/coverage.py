"""Which operators are translated, to what, and in how many forms that is proved.

The facts are `coverage.json`, which `python -m tests.operators_table` writes from the registry and
the tests' cases; `docs/operators.md` and `tfli rebuild --list-operators` show them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_name("coverage.json")
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Coverage:
    """An operator: what the interpreter has for it, and what a rebuild makes of it.

    `kind` is "builtin", "custom" or "mediapipe" for what the interpreter runs, "unregistered" for a
    builtin operator that it has no kernel for, and "flex" for TensorFlow's own. `versions` are the
    first and the newest with a kernel. `becomes` are the calls in the emitted scripts, the most
    frequent first. `tensorflow` is "no", "some forms" or "yes". `variants` and `exact` count the
    models of that one operator that are compared with the interpreter, rebuilt in float and in
    exact arithmetic; `tests` names other test files that rebuild it.
    """

    op: str
    kind: str
    versions: tuple[int, int] | None
    translated: bool
    becomes: tuple[str, ...] = ()
    tensorflow: str = "no"
    types: tuple[str, ...] = ()
    variants: int = 0
    exact: int = 0
    tests: tuple[str, ...] = ()

    @property
    def version_text(self) -> str:
        """`1-4`, or `1`."""
        if self.versions is None:
            return ""
        first, newest = self.versions
        return str(newest) if first == newest else f"{first}-{newest}"

    @property
    def main_calls(self) -> list[str]:
        """The first few of what it becomes."""
        more = ["…"] if len(self.becomes) > MOST_NAMES else []
        return [*self.becomes[:MOST_NAMES], *more]


def coverage() -> list[Coverage]:
    """All operators, as they are stored."""
    return [parsed(row) for row in json.loads(STORED.read_text(encoding="utf-8"))["operators"]]


def parsed(row: dict[str, Any]) -> Coverage:
    """A row of `coverage.json`."""
    tuples = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return Coverage(**(row | tuples))


def to_json(rows: Iterable[Coverage]) -> dict[str, Any]:
    """The rows, as `coverage.json` and `--json` give them."""
    found = [asdict(row) for row in rows]
    registered = [row for row in found if row["kind"] in REGISTERED]
    return {
        "registered": len(registered),
        "translated": sum(row["translated"] for row in registered),
        "operators": found,
    }


REGISTERED = ("builtin", "custom", "mediapipe")
"""The kinds that the interpreter has kernels for."""

HEADINGS = {
    "builtin": "Builtin operators",
    "custom": "Custom operators",
    "mediapipe": "MediaPipe's operators",
    "unregistered": "Builtin operators without a kernel",
    "flex": "TensorFlow's operators",
}

INTRODUCTION = """# Operators

What `tfli rebuild` makes of each operator. `python -m tests.operators_table` writes this page from
the registry and the tests, and a test holds it to them; `tfli rebuild --list-operators` shows the
same.

- **versions**: those that LiteRT 2.3's interpreter has a kernel for.
- **becomes**: what the emitted scripts call; `ops` is `keras.ops`, `layers` is `keras.layers`, and
  a lone name a small layer that is written into the script. Without an entry it needs no call, or
  calls a function of the script itself.
- **backend**: with `Keras` the script imports Keras and NumPy alone, with `TensorFlow` that, too;
  `both` where only some forms do. All are compared on Keras' TensorFlow backend; on others Keras
  itself has other types in places, and averages over padding.
- **variants**: how many forms of that one operator are run by the interpreter and by the emitted
  script, which must agree; **exact**: how many of them quantised, in `--quantized exact`, within
  one step. File names are tests of more than one operator.
"""

NOTES = {
    "unregistered": """
The schema names them, and LiteRT's interpreter refuses a model that has one, so that no rebuild of
them can be proved against it. The tests of those that are translated compare with NumPy.
""",
    "flex": """
`*` is any operator of TensorFlow, which its node in the file describes. The interpreter runs none;
the tests compare with TensorFlow.
""",
}

BACKENDS = {"no": "Keras", "some forms": "both", "yes": "TensorFlow"}


def markdown(rows: Iterable[Coverage]) -> str:
    """The page `docs/operators.md`."""
    kept, lines = list(rows), [INTRODUCTION]
    for kind, heading in HEADINGS.items():
        part = [row for row in kept if row.kind == kind]
        done = sum(row.translated for row in part)
        lines.append(f"\n## {heading}\n\n{done} of {len(part)} are translated.\n")
        lines.append(NOTES.get(kind, ""))
        lines.append(table(part))
    return "".join(lines)


def table(rows: Iterable[Coverage]) -> str:
    """A table, a row an operator."""
    lines = [
        "",
        "| operator | versions | becomes | backend | types | variants | exact |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(table_row, rows)]) + "\n"


def table_row(row: Coverage) -> str:
    """A line of a table; one without translation says so."""
    if not row.translated:
        cells = [row.op, row.version_text, "*not translated*", "", "", "", ""]
    else:
        names = ", ".join(f"`{name}`" for name in row.main_calls).replace("|", "\\|")
        proved = [str(row.variants)] if row.variants else []
        proved += [f"`{name}`" for name in row.tests]
        exact = str(row.exact) if row.exact else ""
        backend = BACKENDS[row.tensorflow]
        types = ", ".join(row.types)
        cells = [row.op, row.version_text, names, backend, types, ", ".join(proved), exact]
    return "| " + " | ".join(cells) + " |"

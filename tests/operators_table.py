"""Writes `rebuild/coverage.json` and `docs/operators.md`: `python -m tests.operators_table`.

What an operator becomes is read off the scripts that its cases are rebuilt as.
"""

from __future__ import annotations

import ast
import fnmatch
import inspect
import json
import tempfile
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import inspector
from inspector.read.schema import BUILTIN_OPERATORS
from inspector.run.runtime import WITH_DELEGATES_ONLY
from rebuild.coverage import STORED, Coverage, markdown, to_json
from rebuild.helpers import sources
from rebuild.translate.expression import Binary, Call, Index, Unary
from rebuild.translate.kernels import BUILTIN, CUSTOM
from rebuild.translate.program import BUILD, Program
from rebuild.translate.registry import registry
from rebuild.translate.translator import translate
from tests.one_operator import draw, runs, write
from tests.rebuild import test_stablehlo_unregistered
from tests.rebuild.cases.quantized import QUANTIZED
from tests.rebuild.test_operators import CASES
from tests.rebuild.test_variants import VARIANTS
from tests.rebuild.variants import packed

PAGE = Path(__file__).parents[1] / "docs" / "operators.md"
NOT_OPERATORS = {"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES"}
UNTOLD = {"Constant"}
"""Helpers that hold what the file stores, whatever the operator."""

FLEX = "Flex"
"""What the names of TensorFlow's own operators begin with."""

RECORDERS = {"layers", "ops", "tf", "helpers"}

TYPES = """
    float32 float16 bfloat16 float64 int4 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool
    complex64 string
"""


@dataclass
class Found:
    """What the cases of one operator show."""

    calls: Counter[str] = field(default_factory=Counter)
    types: set[str] = field(default_factory=set)
    cases: int = 0
    models: int = 0
    with_tensorflow: int = 0


def rows() -> list[Coverage]:
    """All operators: those that are registered, then those that only the schema has."""
    found, exact, files = from_cases(), exact_cases(), mentions()
    known, made = registry(), []
    for name, kind, versions in operators():
        if name not in known:
            made.append(Coverage(name, kind, versions, translated=False))
            continue
        of = found.get(name) or Found(Counter(calls_in(known[name].function)))
        made.append(
            Coverage(
                name,
                kind,
                versions,
                True,
                tuple(call for call, _ in sorted(of.calls.items(), key=lambda c: (-c[1], c[0]))),
                tensorflow(of, known[name].needs_tensorflow),
                tuple(kind for kind in TYPES.split() if kind in of.types),
                of.cases,
                exact[name],
                () if of.cases else tuple(files.get(name, ())),
            )
        )
    return made


def operators() -> Iterator[tuple[str, str, tuple[int, int] | None]]:
    """The name, kind and versions of each."""
    for name, versions in BUILTIN.items():
        yield name, "builtin", (versions[0], versions[-1])
    for name in CUSTOM:
        yield name, "custom", None
    for name in sorted(WITH_DELEGATES_ONLY):
        yield name, "mediapipe", None
    for name in sorted({*BUILTIN_OPERATORS} - {*BUILTIN} - NOT_OPERATORS):
        yield name, "unregistered", None
    for name in registry():
        if name.startswith(FLEX):
            yield name, "flex", None


def from_cases() -> dict[str, Found]:
    """What each operator's cases become, and their types."""
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        for operator, path, count in written(Path(folder) / "m.tflite"):
            of = found.setdefault(operator, Found())
            program = translated(path)
            calls = calls_of(program)
            of.cases += count
            of.calls.update(calls)
            of.with_tensorflow += any(map(is_tensorflow, calls))
            of.models += 1
            of.types |= types_of(program)
    return found


def written(path: Path) -> Iterator[tuple[str, Path, int]]:
    """Operators with a model of theirs, one after the other in the file `path`, and its cases."""
    for case in CASES.values():
        yield case.operator, write(case, path), 1
    for operator, cases in VARIANTS.items():
        arrays = [array for case in cases for array in draw(case, 1)]
        path.write_bytes(packed(cases, [()] * sum(case.outputs for case in cases)))
        shapes = [array.shape for array in runs(path, arrays)[0]]
        path.write_bytes(packed(cases, shapes))
        yield operator, path, len(cases)
    for case, reference in test_stablehlo_unregistered.CASES.values():
        test_stablehlo_unregistered.write(case, reference, path)
        yield case.operator, path, 1


def translated(path: Path) -> Program:
    """The program of a case's model."""
    with inspector.open(path) as model:
        program = translate(model)
    assert not program.all_unsupported, f"a case is not translated: {program.all_unsupported}"
    return program


def calls_of(program: Program) -> set[str]:
    """What the scripts of a program call: functions, layers, and Python's operators."""
    found = set()
    for each in (program, *program.parts):
        for node in each.nodes():
            if isinstance(node, Call) and isinstance(node.function, str):
                found.add(called(node))
            elif isinstance(node, (Binary, Unary)):
                found.add(node.operator)
            elif isinstance(node, Index):
                found.add("x[…]")
    return {name for name in found if name not in UNTOLD and not name.startswith(BUILD)}


def calls_in(function: Callable[..., Any]) -> set[str]:
    """What the source of a translation calls: all that is known of one without cases."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found = {
        ast.unparse(node).removeprefix("helpers.")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if node.value.id in RECORDERS
    }
    return found - UNTOLD


def called(node: Call) -> str:
    """The name of a function or layer; the layer for TensorFlow's functions as the function."""
    assert isinstance(node.function, str)
    return f"tf.{node.arguments[0]}" if node.function == "TensorFlow" else node.function


def is_tensorflow(call: str) -> bool:
    """Whether a call needs TensorFlow: its own functions, and helpers that call them."""
    return call.startswith("tf.") or "tf." in sources().get(call, "")


def types_of(program: Program) -> set[str]:
    """The types of a model's inputs and outputs."""
    operands = [program.operands[tensor] for tensor in (*program.inputs, *program.outputs)]
    return {"string" if operand.dtype == "object" else operand.dtype for operand in operands}


def tensorflow(of: Found, marked: bool) -> str:
    """Whether TensorFlow is needed: "no", "some forms" or "yes"."""
    if not of.cases:
        return "yes" if marked else "no"
    if not of.with_tensorflow:
        return "no"
    return "yes" if of.with_tensorflow == of.models else "some forms"


def exact_cases() -> Counter[str]:
    """How many quantised cases each operator has."""
    return Counter(case.operator for case in QUANTIZED.values())


def mentions() -> dict[str, list[str]]:
    """The test files that name an operator in a string or as a member of an enum."""
    found: dict[str, list[str]] = {}
    for path in sorted((PAGE.parents[1] / "tests" / "rebuild").glob("test_*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        words = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        words |= {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        for name in registry():
            if fnmatch.filter(words, name):
                found.setdefault(name, []).append(path.name)
    return found


def stored_text(found: list[Coverage]) -> str:
    """What `coverage.json` holds: a line an operator."""
    whole = to_json(found)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in whole["operators"])
    counts = f'"registered": {whole["registered"]}, "translated": {whole["translated"]}'
    return f'{{{counts}, "operators": [\n{lines}\n]}}\n'


def main() -> None:
    """Write both files."""
    found = rows()
    STORED.write_text(stored_text(found), encoding="utf-8")
    PAGE.write_text(markdown(found), encoding="utf-8")


if __name__ == "__main__":
    main()

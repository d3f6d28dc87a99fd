"""What the interpreter refuses is refused here, too, before a script is written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import inspector
from inspector.errors import InspectorError
from rebuild.folder import write as write_folder
from rebuild.translate.takes import kernels
from rebuild.translate.translator import translate
from tests.one_operator import Case, draw, packed, runs, write
from tests.rebuild.misfits import bases, misfits

BY_VALUE = ("Division by 0", "out of bounds", "!= zero_point", "failed to invoke")
"""What is said of values, which other ones might not have."""

SUPERSETS = {
    "CONV_2D fewer": "without a bias it is plain what is meant; XNNPACK takes it so",
    "DEPTHWISE_CONV_2D fewer": "as CONV_2D",
    "DENSIFY more": "its value is stored",
    "SHAPE more": "its value is known from the file",
    "RANK more": "its value is known from the file",
    "BROADCAST_TO operand 0 six": "the output's shape is in the file, and x fits it",
    "SPARSE_TO_DENSE operand 0 shorter": "each element of a vector is one index",
    "STABLEHLO_GATHER operand 1 six": "the interpreter reads past the end of its indices",
}
"""What has a meaning all the same, and why."""


@pytest.fixture(scope="module")
def refusals() -> dict[str, str]:
    """Why the interpreter does not run each of the misfits; nothing where it does."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.rebuild.misfits"]
    root = Path(__file__).parents[2]
    found = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=600)
    assert not found.returncode, found.stderr
    return dict(map(json.loads, found.stdout.splitlines()))


def test_what_the_interpreter_refuses_is_refused(refusals: dict[str, str], tmp_path: Path) -> None:
    path, taken, shapes = tmp_path / "m.tflite", [], shapes_of(tmp_path)
    cases = misfits()
    assert cases.keys() == refusals.keys()
    for name, case in cases.items():
        reason = refusals[name]
        if not reason or name in SUPERSETS or any(text in reason for text in BY_VALUE):
            continue
        path.write_bytes(packed(case, case.shapes or shapes[case.operator]))
        if not is_refused(path, tmp_path):
            taken.append(f"{name}: {reason}")
    assert not taken


def is_refused(path: Path, folder: Path) -> bool:
    """Whether the first operator is; what has only constants is, when its value is asked for."""
    try:
        with inspector.open(path) as model:
            program = translate(model)
            if not program.all_unsupported:
                write_folder(program, folder)
            return [each.operator for each in program.all_unsupported] == [0]
    except InspectorError as error:
        return "Node number 0" in str(error)


def shapes_of(folder: Path) -> dict[str, list[tuple[int, ...]]]:
    """The shapes that each operator's outputs have before anything is changed."""
    found: dict[str, list[tuple[int, ...]]] = {}
    for operator, case in bases().items():
        path = write(case, folder / "base.tflite")
        found[operator] = [array.shape for array in runs(path, draw(case, 0))[0]]
    return found


def test_the_table_names_operators_that_there_are() -> None:
    assert set(kernels()) <= set(bases()) | {"DEQUANTIZE"}


def test_a_refusal_names_the_operator_and_the_reason(tmp_path: Path) -> None:
    base = bases()["GATHER"]
    case = Case("GATHER", [*base.operands, base.operands[1]], base.options)
    path = tmp_path / "m.tflite"
    path.write_bytes(packed(case, [(2, 2, 4)]))
    with inspector.open(path) as model:
        (found,) = translate(model).all_unsupported
    assert (found.operator, found.name) == (0, "GATHER")
    assert found.reason == "it has 3 operands, and its kernel takes 2"

"""Operators that do not fit their kernels: cases with an operand, a type or a size changed.

`python -m tests.rebuild.misfits` tells which of them the interpreter refuses, a JSON line each. It
aborts on some, so that a process of its own runs them, and another goes on behind that one. Where a
kernel leaves an output of texts unwritten, reading it allocates what the garbage there says, 20 GB
and more; the process may have a part of that, and dies of it sooner.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import OpResolverType

from tests.one_operator import KERNELS, Case, Input, Sparse, Variable, draw, packed, run
from tests.rebuild.test_operators import CASES

TYPES = [
    "float32",
    "float16",
    "float64",
    "int8",
    "uint8",
    "int16",
    "int32",
    "int64",
    "bool",
    "complex64",
    "object",
]
STEPS = ("stride", "dilation", "filter", "blockSize")
"""What the names of options begin with that have to be above zero."""

ADDRESSES = 2 << 30
"""Bytes that the interpreter's process may address; with its libraries it takes 0.2 GB."""

Operand = Input | Variable | Sparse | np.ndarray | None


def misfits() -> dict[str, Case]:
    """All of them, by name, of the first case of each operator."""
    found: dict[str, Case] = {}
    for case in bases().values():
        for name, made in (*counts(case), *types(case), *ranks(case), *options(case)):
            found[f"{case.operator} {name}"] = made
    return found | OTHERS


def ints(*values: int) -> np.ndarray:
    return np.array(values, "int32")


IMAGE, CUBE = Input((1, 4, 5, 3)), Input((1, 4, 4, 4, 2))
CONV = {"strideH": 1, "strideW": 1, "dilationHFactor": 2, "dilationWFactor": 1, "padding": 1}
CONV_3D = {f"{name}": 1 for axis in "DHW" for name in (f"stride{axis}", f"dilation{axis}Factor")}
OTHERS = {
    "CONCATENATION activated": Case(
        "CONCATENATION", [IMAGE, IMAGE], {"axis": 1, "fusedActivationFunction": 1}
    ),
    "RESIZE_BILINEAR on two grids": Case(
        "RESIZE_BILINEAR", [IMAGE, ints(8, 9)], {"alignCorners": True, "halfPixelCenters": True}
    ),
    "REVERSE_V2 along axes apart": Case("REVERSE_V2", [IMAGE, ints(0, 2)]),
    "CONV_2D wider than its input": Case(
        "CONV_2D", [IMAGE, np.ones((2, 3, 1, 3), "float32"), np.ones(2, "float32")], CONV
    ),
    "DEPTHWISE_CONV_2D wider than its input": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, np.ones((1, 3, 1, 3), "float32"), np.ones(3, "float32")],
        CONV | {"depthMultiplier": 1},
    ),
    "MIRROR_PAD of fewer axes": Case("MIRROR_PAD", [IMAGE, Input((3, 2), "int32", 0, 1)]),
    "PAD of fewer axes": Case("PAD", [IMAGE, Input((3, 2), "int32", 0, 1)]),
    "GATHER along an axis that is walked": Case(
        "GATHER", [Input((2, 3, 4)), Input((2, 5), "int32", 0, 2)], {"axis": 0, "batchDims": 1}
    ),
    "TRANSPOSE_CONV to another size": Case(
        "TRANSPOSE_CONV",
        [ints(1, 9, 10, 2), np.ones((2, 3, 3, 3), "float32"), IMAGE],
        {"strideH": 1, "strideW": 2},
        output_dtype="float32",
    ),
    "CONV_2D by steps too long": Case(
        "CONV_2D",
        [IMAGE, np.ones((2, 1, 1, 3), "float32"), np.ones(2, "float32")],
        CONV | {"strideW": 1 << 16},
    ),
    "DEPTHWISE_CONV_2D dilated backwards": Case(
        "DEPTHWISE_CONV_2D",
        [IMAGE, np.ones((1, 1, 1, 3), "float32"), np.ones(3, "float32")],
        CONV | {"depthMultiplier": 1, "dilationHFactor": -2},
    ),
    "UNSORTED_SEGMENT_SUM of several numbers": Case(
        "UNSORTED_SEGMENT_SUM", [Input((2, 3)), ints(0, 1), ints(2, 2)]
    ),
    "CONV_3D_TRANSPOSE of another batch": Case(
        "CONV_3D_TRANSPOSE",
        [ints(2, 4, 4, 4, 5), np.ones((2, 2, 2, 5, 2), "float32"), CUBE],
        CONV_3D,
        output_dtype="float32",
    ),
    "CONV_3D_TRANSPOSE of other channels": Case(
        "CONV_3D_TRANSPOSE",
        [ints(1, 4, 4, 4, 3), np.ones((2, 2, 2, 5, 2), "float32"), CUBE],
        CONV_3D,
        output_dtype="float32",
    ),
    "EMBEDDING_LOOKUP_SPARSE by no combiner": Case(
        "EMBEDDING_LOOKUP_SPARSE",
        [ints(0), ints(0)[None], ints(1), np.ones(1, "float32"), Input((2, 3))],
        {"combiner": -1},
        output_dtype="float32",
    ),
    "STABLEHLO_RNG_BIT_GENERATOR by no algorithm": Case(
        "STABLEHLO_RNG_BIT_GENERATOR",
        [Input((2,), "uint64", 0, 9)],
        {"algorithm": 7},
        outputs=2,
        output_dtypes=("uint64", "int32"),
        shapes=((2,), (4,)),
    ),
    "CONV_3D in groups": Case(
        "CONV_3D", [CUBE, np.ones((2, 2, 2, 1, 4), "float32"), np.ones(4, "float32")], CONV_3D
    ),
}
"""Misfits of more than one operand or option."""


def bases() -> dict[str, Case]:
    """The first case of each operator."""
    found: dict[str, Case] = {}
    for case in CASES.values():
        found.setdefault(case.operator, case)
    return found


def counts(case: Case) -> Iterator[tuple[str, Case]]:
    """One operand too few, and one too many."""
    if len(case.operands) > 1:
        kept = case.operands[:-1]
        unused = case.unused if any(isinstance(o, Input) for o in kept) else [Input((1,))]
        yield "fewer", replace(case, operands=kept, unused=unused)
    yield "more", replace(case, operands=[*case.operands, case.operands[-1]])


def types(case: Case) -> Iterator[tuple[str, Case]]:
    """Each other type: of all operands that are of one, and of each operand by itself."""
    kinds = {str(operand.dtype) for operand in case.operands if operand is not None}
    for kind in sorted(kinds):
        for other in TYPES:
            if other != kind:
                made = [retyped(o, other) if dtype(o) == kind else o for o in case.operands]
                yield f"{kind} as {other}", outputs_as(replace(case, operands=made), kind, other)
    for place, operand in enumerate(case.operands):
        if operand is None:
            continue
        other = "int32" if dtype(operand).startswith("float") else "float32"
        made = [retyped(o, other) if k == place else o for k, o in enumerate(case.operands)]
        first = case.output_dtype or dtype(case.operands[0])
        yield f"operand {place} as {other}", replace(case, operands=made, output_dtype=first)


def outputs_as(case: Case, kind: str, other: str) -> Case:
    """The case with outputs of another type, where they are of the one that operands were of."""
    kinds = [other if each == kind else each for each in case.output_dtypes]
    named = other if case.output_dtype == kind else case.output_dtype
    return replace(case, output_dtype=named, output_dtypes=kinds)


def dtype(operand: Operand) -> str:
    """The name of an operand's type."""
    return "" if operand is None else str(operand.dtype)


def retyped(operand: Operand, kind: str) -> Operand:
    """The operand, its values as another type."""
    if isinstance(operand, Input):
        return Input(operand.shape, kind, max(operand.low, 0), max(operand.high, 1))
    if isinstance(operand, Variable):
        return Variable(operand.shape, kind)
    if not isinstance(operand, np.ndarray) and not isinstance(operand, np.generic):
        return operand
    if kind == "object":
        return np.full(np.shape(operand), b"text", object)
    if operand.dtype == object:
        return np.zeros(operand.shape, kind)
    with np.errstate(invalid="ignore"):  # some operands are bits, and no numbers
        return operand.astype(kind)


def ranks(case: Case) -> Iterator[tuple[str, Case]]:
    """An axis too few, and one too many, of each operand."""
    for place, operand in enumerate(case.operands):
        if operand is None or isinstance(operand, Sparse):
            continue
        shapes = {"longer": (*operand.shape, 1), "six": (1,) * (6 - len(operand.shape))}
        shapes["six"] += tuple(operand.shape)
        if operand.shape:
            shapes["shorter"] = tuple(operand.shape[1:])
        for name, shape in shapes.items():
            made = [reshaped(o, shape) if k == place else o for k, o in enumerate(case.operands)]
            yield f"operand {place} {name}", replace(case, operands=made)


def reshaped(operand: Any, shape: tuple[int, ...]) -> Operand:
    """The operand in another shape; a constant repeats its first values."""
    if isinstance(operand, Input):
        return Input(shape, operand.dtype, operand.low, operand.high)
    if isinstance(operand, Variable):
        return Variable(shape, operand.dtype)
    return np.resize(operand, shape)


def options(case: Case) -> Iterator[tuple[str, Case]]:
    """Steps and sizes of zero, and axes that are not there."""
    for key in case.options:
        if key.startswith(STEPS):
            yield f"{key} 0", replace(case, options={**case.options, key: 0})
        if key in ("axis", "seqDim", "batchDim", "numSplits", "valuesCount", "num", "batchDims"):
            yield f"{key} 9", replace(case, options={**case.options, key: 9})


def refusal(case: Case, path: Path) -> str:
    """Why the interpreter does not run a case; nothing where it does."""
    try:
        path.write_bytes(packed(case, case.shapes or [()] * case.outputs))
        arrays = draw(case, 0)
        run(path, arrays, KERNELS[0]) or run(path, arrays, OpResolverType.BUILTIN)
    except (RuntimeError, ValueError) as error:
        return str(error).splitlines()[0] if str(error) else repr(error)
    return ""


def told(cases: dict[str, Case], start: int, line: Any) -> None:
    """Write what the interpreter says of each case from `start` on."""
    with tempfile.TemporaryDirectory() as folder:
        for name, case in list(cases.items())[start:]:
            line.write(json.dumps([name, refusal(case, Path(folder) / "m.tflite")]) + "\n")
            line.flush()


def main() -> None:
    """Tell of all cases, by one child after another."""
    cases, start = misfits(), 0
    names = list(cases)
    while start < len(names):
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            os.close(source)
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            with os.fdopen(sink, "w") as line:
                told(cases, start, line)
            os._exit(0)
        os.close(sink)
        with os.fdopen(source) as lines:
            for text in lines:
                sys.stdout.write(text)
                start += 1
        os.waitpid(child, 0)
        if start < len(names):
            print(json.dumps([names[start], "the interpreter dies of it"]))
            start += 1


if __name__ == "__main__":
    main()

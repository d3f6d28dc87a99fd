"""A program as a Python script, and where in it each tensor of the original is held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.errors import UnsupportedError
from rebuild.helpers import needed
from rebuild.loading import helpers as helpers_of_loading
from rebuild.loading import loading
from rebuild.printer import Printer
from rebuild.translate.ends import ANYTHING
from rebuild.translate.expression import Call, Name, walk
from rebuild.translate.memory import STATE
from rebuild.translate.program import Program, Statement
from rebuild.variables import variable_names


@dataclass(frozen=True, slots=True)
class Place:
    """Where the script holds a tensor: a statement's first line and, of several targets, which."""

    line: int
    variable: str
    item: int


@dataclass(frozen=True, slots=True)
class Script:
    """The source, and the place of each tensor that it computes or takes, by tensor index.

    `places` are those of the primary subgraph, `parts` those of each subgraph by its index.
    """

    source: str
    places: dict[int, Place]
    parts: dict[int, dict[int, Place]]


def emit(program: Program) -> Script:
    """Write the script: imports, helper layers, a builder a program, `load_weights`, a main."""
    lines, places = preamble(program), {}
    for each in program.programs:
        lines += ["", ""]
        places[each.subgraph] = build(each, lines)
    for part in (*loading(program), main(program)):
        lines += ["", "", *part]
    return Script("\n".join(lines) + "\n", places[program.subgraph], places)


def build(program: Program, lines: list[str]) -> dict[int, Place]:
    """Add the function that makes the model of one program; where its tensors are held.

    Raises `UnsupportedError` where it takes or gives nothing.
    """
    if not program.inputs or not program.outputs:
        side = "outputs" if program.inputs else "inputs"
        raise UnsupportedError(
            f"{program.model.path}: subgraph {program.subgraph} has no {side}, so that no Keras "
            "model can be made of it"
        )
    names = variable_names(program)
    printer = Printer(names)
    lines += opening(program)
    places = {}
    inputs = zip(program.inputs, program.input_names, program.input_shapes, strict=True)
    for tensor, name, shape in inputs:
        places[tensor] = Place(len(lines) + 1, names[tensor], -1)
        made = keras_input(shape, program.operands[tensor].dtype, name)
        lines += printer.statement(f"{names[tensor]} = ", made)
    layers = dict(program.tied)
    for statement in program.statements:
        for variable in tied_in(statement, layers):
            given = f"{variable} or " if program.shares_state and variable == STATE else ""
            lines += printer.statement(f"{variable} = {given}", layers.pop(variable))
        *before, last = printer.assignment(targets(statement, names), statement.value)
        lines += [line for part in before for line in part]
        places |= places_of(statement, names, len(lines) + 1)
        lines += last
    if program.written:
        lines += printer.statement(*remembering(program, names))
    lines += printer.statement("return ", model_call(program))
    return places


def remembering(program: Program, names: Mapping[int, str]) -> tuple[str, Call]:
    """The line that writes the variables, once all outputs are known: its left and right side.

    One output passes through: Keras expects of a layer as many tensors as it gave at first.
    """
    assert program.written is not None
    outputs = {names[tensor]: program.operands[tensor] for tensor in program.outputs}
    first, *others = outputs.values()
    arguments = (first, list(program.written.values), *([others] if others else []))
    return f"{next(iter(outputs))} = ", Call(Name(program.written.layer), arguments)


def places_of(statement: Statement, names: Mapping[int, str], line: int) -> dict[int, Place]:
    """Where the tensors are held that a statement computes in the line `line`."""
    several = len(statement.targets) > 1
    return {
        target: Place(line, names[target], item if several else -1)
        for item, target in enumerate(statement.targets)
    }


def tied_in(statement: Statement, layers: Mapping[str, Call]) -> list[str]:
    """The variables of those `layers` that a statement calls."""
    if not layers:
        return []
    names = [node.name for node in walk(statement.value) if isinstance(node, Name)]
    return [name for name in dict.fromkeys(names) if name in layers]


def targets(statement: Statement, names: dict[int, str]) -> str:
    """The left side of an assignment."""
    return ", ".join(names[target] for target in statement.targets)


def opening(program: Program) -> list[str]:
    """The first lines of `build_model`."""
    name = f"name={Printer({}).flat(program.name)}" if program.has_copies else ""
    if not program.shares_state:
        return [f"def {program.function}({name}):", f'    """{describe(program)}"""']
    return [
        f"def {program.function}({STATE}=None):",
        f'    """{describe(program)}',
        "",
        *(f"    {line}" for line in SHARED_STATE),
        '    """',
    ]


def describe(program: Program) -> str:
    """The shapes of the model's inputs and outputs, in a line."""
    sides = [
        ", ".join(str(list(program.operands[t].shape)) for t in side)
        for side in (program.inputs, program.outputs)
    ]
    if program.input_names == (ANYTHING,):
        sides[0] = f"none (`{ANYTHING}` is not looked at)"
    line = f"Inputs {sides[0]}; outputs {sides[1]}."
    return (
        line
        if len(line) <= 78
        else f"{len(program.inputs)} inputs, {len(program.outputs)} outputs."
    )


def keras_input(shape: tuple[int | None, ...], dtype: str, name: str) -> Call:
    """`keras.Input` of a tensor: its first dimension is the batch."""
    keywords: dict[str, Any] = {} if dtype == "float32" else {"dtype": dtype}
    if not shape:
        return Call("keras.Input", (), {"batch_shape": (), **keywords, "name": name})
    batch = {} if shape[0] is None else {"batch_size": shape[0]}
    return Call("keras.Input", (shape[1:],), {**batch, **keywords, "name": name})


def model_call(program: Program) -> Call:
    """`keras.Model` over the inputs and outputs in the original's order."""
    sides = []
    for tensors in (program.inputs, program.outputs):
        operands = [program.operands[t] for t in tensors]
        sides.append(operands[0] if len(operands) == 1 else operands)
    name = Name("name") if program.has_copies else program.name
    return Call("keras.Model", tuple(sides), {"name": name})


def preamble(program: Program) -> list[str]:
    """The script's docstring, imports and helper layers."""
    functions = {name for each in program.programs for name in each.functions()}
    helpers = needed(functions | helpers_of_loading(program))
    text = "\n".join(helpers)
    modules = [m for m in ("layers", "ops") if uses(m, functions) or f"{m}." in text]
    lines = [f'"""{title(program)}"""', "", "from pathlib import Path", "", "import keras"]
    lines += ["import numpy as np"]
    lines += ["import tensorflow as tf"] if uses("tf", functions) or "tf." in text else []
    lines += [f"from keras import {', '.join(modules)}"] if modules else []
    for helper in helpers:
        lines += ["", "", *helper.splitlines()]
    return lines


def uses(module: str, functions: set[str]) -> bool:
    """Whether one of the called functions is of this module."""
    return any(function.startswith(module + ".") for function in functions)


def main(program: Program) -> list[str]:
    """What the script does when it is run by itself."""
    texts = [program.operands[tensor].dtype == "string" for tensor in program.inputs]
    inputs = ZEROS[len(texts) == 1, any(texts)]
    return MAIN.format(inputs=inputs).strip("\n").splitlines()


def title(program: Program) -> str:
    """The script's first docstring; the file's name is the only word in it that is not ours."""
    name = re.sub(r"[^\w.+-]", "_", Path(program.model.path).name)[:60]
    return f"{name}, rebuilt in Keras by tflite-inspector."


MAIN = """
if __name__ == "__main__":
    model = build_model()
    load_weights(model, Path(__file__).with_name("weights.npz"))
    model.summary()
    {inputs}
    for output in keras.tree.flatten(model(inputs)):
        print(f"output {{tuple(output.shape)}} {{output.dtype.name}}")
"""

SHARED_STATE = (
    f"`{STATE}` is the layer of that name of another model: both then use its variables,",
    "as the original's signatures do.",
)

ZEROS = {
    (True, False): "inputs = np.zeros([d or 1 for d in model.input.shape], model.input.dtype)",
    (True, True): 'inputs = np.zeros([d or 1 for d in model.input.shape], "S1")',
    (False, False): "inputs = [np.zeros([d or 1 for d in i.shape], i.dtype) for i in model.inputs]",
    (False, True): """inputs = [
        np.zeros([d or 1 for d in i.shape], "S1" if i.dtype == "string" else i.dtype)
        for i in model.inputs
    ]""",
}
"""Zeros as inputs: whether there is one, whether any is text."""

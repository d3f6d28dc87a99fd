"""A program as a Python script, and where in it each tensor of the original is held."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rebuild.helpers import sources
from rebuild.printer import Printer
from rebuild.translate.expression import Call, Name, Operand, walk
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
    """The source, and the place of each tensor that it computes or takes, by tensor index."""

    source: str
    places: dict[int, Place]


def emit(program: Program) -> Script:
    """Write the script: imports, helper layers, `build_model`, `load_weights`, a main."""
    names = variable_names(program)
    printer = Printer(names)
    lines, places = [*preamble(program), *opening(program)], {}
    for tensor, name in zip(program.inputs, program.input_names, strict=True):
        places[tensor] = Place(len(lines) + 1, names[tensor], -1)
        lines += printer.statement(
            f"{names[tensor]} = ", keras_input(program.operands[tensor], name, program)
        )
    layers = dict(program.tied)
    for statement in program.statements:
        for variable in tied_in(statement, layers):
            lines += printer.statement(f"{variable} = ", layers.pop(variable))
        *before, last = printer.assignment(targets(statement, names), statement.value)
        lines += [line for part in before for line in part]
        places |= places_of(statement, names, len(lines) + 1)
        lines += last
    lines += printer.statement("return ", model_call(program))
    for part in (*loading(program, printer), MAIN.strip("\n").splitlines()):
        lines += ["", "", *part]
    return Script("\n".join(lines) + "\n", places)


def places_of(statement: Statement, names: Mapping[int, str], line: int) -> dict[int, Place]:
    """Where the tensors are held that a statement computes in the line `line`."""
    several = len(statement.targets) > 1
    return {
        target: Place(line, names[target], item if several else -1)
        for item, target in enumerate(statement.targets)
    }


def tied_in(statement: Statement, layers: Mapping[str, Call]) -> list[str]:
    """The variables of those `layers` that a statement calls."""
    names = [node.function.name for node in walk(statement.value) if calls_tied(node)]
    return [name for name in dict.fromkeys(names) if name in layers]


def calls_tied(node: Any) -> bool:
    """Whether a node calls a layer that a variable holds."""
    return isinstance(node, Call) and isinstance(node.function, Name)


def targets(statement: Statement, names: dict[int, str]) -> str:
    """The left side of an assignment."""
    return ", ".join(names[target] for target in statement.targets)


def opening(program: Program) -> list[str]:
    """The first lines of `build_model`."""
    return ["def build_model():", f'    """{describe(program)}"""']


def describe(program: Program) -> str:
    """The shapes of the model's inputs and outputs, in a line."""
    sides = [
        ", ".join(str(list(program.operands[t].shape)) for t in side)
        for side in (program.inputs, program.outputs)
    ]
    line = f"Inputs {sides[0]}; outputs {sides[1]}."
    return (
        line
        if len(line) <= 78
        else f"{len(program.inputs)} inputs, {len(program.outputs)} outputs."
    )


def keras_input(operand: Operand, name: str, program: Program) -> Call:
    """`keras.Input` of a tensor: its first dimension is the batch."""
    keywords: dict[str, Any] = {} if operand.dtype == "float32" else {"dtype": operand.dtype}
    if operand.rank == 0:
        return Call("keras.Input", (), {"batch_shape": (), **keywords, "name": name})
    batch = {} if program.dynamic_batch else {"batch_size": operand.shape[0]}
    return Call("keras.Input", (operand.shape[1:],), {**batch, **keywords, "name": name})


def model_call(program: Program) -> Call:
    """`keras.Model` over the inputs and outputs in the original's order."""
    sides = []
    for tensors in (program.inputs, program.outputs):
        operands = [program.operands[t] for t in tensors]
        sides.append(operands[0] if len(operands) == 1 else operands)
    return Call("keras.Model", tuple(sides), {"name": program.name})


def loading(program: Program, printer: Printer) -> list[list[str]]:
    """`load_weights`, and before it the keys of arrays that layers share, where there are any."""
    shared = {weight.name: weight.key for weight in program.weights if weight.name != weight.key}
    if not shared:
        return [LOAD.format(key="key").strip("\n").splitlines()]
    items = [f"    {printer.flat(name)}: {printer.flat(key)}," for name, key in shared.items()]
    note = '"""Weights that are another layer\'s too, by the key under which they are stored."""'
    return [
        ["SHARED = {", *items, "}", note],
        LOAD.format(key="SHARED.get(key, key)").strip("\n").splitlines(),
    ]


def preamble(program: Program) -> list[str]:
    """The script's docstring, imports and helper layers, with the blank lines after them."""
    calls = [node for node in program.nodes() if isinstance(node, Call)]
    functions = {call.function for call in calls if isinstance(call.function, str)}
    helpers = [sources()[name] for name in sorted(functions & set(sources()))]
    text = "\n".join(helpers)
    modules = [m for m in ("layers", "ops") if uses(m, functions) or f"{m}." in text]
    lines = [f'"""{title(program)}"""', "", "from pathlib import Path", "", "import keras"]
    lines += ["import numpy as np"]
    lines += ["import tensorflow as tf"] if uses("tf", functions) or "tf." in text else []
    lines += [f"from keras import {', '.join(modules)}"] if modules else []
    for helper in helpers:
        lines += ["", "", *helper.splitlines()]
    return [*lines, "", ""]


def uses(module: str, functions: set[str]) -> bool:
    """Whether one of the called functions is of this module."""
    return any(function.startswith(module + ".") for function in functions)


def title(program: Program) -> str:
    """The script's first docstring; the file's name is the only word in it that is not ours."""
    name = re.sub(r"[^\w.+-]", "_", Path(program.model.path).name)[:60]
    return f"{name}, rebuilt in Keras by tflite-inspector."


LOAD = '''
def load_weights(model, path="weights.npz"):
    """Fill the model's variables from `path`, whose keys are layer/variable."""
    with np.load(path) as arrays:
        for layer in model.layers:
            keys = [f"{{layer.name}}/{{v.name}}" for v in layer.weights]
            layer.set_weights([arrays[{key}] for key in keys])
'''

MAIN = """
if __name__ == "__main__":
    model = build_model()
    load_weights(model, Path(__file__).with_name("weights.npz"))
    model.summary()
    inputs = [np.zeros([d or 1 for d in i.shape], i.dtype) for i in model.inputs]
    for output in keras.tree.flatten(model(inputs)):
        print(f"output {tuple(output.shape)} {output.dtype.name}")
"""

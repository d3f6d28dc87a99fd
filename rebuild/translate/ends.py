"""What a program takes, gives and keeps beside what its operators compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspector.errors import UnsupportedError
from inspector.read.records import Operator
from rebuild.translate.expression import Call, Operand, helpers
from rebuild.translate.memory import STATE
from rebuild.translate.program import Statement
from rebuild.translate.registry import TranslationError
from rebuild.variables import unique

if TYPE_CHECKING:
    from rebuild.translate.translator import Translator

NO_VALUES = ("RESOURCE", "VARIANT")
"""Types whose tensors hold no values that Keras could pass on."""


def take(translator: Translator) -> None:
    """Give a model without inputs one that it does not look at: Keras cannot do without.

    Only one that another subgraph calls: who calls the primary one gives what the original takes.
    """
    program, operands = translator.program, translator.operands
    if program.inputs or program.subgraph in translator.around.parts.entries:
        return
    operands.append(Operand(len(operands), (), "float32"))
    program.inputs, program.input_names = (operands[-1].tensor,), ("anything",)


def give(translator: Translator) -> None:
    """Make sure of the outputs: those that no operator computes become constants."""
    for side, tensors in (
        ("inputs", translator.program.inputs),
        ("outputs", translator.subgraph.outputs),
    ):
        if not tensors and not translator.program.unsupported:
            reason = f"the subgraph has no {side}, and a Keras model needs some"
            translator.unsupported(-1, "no operator", reason)
            return
    for tensor in dict.fromkeys(translator.subgraph.outputs):
        if tensor in translator.computed:
            continue
        producer = translator.statics.graph.producer[tensor]
        try:
            give_constant(translator, tensor, producer)
        except UnsupportedError as error:
            name = translator.subgraph.operators[producer].name if producer >= 0 else "no operator"
            translator.unsupported(producer, name, str(error))


def give_constant(translator: Translator, tensor: int, producer: int) -> None:
    """State an output as a constant. Raises `TranslationError` where the file does not hold it."""
    program, leaf = translator.program, translator.operands[tensor]
    if not leaf.is_static:
        raise TranslationError(f"output tensor {tensor} is computed by no operator")
    if leaf.dtype == "string":
        raise TranslationError(f"output tensor {tensor} is a constant text, and no Keras weight is")
    weight = translator.stored.given(leaf, unique("output_constant", translator.taken))
    kind = {} if leaf.dtype == "float32" else {"dtype": leaf.dtype}
    made = Call("Constant", (leaf.shape,), {**kind, "name": weight.layer}, (leaf,))
    anchor = translator.anchor
    program.statements.append(Statement(producer, (tensor,), made(anchor), (anchor.tensor,)))
    program.weights.append(weight)
    program.labels[tensor] = weight.layer
    program.folded.pop(producer, None)


def remember(translator: Translator) -> None:
    """Read the variables before all else, and write at the end what was put into them."""
    memory, program = translator.memory, translator.program
    if not memory.kept:
        return
    name = unique(STATE, translator.taken)
    anchor, also = translator.anchor, memory.readers
    operator = also[-1] if also else -1
    reading = memory.reading(anchor)
    read = Statement(operator, memory.starts, reading, (anchor.tensor,), tuple(also[:-1]))
    program.tied[STATE] = memory.layer(name)
    program.statements.insert(0, read)
    program.starts, program.written = memory.starts, memory.written(translator.value)
    program.versions = memory.versions
    program.labels |= memory.labels
    program.weights += translator.stored.started(name, memory.kept.values())


def stand_in(translator: Translator, operator: Operator, reason: str) -> None:
    """A layer in the place of an operator that has no translation: it raises when it is run."""
    targets = tuple(
        t for t in operator.outputs if t >= 0 and translator.operands[t].dtype not in NO_VALUES
    )
    if not targets or not translator.program.inputs:
        return
    given = [translator.operands[t] for t in operator.inputs if t in translator.computed]
    inputs = [operand for operand in given if operand.dtype not in NO_VALUES]
    inputs = inputs or [translator.anchor]
    shapes = [translator.operands[t].shape for t in targets]
    dtypes = [translator.operands[t].dtype for t in targets]
    made = helpers.Unsupported(operator.name, reason, shapes, dtypes)
    made.keywords["name"] = unique(translator.names[operator.index], translator.used)
    tensors = tuple(dict.fromkeys(operand.tensor for operand in inputs))
    program = translator.program
    program.statements.append(Statement(operator.index, targets, made(*inputs), tensors))

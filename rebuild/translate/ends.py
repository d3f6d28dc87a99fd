"""What a program takes, gives and keeps beside what its operators compute."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.errors import UnsupportedError
from inspector.read.records import Operator
from rebuild.translate.context import texts
from rebuild.translate.expression import Call, Operand, helpers
from rebuild.translate.memory import STATE
from rebuild.translate.passing import hand_back
from rebuild.translate.program import Statement
from rebuild.translate.registry import TranslationError
from rebuild.variables import unique

if TYPE_CHECKING:
    from rebuild.translate.translator import Translator

ANYTHING = "anything"
"""The input of a model whose original takes none."""

NO_VALUES = ("resource", "variant")
"""Types whose tensors hold no values that Keras could pass on."""


def take(translator: Translator) -> None:
    """Give a model without inputs one that it does not look at: Keras cannot do without.

    It is a number, `anything`, on which the first values hang; whoever calls the model gives 0.
    """
    program, operands = translator.program, translator.operands
    for tensor in set(program.inputs):
        if program.inputs.count(tensor) > 1:
            reason = f"tensor {tensor} is several of its inputs"
            translator.unsupported(-1, "no operator", reason)
    if program.inputs:
        return
    operands.append(Operand(len(operands), (), "float32"))
    program.inputs, program.input_names = (operands[-1].tensor,), (ANYTHING,)


def give(translator: Translator) -> None:
    """Make sure of the outputs: those that no operator computes become constants."""
    give_variables(translator)
    hand_back(translator)
    for side, tensors in (
        ("inputs", translator.program.inputs),
        ("outputs", translator.program.outputs),
    ):
        if not tensors and not translator.program.unsupported:
            reason = f"the subgraph has no {side}, and a Keras model needs some"
            translator.unsupported(-1, "no operator", reason)
            return
    for tensor in dict.fromkeys(translator.program.outputs):
        if tensor in translator.computed or tensor in translator.memory.versions:
            continue
        producer = translator.statics.graph.producer[tensor]
        try:
            give_constant(translator, tensor, producer)
        except UnsupportedError as error:
            name = translator.subgraph.operators[producer].name if producer >= 0 else "no operator"
            translator.unsupported(producer, name, str(error))
            if translator.around.parts.allow_unsupported:
                hold_place(translator, producer, (tensor,), (name, str(error)), ())


def give_variables(translator: Translator) -> None:
    """Let an output that is a variable tensor be what the variable holds in the end."""
    memory, tensors = translator.memory, translator.subgraph.tensors
    found = []
    for tensor in translator.program.outputs:
        if tensors[tensor].is_variable and tensor not in translator.subgraph.inputs:
            now = memory.variable(translator.operands[tensor], tensors[tensor].name)
            translator.computed.add(now.tensor)
            tensor = now.tensor
        found.append(tensor)
    translator.program.outputs = tuple(found)


def give_constant(translator: Translator, tensor: int, producer: int) -> None:
    """State an output as a constant. Raises `TranslationError` where the file does not hold it."""
    program, leaf = translator.program, translator.operands[tensor]
    if not leaf.is_static:
        raise TranslationError(f"output tensor {tensor} is computed by no operator")
    if leaf.dtype == "string":
        give_texts(translator, leaf, producer)
        return
    weight = translator.stored.given(leaf, unique("output_constant", translator.taken))
    kind = {} if leaf.dtype == "float32" else {"dtype": leaf.dtype}
    made = Call("Constant", (leaf.shape,), {**kind, "name": weight.layer}, (leaf,))
    anchor = translator.anchor
    program.statements.append(Statement(producer, (tensor,), made(anchor), (anchor.tensor,)))
    program.weights.append(weight)
    program.labels[tensor] = weight.layer
    program.folded.pop(producer, None)


def give_texts(translator: Translator, leaf: Operand, producer: int) -> None:
    """State an output as constant texts, which no weights file holds."""
    program, anchor = translator.program, translator.anchor
    name = unique("output_texts", translator.taken)
    made = helpers.Texts(texts(leaf), leaf.shape, name=name)
    program.statements.append(Statement(producer, (leaf.tensor,), made(anchor), (anchor.tensor,)))
    program.labels[leaf.tensor] = name
    program.folded.pop(producer, None)


def remember(translator: Translator) -> None:
    """Read the variables before all else, and write at the end what was put into them."""
    memory, program = translator.memory, translator.program
    if not program.is_entry or not memory.kept or not program.outputs:
        return
    name = unique(STATE, translator.taken)
    anchor, also = translator.anchor, memory.readers
    if min(memory.starts) >= len(translator.subgraph.tensors):
        check_with_users(translator, also)
    operator = also[-1] if also else -1
    reading = memory.reading(anchor)
    read = Statement(operator, memory.starts, reading, (anchor.tensor,), tuple(also[:-1]))
    program.tied[STATE] = memory.layer(name)
    program.statements.insert(0, read)
    program.starts, program.written = memory.starts, memory.written(translator.value)
    program.versions = memory.versions
    program.labels |= memory.labels
    program.weights += translator.stored.started(name, memory.kept.values())


def check_with_users(translator: Translator, starters: Sequence[int]) -> None:
    """Check what starts the variables with the first operator that takes what they hold.

    Where no tensor of the original is what they hold, it cannot be checked by itself.
    """
    starts = set(translator.memory.starts)
    for place, statement in enumerate(translator.program.statements):
        if starts.intersection(statement.inputs):
            changed = dataclasses.replace(statement, also=(*starters, *statement.also))
            translator.program.statements[place] = changed
            return


def stand_in(translator: Translator, operator: Operator, reason: str) -> None:
    """A layer in the place of an operator that has no translation: it raises when it is run."""
    given = [translator.operands[t] for t in operator.inputs if t in translator.computed]
    hold_place(translator, operator.index, operator.outputs, (operator.name, reason), given)


def hold_place(
    translator: Translator,
    operator: int,
    outputs: Sequence[int],
    told: tuple[str, str],
    given: Sequence[Operand],
) -> None:
    """State tensors as what a layer gives that only says why it is there; `told` is what."""
    program, operands = translator.program, translator.operands
    targets = tuple(t for t in outputs if t >= 0 and operands[t].dtype not in NO_VALUES)
    if not targets or not program.inputs:
        return
    inputs = [each for each in given if each.dtype not in NO_VALUES] or [translator.anchor]
    kinds = [[operands[t].shape for t in targets], [operands[t].dtype for t in targets]]
    made = helpers.Unsupported(*told, *kinds)
    label = translator.names[operator] if operator >= 0 else "unsupported"
    made.keywords["name"] = unique(label, translator.used)
    program.labels |= {t: label for t in targets if operator < 0}
    tensors = tuple(dict.fromkeys(operand.tensor for operand in inputs))
    program.statements.append(Statement(operator, targets, made(*inputs), tensors))

"""Operators that run other subgraphs: these become models (kernels/if.cc, while.cc)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rebuild.translate.context import Context
from rebuild.translate.ends import NO_VALUES
from rebuild.translate.expression import Call, Expression, Operand, helpers
from rebuild.translate.passing import Passing, hand_over
from rebuild.translate.program import Program
from rebuild.translate.registry import TranslationError, op
from rebuild.translate.threads import State

NO_SUBGRAPH = -1
"""A composite without a decomposition (`core/model/model.cc`)."""


@op("IF")
def if_(
    cx: Context,
    condition: Operand,
    *operands: Operand,
    then_subgraph_index: int = 0,
    else_subgraph_index: int = 0,
) -> Expression | Passing:
    """One of two subgraphs, by a condition that is a single bool."""
    if condition.dtype != "bool" or condition.elements != 1:
        raise TranslationError(
            f"its condition is {condition.dtype}{list(condition.shape)}, and one bool is wanted"
        )
    then = part(cx, then_subgraph_index, operands)
    otherwise = part(cx, else_subgraph_index, operands)
    for branch in (then, otherwise):
        check_outputs(cx, branch, cx.outputs)
    chosen = helpers.Branch(model(then), model(otherwise))
    return run(cx, chosen, then, (condition, *operands))


@op("STABLEHLO_CASE")
def case(
    cx: Context, index: Operand, *operands: Operand, branch_subgraph_indices: Sequence[int] = ()
) -> Expression | Passing:
    """One of several subgraphs, by its place among them; the last for any other number."""
    if index.dtype != "int32" or index.elements != 1:
        raise TranslationError(
            f"its index is {index.dtype}{list(index.shape)}, and one int32 is wanted"
        )
    if not branch_subgraph_indices:
        raise TranslationError("it has no branches")
    check_all_subgraphs(cx, len(operands))
    branches = [part(cx, number, operands) for number in branch_subgraph_indices]
    for branch in branches:
        check_outputs(cx, branch, cx.outputs)
    chosen = helpers.Choice([model(branch) for branch in branches])
    return run(cx, chosen, branches[0], (index, *operands))


def check_all_subgraphs(cx: Context, inputs: int) -> None:
    """Refuse what the kernel of STABLEHLO_CASE does: it takes all but the first for branches."""
    for graph in list(cx.around.subgraph.model.subgraphs)[1:]:
        found, wanted = (len(graph.inputs), len(graph.outputs)), (inputs, len(cx.outputs))
        if found != wanted:
            raise TranslationError(
                f"subgraph {graph.index} has {found[0]} inputs and {found[1]} outputs; the kernel "
                f"wants {wanted[0]} and {wanted[1]} of each subgraph but the first"
            )
    kinds = {output.dtype for output in cx.outputs}
    if len(kinds) > 1:
        raise TranslationError(f"its outputs are {', '.join(sorted(kinds))}; one type is wanted")


@op("WHILE", "STABLEHLO_WHILE")
def while_(
    cx: Context,
    *operands: Operand,
    cond_subgraph_index: int = 0,
    body_subgraph_index: int = 0,
) -> Expression | Passing:
    """A body that is run on what it gave, while a condition holds of that."""
    if cond_subgraph_index == body_subgraph_index:
        raise TranslationError(f"subgraph {cond_subgraph_index} is its condition and its body")
    if not operands:
        raise TranslationError("it has no inputs")
    condition = part(cx, cond_subgraph_index, operands)
    body = part(cx, body_subgraph_index, operands)
    check_condition(condition)
    check_outputs(cx, body, operands)
    let_vary(condition, body)
    varies = any(None in shape for shape in body.input_shapes)
    order = storing_order(cx, condition, body, varies)
    models = model(condition), model(body)
    if condition.variables_given and varies:
        raise TranslationError("its condition changes a variable, and its values change shape")
    if condition.variables_given:
        made = helpers.StatefulLoop(*models)
    elif varies:
        made = helpers.VaryingLoop(*models, **({"keeps_shapes": True} if keeps(body) else {}))
    else:
        made = helpers.Loop(*models, **({"order": order} if order else {}))
    return run(cx, made, body, operands)


def let_vary(condition: Program, body: Program) -> None:
    """Note which inputs of a loop's parts differ in size, by what its body gives in their place."""
    for place, made in enumerate(given(body)):
        if made.is_open:
            body.varying.add(body.inputs[place])
            condition.varying.add(condition.inputs[place])


def keeps(body: Program) -> bool:
    """Whether a body gives values of the shapes that it takes, where the file leaves them open.

    Those of a list that is written turn by turn: cut in two, and joined with what is new.
    """
    taken = [body.operands[tensor] for tensor in body.inputs[: len(given(body))]]
    return [each.shape for each in taken] == [each.shape for each in given(body)]


@op("CALL")
def call(cx: Context, *operands: Operand, subgraph: int = 0) -> Expression | Passing:
    """Another subgraph, run once."""
    found = part(cx, subgraph, operands)
    check_outputs(cx, found, cx.outputs)
    values, states = handed(cx, found, operands)
    if not values:
        raise TranslationError("it has no inputs, and a Keras model needs one")
    made = Call(model(found), (values[0] if len(values) == 1 else values,))
    return Passing(made, states) if states else made


def run(
    cx: Context, made: Call, callee: Program, operands: Sequence[Operand]
) -> Expression | Passing:
    """The layer `made` on operands, and on what the variables hold that `callee` uses."""
    values, states = handed(cx, callee, operands)
    return Passing(made(*values), states) if states else made(*values)


def handed(
    cx: Context, callee: Program, operands: Sequence[Operand]
) -> tuple[list[Any], tuple[State, ...]]:
    """What a subgraph is given: operands, but for names of variables, then what these hold."""
    values: list[Any] = list(map(cx.tensor, valued(cx, operands)))
    values += hand_over(cx.around, callee.subgraph)
    return values, tuple(cx.around.parts.threads.passed(callee.subgraph))


def valued(cx: Context, operands: Sequence[Operand]) -> list[Operand]:
    """Those of the operands that are no names of variables."""
    return [operand for operand in operands if operand.tensor not in cx.around.handles]


@op("STABLEHLO_COMPOSITE")
def composite(
    cx: Context, *operands: Operand, decomposition_subgraph_index: int = 0
) -> Expression | Passing:
    """An operation that comes with what it is made of: that subgraph is run."""
    if decomposition_subgraph_index == NO_SUBGRAPH:
        raise TranslationError("it has no decomposition")
    return call(cx, *operands, subgraph=decomposition_subgraph_index)


def part(cx: Context, index: int, operands: Sequence[Operand]) -> Program:
    """The program of a subgraph that is given `operands`; they must be what it takes."""
    for operand in operands:
        if operand is None:
            raise TranslationError("one of its inputs is left out")
        if operand.dtype in NO_VALUES and operand.tensor not in cx.around.handles:
            raise TranslationError(f"it passes on tensor {operand.tensor}, a {operand.dtype}")
    shapes = tuple(operand.shape for operand in operands)
    found = cx.around.parts.program(index, shapes)
    values = valued(cx, operands)
    taken = [found.operands[tensor] for tensor in found.inputs[: len(values)]] if shapes else []
    check(f"subgraph {index} takes", taken, values)
    return found


def check_outputs(cx: Context, found: Program, operands: Sequence[Operand]) -> None:
    """Refuse a subgraph that gives something else than is wanted, before its variables."""
    wanted = valued(cx, operands)
    check(f"subgraph {found.subgraph} gives", given(found), wanted)


def check(what: str, own: Sequence[Operand], others: Sequence[Operand]) -> None:
    """Refuse tensors that are not as many as the others, or of other types."""
    kinds, wanted = ([operand.dtype for operand in side] for side in (own, others))
    if kinds != wanted:
        raise TranslationError(
            f"{what} {', '.join(kinds) or 'nothing'}, where it has {', '.join(wanted) or 'nothing'}"
        )


def given(found: Program) -> list[Operand]:
    """What a subgraph gives, before its variables."""
    count = len(found.outputs) - found.variables_given
    return [found.operands[tensor] for tensor in found.outputs[:count]]


def check_condition(found: Program) -> None:
    """Refuse a condition that does not give a single bool."""
    outputs = given(found)
    if len(outputs) != 1 or outputs[0].dtype != "bool" or outputs[0].shape not in ((), (1,)):
        kinds = ", ".join(f"{operand.dtype}{list(operand.shape)}" for operand in outputs)
        raise TranslationError(
            f"its condition, subgraph {found.subgraph}, gives {kinds or 'nothing'}, and one bool "
            "is wanted"
        )


def storing_order(cx: Context, condition: Program, body: Program, varies: bool) -> list[int] | None:
    """Which output of the body each value becomes, where that is not the one in its place.

    The interpreter's loop stores the outputs one by one where the inputs lie. An output that is one
    of the inputs before it is read after that was overwritten (kernels/while.cc, Eval_static).
    """
    graph = cx.around.subgraph.model.subgraphs[body.subgraph]
    place = {tensor: i for i, tensor in enumerate(graph.inputs)}
    order: list[int] = []
    for i, tensor in enumerate(graph.outputs):
        before = place.get(tensor, i)
        order.append(order[before] if before < i else i)
    moved = [i for i, source in enumerate(order) if source != i]
    if not moved:
        return None
    graph = cx.around.subgraph.model.subgraphs[condition.subgraph]
    read = {tensor for operator in graph.operators for tensor in operator.inputs}
    read.update(graph.outputs)
    has_variables = bool(cx.around.parts.threads.passed(body.subgraph))
    if varies or has_variables or any(graph.inputs[i] in read for i in moved):
        raise TranslationError(
            f"its body, subgraph {body.subgraph}, gives inputs in other places, and the "
            f"interpreter overwrites them while it copies them (values {moved})"
        )
    return order


def model(found: Program) -> Call:
    """The making of a subgraph's model."""
    return Call(found.function)

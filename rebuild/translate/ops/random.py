"""Random numbers (kernels/random_ops.cc): the interpreter's own, where it is told a seed."""

from __future__ import annotations

from rebuild.translate.context import Context, Stepped
from rebuild.translate.expression import Operand, helpers
from rebuild.translate.registry import TranslationError, op

DISTRIBUTIONS = {"RANDOM_STANDARD_NORMAL": "Normal", "RANDOM_UNIFORM": "Uniform"}


@op(*DISTRIBUTIONS, needs_tensorflow=True)
def random(cx: Context, shape: Operand, *, seed: int = 0, seed2: int = 0) -> Stepped:
    """Numbers of mean 0 and deviation 1, or from 0 to 1; a call goes on where the last ended."""
    used, kind = count(cx), DISTRIBUTIONS[cx.operator.name]
    if shape.is_static:
        made = helpers.RandomNumbers(kind, seed, seed2, list(cx.integers(shape, "shape")))
        return Stepped(made(used), (used,))
    return Stepped(helpers.RandomNumbers(kind, seed, seed2)(used, shape), (used,))


@op("MULTINOMIAL", needs_tensorflow=True)
def multinomial(
    cx: Context, logits: Operand, samples: Operand, *, seed: int = 0, seed2: int = 0
) -> Stepped:
    """Classes [N, samples], drawn by the odds exp(logits) [N, classes]."""
    used = count(cx)
    kind = {} if cx.output.dtype == "int64" else {"output_dtype": cx.output.dtype}
    made = helpers.Multinomial(seed, seed2, **kind)
    return Stepped(made(used, logits, cx.tensor(samples)), (used,))


def count(cx: Context) -> Operand:
    """A variable: how many blocks of random words the operator has used up."""
    around = cx.around
    if not around.is_entry:
        raise TranslationError("it counts on from call to call, in a subgraph that is called")
    return around.memory.made(f"{cx.name}_used", "int64")

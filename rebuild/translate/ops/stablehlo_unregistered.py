"""StableHLO's operators that LiteRT has no kernel for, where they are a function of Keras.

The interpreter refuses a model that has one. The source of what they mean is StableHLO's
specification (openxla/stablehlo, docs/spec.md), and the tests compare with NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from string import ascii_letters

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Expression, Operand, ops
from rebuild.translate.ops.elementwise import cast, div, function, select
from rebuild.translate.ops.indexing import indexed
from rebuild.translate.ops.shape import concatenation, reshape
from rebuild.translate.ops.stablehlo import alike
from rebuild.translate.ops.windows import BODIES, computation
from rebuild.translate.registry import TranslationError, op

UNARY = {
    "ABS": "absolute",
    "CBRT": "cbrt",
    "COSINE": "cos",
    "EXPONENTIAL": "exp",
    "FLOOR": "floor",
    "LOG": "log",
    "LOGISTIC": "sigmoid",
    "NEGATE": "negative",
    "RSQRT": "rsqrt",
    "TANH": "tanh",
}
BINARY = {"POWER": "power", "REMAINDER": "fmod", "SUBTRACT": "subtract"}
"""Functions of `keras.ops`, by the operator's name after STABLEHLO_."""

DIRECTIONS = {
    "EQ": "equal",
    "NE": "not_equal",
    "GE": "greater_equal",
    "GT": "greater",
    "LE": "less_equal",
    "LT": "less",
}

COMBINED: dict[str, tuple[str, float | bool]] = {
    "sum": ("add", 0),
    "prod": ("multiply", 1),
    "max": ("maximum", -float("inf")),
    "min": ("minimum", float("inf")),
    "all": ("logical_and", True),
    "any": ("logical_or", False),
}
"""How a reduction takes in its initial value, and the one that changes nothing."""


def binary(name: str) -> Callable[..., Expression]:
    """The translation to `ops.name` of two operands of one type and shape."""

    def translate(cx: Context, x: Operand, y: Operand) -> Expression:
        alike(x, y)
        return Call(f"ops.{name}", (x, y))

    return translate


for suffix, keras_name in UNARY.items():
    op(f"STABLEHLO_{suffix}")(function(keras_name))
for suffix, keras_name in BINARY.items():
    op(f"STABLEHLO_{suffix}")(binary(keras_name))

op("STABLEHLO_CONVERT")(cast)
op("STABLEHLO_RESHAPE")(reshape)


@op("STABLEHLO_DIVIDE")
def divide(cx: Context, x: Operand, y: Operand) -> Expression:
    """x / y; integers are divided towards zero."""
    alike(x, y)
    return div(cx, x, y)


@op("STABLEHLO_OR")
def or_(cx: Context, x: Operand, y: Operand) -> Expression:
    """Whether x or y holds; of integers, bit by bit."""
    alike(x, y)
    return ops.logical_or(x, y) if x.dtype == "bool" else ops.bitwise_or(x, y)


@op("STABLEHLO_SELECT")
def stablehlo_select(cx: Context, condition: Operand, x: Operand, y: Operand) -> Expression:
    """x where the condition holds, else y."""
    alike(x, y)
    return select(cx, condition, x, y)


@op("STABLEHLO_CLAMP")
def clamp(cx: Context, low: Operand, x: Operand, high: Operand) -> Expression:
    """x, but at least `low` and at most `high`."""
    return ops.minimum(ops.maximum(x, low), high)


@op("STABLEHLO_COMPARE")
def compare(cx: Context, x: Operand, y: Operand, *, comparison_direction: str = "") -> Expression:
    """Whether x and y stand in the relation that the option says."""
    alike(x, y)
    name = DIRECTIONS[comparison_direction.rpartition("_")[2]]
    return Call(f"ops.{name}", (x, y))


@op("STABLEHLO_CONCATENATE")
def concatenate(cx: Context, *operands: Operand, dimension: int = 0) -> Expression:
    """The operands one behind the other along an axis."""
    return concatenation(cx, *operands, axis=dimension)


@op("STABLEHLO_TRANSPOSE")
def transpose(cx: Context, x: Operand, *, permutation: Sequence[int] = ()) -> Expression:
    """The axes of x in a new order."""
    return ops.transpose(x, tuple(permutation))


@op("STABLEHLO_SLICE")
def slice_(
    cx: Context,
    x: Operand,
    *,
    start_indices: Sequence[int] = (),
    limit_indices: Sequence[int] = (),
    strides: Sequence[int] = (),
) -> Expression:
    """x[start:limit:stride], axis by axis."""
    edges = zip(x.shape, start_indices, limit_indices, strides, strict=True)
    if any(not 0 <= start <= limit <= n or step < 1 for n, start, limit, step in edges):
        raise TranslationError(f"it slices outside of shape {list(x.shape)}")
    return indexed(x, list(map(slice, start_indices, limit_indices, strides)))


@op("STABLEHLO_BROADCAST_IN_DIM")
def broadcast_in_dim(
    cx: Context, x: Operand, *, broadcast_dimensions: Sequence[int] = ()
) -> Expression:
    """x with its axes at `broadcast_dimensions` of the output, and repeated along the others."""
    places = tuple(broadcast_dimensions)
    order = tuple(sorted(range(x.rank), key=lambda axis: places[axis]))
    shape = [1] * cx.output.rank
    for axis, place in enumerate(places):
        shape[place] = x.shape[axis]
    value: Expression = x if order == tuple(range(x.rank)) else ops.transpose(x, order)
    value = value if tuple(shape) == x.shape else ops.reshape(value, tuple(shape))
    return ops.broadcast_to(value, cx.output.shape)


@op("STABLEHLO_DYNAMIC_SLICE")
def dynamic_slice(
    cx: Context, x: Operand, *starts: Operand, slice_sizes: Sequence[int] = ()
) -> Expression:
    """The block of x that begins at `starts`, moved so that it fits."""
    sizes = tuple(slice_sizes)
    return ops.slice(x, fitting(x, starts, sizes), sizes)


@op("STABLEHLO_DYNAMIC_UPDATE_SLICE")
def dynamic_update_slice(cx: Context, x: Operand, update: Operand, *starts: Operand) -> Expression:
    """x with the block that begins at `starts` replaced, moved so that it fits."""
    return ops.slice_update(x, fitting(x, starts, update.shape), update)


def fitting(x: Operand, starts: Sequence[Operand], sizes: tuple[int, ...]) -> Expression:
    """Where a block of `sizes` begins: for each axis a scalar, clipped to the room there is."""
    room = [n - size for n, size in zip(x.shape, sizes, strict=True)]
    if min(room, default=0) < 0:
        raise TranslationError(f"its block {list(sizes)} is larger than {list(x.shape)}")
    return ops.stack([placed(start, most) for start, most in zip(starts, room, strict=True)])


def placed(start: Operand, most: int) -> Expression:
    """A start, from 0 to `most`."""
    if start.static is None:
        return ops.clip(start, 0, most)
    found = min(max(int(number(start.static)), 0), most)
    return ops.array(found, dtype=start.dtype)


@op("STABLEHLO_DOT_GENERAL")
def dot_general(
    cx: Context,
    x: Operand,
    y: Operand,
    *,
    lhs_batching_dimensions: Sequence[int] = (),
    rhs_batching_dimensions: Sequence[int] = (),
    lhs_contracting_dimensions: Sequence[int] = (),
    rhs_contracting_dimensions: Sequence[int] = (),
) -> Expression:
    """Products summed over pairs of axes: batches first, then the other axes of x and of y."""
    left, right = ascii_letters[: x.rank], list(ascii_letters[x.rank : x.rank + y.rank])
    batches = list(zip(lhs_batching_dimensions, rhs_batching_dimensions, strict=True))
    summed = list(zip(lhs_contracting_dimensions, rhs_contracting_dimensions, strict=True))
    for mine, other in batches + summed:
        right[other] = left[mine]
    shared = [left[mine] for mine, _ in batches + summed]
    free = [letter for letter in (*left, *right) if letter not in shared]
    output = "".join(shared[: len(batches)] + free)
    return ops.einsum(f"{left},{''.join(right)}->{output}", x, y)


@op("STABLEHLO_REDUCE")
def reduce(
    cx: Context,
    x: Operand,
    initial: Operand,
    *,
    dimensions: Sequence[int] = (),
    body_subgraph_index: int = 0,
) -> Expression:
    """x reduced along some axes by a body of one operator, with `initial`."""
    body = computation(cx, body_subgraph_index)
    if body not in BODIES or (BODIES[body] in ("all", "any") and x.dtype != "bool"):
        raise TranslationError(f"its body is {body or 'empty'}, for {x.dtype}")
    name = BODIES[body]
    taken, neutral = COMBINED[name]
    value: Expression = Call(f"ops.{name}", (x,), {"axis": tuple(dimensions)})
    if initial.static is None or number(initial.static) != neutral:
        value = Call(f"ops.{taken}", (value, initial))
    small = name in ("sum", "prod") and not x.is_float and x.dtype not in ("int32", "int64")
    return ops.cast(value, x.dtype) if small else value

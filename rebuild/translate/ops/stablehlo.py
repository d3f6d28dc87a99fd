"""StableHLO's operators on elements, its padding and its random bits (kernels/stablehlo_*.cc)."""

from __future__ import annotations

from collections.abc import Sequence

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Call, Expression, Operand, helpers, ops
from rebuild.translate.ops.elementwise import merged
from rebuild.translate.registry import TranslationError, op


def alike(x: Operand, y: Operand) -> None:
    """The check of stablehlo_elementwise.cc: nothing is broadcast or converted."""
    if x.dtype in ("string", "complex64"):
        raise TranslationError(f"its operands are {x.dtype}, which the kernel lacks")
    if (x.dtype, x.shape) != (y.dtype, y.shape):
        raise TranslationError(
            f"its operands are {x.dtype}{list(x.shape)} and {y.dtype}{list(y.shape)}, and the "
            "kernel wants them of one type and shape"
        )


def of_one_grid(cx: Context, *operands: Operand) -> None:
    """The kernels hand stored integers on, which mean the same where the scales are the same."""
    records = [cx.around.subgraph.tensors[operand.tensor] for operand in operands]
    if len({(record.dtype, record.quantization) for record in records if record.is_quantized}) > 1:
        raise TranslationError("its tensors are quantised unlike, and the kernel heeds no scales")
    if len({record.is_quantized for record in records}) > 1:
        raise TranslationError(
            "not all of its tensors are quantised, and the kernel heeds no scales"
        )


def of_plain_numbers(cx: Context, *operands: Operand) -> None:
    """The kernels compute on stored integers, whatever they stand for."""
    for operand in operands:
        if cx.around.subgraph.tensors[operand.tensor].is_quantized:
            raise TranslationError(
                f"its operand (tensor {operand.tensor}) is quantised, and the kernel computes with "
                "the stored integers as they are"
            )


@op("STABLEHLO_ADD")
def add(cx: Context, x: Operand, y: Operand) -> Expression:
    """x + y; of booleans, whether one of them holds."""
    of_plain_numbers(cx, x, y)
    alike(x, y)
    if x.dtype == "bool":
        return ops.logical_or(x, y)
    both = merged("Add", x, y)
    return both if both is not None else x + y


@op("STABLEHLO_MULTIPLY")
def multiply(cx: Context, x: Operand, y: Operand) -> Expression:
    """x * y; of booleans, whether both hold."""
    of_plain_numbers(cx, x, y)
    alike(x, y)
    if x.dtype == "bool":
        return ops.logical_and(x, y)
    both = merged("Multiply", x, y)
    return both if both is not None else x * y


@op("STABLEHLO_MAXIMUM")
def maximum(cx: Context, x: Operand, y: Operand) -> Expression:
    """The larger of x and y."""
    of_one_grid(cx, x, y, cx.output)
    alike(x, y)
    return ops.logical_or(x, y) if x.dtype == "bool" else ops.maximum(x, y)


@op("STABLEHLO_MINIMUM")
def minimum(cx: Context, x: Operand, y: Operand) -> Expression:
    """The smaller of x and y."""
    of_one_grid(cx, x, y, cx.output)
    alike(x, y)
    return ops.logical_and(x, y) if x.dtype == "bool" else ops.minimum(x, y)


@op("STABLEHLO_AND")
def and_(cx: Context, x: Operand, y: Operand) -> Expression:
    """Whether x and y hold; of integers, bit by bit."""
    of_plain_numbers(cx, x, y)
    alike(x, y)
    if x.is_float:
        raise TranslationError(f"it is of {x.dtype}, and the kernel takes booleans and integers")
    return ops.logical_and(x, y) if x.dtype == "bool" else ops.bitwise_and(x, y)


@op("STABLEHLO_SHIFT_LEFT")
def shift_left(cx: Context, x: Operand, y: Operand) -> Expression:
    """x * 2 ** y, of the bits that x has room for."""
    of_plain_numbers(cx, x, y)
    alike(x, y)
    if x.dtype not in ("int8", "int16", "int32"):
        raise TranslationError(f"it is of {x.dtype}, and the kernel takes int8, int16 and int32")
    return ops.left_shift(x, y)


@op("STABLEHLO_PAD")
def pad(
    cx: Context,
    x: Operand,
    value: Operand,
    *,
    edge_padding_low: Sequence[int] = (),
    edge_padding_high: Sequence[int] = (),
    interior_padding: Sequence[int] = (),
) -> Expression:
    """x with `value` between its elements and around them; a border below zero is cut off."""
    of_one_grid(cx, x, value, cx.output)
    if x.dtype != value.dtype:
        raise TranslationError(f"it pads {x.dtype} with {value.dtype}")
    edges = list(zip(edge_padding_low, edge_padding_high, strict=True))[: x.rank]
    if value.elements != 1:
        raise TranslationError(f"its padding value has {value.elements} elements")
    if len(edges) != x.rank or len(interior_padding) < x.rank or not x.rank:
        raise TranslationError(f"it pads {len(edges)} axes of a tensor that has {x.rank}")
    if any(between < 0 for between in interior_padding):
        raise TranslationError(f"its interior padding is {list(interior_padding)}")
    factors = tuple(between + 1 for between in interior_padding[: x.rank])
    if factors[0] > 1:
        cx.fix_batch(x)
    spread = dilated(cx.tensor(x), value, factors)
    return cropped(bordered(spread, value, edges), edges)


def dilated(x: Expression, value: Operand, factors: tuple[int, ...]) -> Expression:
    """x with its elements `factors` places apart, and `value` between them."""
    if set(factors) == {1}:
        return x
    return helpers.Dilate(factors)(x, **filled("value", value))


def bordered(x: Expression, value: Operand, edges: Sequence[tuple[int, int]]) -> Expression:
    """x with a border of `value`, as wide as `edges` say where they are above zero."""
    widths = tuple((max(low, 0), max(high, 0)) for low, high in edges)
    if not any(map(any, widths)):
        return x
    return ops.pad(x, widths, **filled("constant_values", value))


def cropped(x: Expression, edges: Sequence[tuple[int, int]]) -> Expression:
    """x without what `edges` cut off, where they are below zero."""
    keys: list[object] = [
        slice(-low if low < 0 else None, high if high < 0 else None) for low, high in edges
    ]
    while keys and keys[-1] == slice(None):
        keys.pop()
    if not keys:
        return x
    return x[tuple(keys) if len(keys) > 1 else (keys[0], Ellipsis)]


def filled(name: str, value: Operand) -> dict[str, Expression | float | int | bool]:
    """The keyword `name` with one value, unless it is zero, which is taken anyway."""
    if value.static is None:
        return {name: value if not value.rank else ops.reshape(value, ())}
    found = number(value.static)
    return {name: found} if found else {}


@op("STABLEHLO_RNG_BIT_GENERATOR")
def rng_bit_generator(cx: Context, state: Operand, *, algorithm: str = "DEFAULT") -> Call:
    """The next state, and integers of the output's shape, from a state [key, counter, ...]."""
    sizes = (2,) if algorithm == "THREEFRY" else (2, 3)
    if state.dtype != "uint64" or state.rank != 1 or state.elements not in sizes:
        raise TranslationError(
            f"its state is {state.dtype}{list(state.shape)}, and {algorithm} takes uint64 of "
            f"{' or '.join(map(str, sizes))} elements"
        )
    bits = cx.outputs[1]
    if bits.dtype not in ("int32", "int64", "uint32", "uint64"):
        raise TranslationError(f"it makes {bits.dtype}, and the kernel makes 32 and 64-bit ones")
    cx.fix_batch(state)
    name = {"algorithm": "threefry"} if algorithm == "THREEFRY" else {}
    return helpers.RandomBits(bits.shape, bits.dtype, **name)(state)

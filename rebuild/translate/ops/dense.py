"""Matrix products (kernels/fully_connected.cc, batch_matmul.cc, embedding_lookup.cc)."""

from __future__ import annotations

from rebuild.translate.context import NO_RANGE, Context
from rebuild.translate.expression import Expression, Operand, layers, ops
from rebuild.translate.ops.convolution import check_bias
from rebuild.translate.registry import TranslationError, op


@op("FULLY_CONNECTED")
def fully_connected(
    cx: Context,
    x: Operand,
    kernel: Operand,
    bias: Operand | None = None,
    *,
    fused_activation_function: str = "NONE",
    weights_format: str = "DEFAULT",
    keep_num_dims: bool = False,
) -> Expression:
    """x (flattened to [batch, I] unless `keep_num_dims`) times kernel [O,I]."""
    if weights_format != "DEFAULT":
        raise TranslationError(f"its weights are stored as {weights_format}")
    if fused_activation_function in NO_RANGE:
        raise TranslationError(f"its fused activation is {fused_activation_function}")
    units, width = kernel.shape
    check_bias(bias, units)
    flat = x.shape if keep_num_dims and x.rank > 1 else (x.elements // width, width)
    value = cx.reshape(x, flat, x.shape)
    name = cx.limit(fused_activation_function)
    if not kernel.is_static or (bias and not bias.is_static):
        product = ops.matmul(value, ops.transpose(kernel))
        total = cx.activate(product + bias if bias else product, fused_activation_function)
        return cx.reshape(total, cx.output.shape, (*flat[:-1], units))
    options = {**({"activation": name} if name else {}), **({} if bias else {"use_bias": False})}
    value = cx.layer(layers.Dense(units, **options), kernel, bias)(value)
    return cx.reshape(value, cx.output.shape, (*flat[:-1], units))


@op("BATCH_MATMUL")
def batch_matmul(
    cx: Context, x: Operand, y: Operand, *, adj_x: bool = False, adj_y: bool = False
) -> Expression:
    """x [..., M, K] times y [..., K, N]; `adj` swaps the last two axes of its operand.

    A constant y that is one matrix for the whole batch is the kernel of a Dense layer.
    """
    inner = x.shape[-2 if adj_x else -1], y.shape[-1 if adj_y else -2]
    if inner[0] != inner[1]:
        raise TranslationError(f"it multiplies {list(x.shape)} and {list(y.shape)}")
    one = y.is_static and y.is_float and set(y.shape[:-2]) <= {1} and x.rank >= y.rank >= 2
    if one and not x.is_static:
        units = y.shape[-2] if adj_y else y.shape[-1]
        return cx.layer(layers.Dense(units, use_bias=False), y)(adjoint(x, adj_x))
    return ops.matmul(adjoint(x, adj_x), adjoint(y, adj_y))


def adjoint(operand: Operand, swap: bool) -> Expression:
    """The operand, with its last two axes swapped if asked."""
    return ops.swapaxes(operand, -1, -2) if swap else operand


@op("EMBEDDING_LOOKUP")
def embedding_lookup(cx: Context, indices: Operand, table: Operand) -> Expression:
    """Rows of table [rows, ...] by indices [N]."""
    if table.rank != 2 or not table.is_static or table.dtype != "float32":
        return ops.take(table, indices, axis=0)
    return cx.layer(layers.Embedding(*table.shape), table)(indices)

"""Constants as compressed as the file has them: a pass at the end of coremltools' conversion.

A constant of the program whose values are those of a compressed constant of the file, however its
axes were moved, becomes one of MIL's `constexpr` operations over the file's own integers, scales
and zero points. One with few different values becomes indices into a table of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from coremltools.converters.mil import Builder as mb  # noqa: N813
from coremltools.converters.mil._deployment_compatibility import AvailableTarget
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.passes.graph_pass import AbstractGraphPass
from coremltools.converters.mil.mil.passes.helper import block_context_manager
from coremltools.converters.mil.mil.passes.pass_registry import register_pass

from rebuild.coreml.compressed import SMALLEST, Stored, StoredConstants

PASS = "tfli::keep_compression"
MOST_VALUES = 256
VALUE_READERS = frozenset({"prelu"})
"""Operations of which coremltools wants a constant's values when it reads a package."""

SPARSE = 0.5
"""The share of zeros above which a mask and the other elements take less than all elements."""

Var = Any


@register_pass(namespace="tfli")
class keep_compression(AbstractGraphPass):  # type: ignore[misc]  # noqa: N801  (as all passes)
    """Replaces constants; `constants` are those to look for, `target` the system to write for."""

    constants = StoredConstants()
    target = AvailableTarget.iOS17

    def apply(self, prog: Any) -> None:
        """Go through all functions of a program and the blocks inside them."""
        for function in prog.functions.values():
            replace_all(function, self.constants, self.target >= AvailableTarget.iOS18)


@block_context_manager  # type: ignore[untyped-decorator]
def replace_all(block: Any, constants: StoredConstants, is_blockwise: bool) -> None:
    """Replace the constants of a block and of those inside it."""
    for operation in list(block.operations):
        for inner in operation.blocks:
            replace_all(inner, constants, is_blockwise)
        value = operation.outputs[0].val if operation.op_type == "const" else None
        if not (isinstance(value, np.ndarray) and is_large(value)):
            continue
        if any(reader.op_type in VALUE_READERS for reader in operation.outputs[0].child_ops):
            continue
        found = constants.find(value)
        made = kept(found, value, operation, is_blockwise) if found else None
        made = made or palettized(value, operation, is_blockwise)
        if made is not None:
            made.name = operation.outputs[0].name
            block.replace_uses_of_var_after_op(
                anchor_op=operation, old_var=operation.outputs[0], new_var=made
            )
            block.remove_ops([operation])


def is_large(value: np.ndarray) -> bool:
    """Whether these are real numbers, and enough of them to be worth compressing."""
    return value.dtype in (np.float32, np.float16) and value.size >= SMALLEST


def kept(found: Stored, value: np.ndarray, before: Any, is_blockwise: bool) -> Var | None:
    """The constant as the file has it; None where Core ML has no such form."""
    if found.integers is not None:
        return dequantized(found, value.dtype, before, is_blockwise)
    if found.is_sparse and np.mean(value == 0) > SPARSE:
        return sparse(value, before, is_blockwise)
    if found.bits == 16 and value.dtype == np.float32:
        return mb.constexpr_cast(
            source_val=value.astype(np.float16), output_dtype="fp32", before_op=before
        )
    return None


def dequantized(found: Stored, dtype: Any, before: Any, is_blockwise: bool) -> Var | None:
    """scale * (integers - zero point), with a scale for all, one along an axis, or by blocks."""
    assert found.integers is not None and found.scale is not None and found.zero_point is not None
    scale, zero = grids(found.scale, found.zero_point)
    kind = found.integers.dtype
    wide = [axis for axis, size in enumerate(scale.shape) if size > 1]
    if len(wide) <= 1 and is_whole(scale, found.integers.shape) and found.bits == 8:
        axis = wide[0] if wide else 0
        return mb.constexpr_affine_dequantize(
            quantized_data=np.ascontiguousarray(found.integers),
            zero_point=listed(zero.astype(kind), bool(wide)),
            scale=listed(scale.astype(dtype), bool(wide)),
            axis=axis,
            before_op=before,
        )
    if not is_blockwise:
        if len(wide) > 1 or not is_whole(scale, found.integers.shape):
            return None
        wider = Stored(found.key, found.real, found.integers, found.scale, found.zero_point, 8)
        return dequantized(wider, dtype, before, is_blockwise)
    packed = types.np_int4_dtype if kind == np.int8 else types.np_uint4_dtype
    stored = packed if found.bits == 4 else kind
    return mb.constexpr_blockwise_shift_scale(
        data=np.ascontiguousarray(found.integers).astype(stored),
        scale=np.ascontiguousarray(scale).astype(dtype),
        offset=np.ascontiguousarray(zero).astype(stored) if zero.any() else None,
        before_op=before,
    )


def listed(grid: np.ndarray, is_vector: bool) -> Any:
    """A vector, or a number."""
    return grid.ravel() if is_vector else grid.ravel()[0]


def is_whole(scale: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether an axis has one scale, or one for each of its elements."""
    return all(n in (1, size) for n, size in zip(scale.shape, shape, strict=True))


def grids(scale: np.ndarray, zero: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales and zero points, one an element, as the smallest grids of equal blocks of them."""
    for axis in range(scale.ndim):
        size = scale.shape[axis]
        count = next(
            n
            for n in range(1, size + 1)
            if size % n == 0 and is_repeated(scale, axis, n) and is_repeated(zero, axis, n)
        )
        firsts = np.arange(0, size, size // count)
        scale, zero = scale.take(firsts, axis), zero.take(firsts, axis)
    return scale, zero


def is_repeated(grid: np.ndarray, axis: int, count: int) -> bool:
    """Whether an axis falls into `count` blocks of the same numbers."""
    size = grid.shape[axis]
    firsts = grid.take(np.arange(0, size, size // count), axis)
    return np.array_equal(np.repeat(firsts, size // count, axis), grid)


def sparse(value: np.ndarray, before: Any, is_blockwise: bool) -> Var:
    """The elements that are not zero, and a mask of where they are."""
    mask = (value != 0).astype(np.uint8)
    others = value[value != 0]
    if is_blockwise:
        return mb.constexpr_sparse_to_dense(
            nonzero_data=others, mask=mask.astype(types.np_uint1_dtype), before_op=before
        )
    return mb.constexpr_sparse_to_dense(
        nonzero_data=others,
        mask=np.packbits(mask.ravel(), bitorder="little"),
        shape=np.array(value.shape, np.uint32),
        before_op=before,
    )


def palettized(value: np.ndarray, before: Any, is_blockwise: bool) -> Var | None:
    """Indices into a table of the values; None where they are too many for that to be smaller."""
    if len(np.unique(value.ravel()[: 16 * MOST_VALUES])) > MOST_VALUES:
        return None
    table, places = np.unique(value.ravel(), return_inverse=True)
    bits = next((n for n in (1, 2, 4, 6, 8) if 1 << n >= len(table)), None)
    size = value.dtype.itemsize * 8
    if bits is None or value.size * bits + (size << bits) >= value.size * size // 2:
        return None
    table = np.resize(table, 1 << bits)
    if is_blockwise:
        kind = types.string_to_nptype(f"uint{bits}")
        return mb.constexpr_lut_to_dense(
            indices=places.reshape(value.shape).astype(kind),
            lut=table.reshape(*[1] * value.ndim, -1, 1),
            before_op=before,
        )
    spread = (places.reshape(-1, 1) >> np.arange(bits) & 1).astype(np.uint8)
    return mb.constexpr_lut_to_dense(
        indices=np.packbits(spread.ravel(), bitorder="little"),
        lut=table,
        shape=np.array(value.shape, np.uint32),
        before_op=before,
    )

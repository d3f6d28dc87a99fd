"""Constants that are stored compressed: quantised, as indices of a table, sparse."""

from __future__ import annotations

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("constexpr_affine_dequantize")
def affine_dequantize(quantized_data: Array, zero_point: Array, scale: Array, axis: int) -> Array:
    """scale * (data - zero point), a pair for each index of `axis`, or one for all."""
    shape = along(quantized_data, int(axis))
    difference = quantized_data.astype(np.float32) - spread(zero_point, shape)
    return spread(scale, shape) * difference


def along(x: Array, axis: int) -> list[int]:
    """The shape in which a vector lies along `axis` of `x`."""
    shape = [1] * x.ndim
    shape[axis] = -1
    return shape


def spread(values: Array, shape: list[int]) -> Array:
    """A vector as float32 in that shape; a scalar as it is."""
    values = np.asarray(values, np.float32)
    return values.reshape(shape) if values.ndim else values


@mil("constexpr_blockwise_shift_scale")
def blockwise_shift_scale(data: Array, scale: Array, offset: Array | None = None) -> Array:
    """scale * (data - offset), where each entry of `scale` serves a block of `data`."""
    values = data.astype(np.float32)
    if offset is not None:
        values = values - over_blocks(offset.astype(np.float32), data.shape)
    return over_blocks(scale, data.shape) * values


def over_blocks(entries: Array, shape: tuple[int, ...]) -> Array:
    """Each of the `entries` repeated over its block of `shape`."""
    for axis, (wanted, found) in enumerate(zip(shape, entries.shape, strict=True)):
        entries = np.repeat(entries, wanted // found, axis)
    return entries


@mil("constexpr_cast")
def constant_cast(source_val: Array) -> Array:
    """float16 as float32."""
    return source_val.astype(np.float32)


@mil("constexpr_lut_to_dense")
def lut_to_dense(
    indices: Array, lut: Array, shape: Array | None = None, vector_axis: int | None = None
) -> Array:
    """The table's entries at the indices.

    Before iOS 18 indices are packed bits of a flat array, least significant first, and `shape`
    tells the result's; since then they have its shape, and `lut` is (*blocks, entries, vector).
    """
    if shape is not None:
        return lut[unpacked(indices, int(lut.size).bit_length() - 1, shape)]
    blocks = np.indices(indices.shape, sparse=True)
    counts = lut.shape[: indices.ndim]
    sizes = [size // count for size, count in zip(indices.shape, counts, strict=True)]
    places = tuple(blocks[axis] // size for axis, size in enumerate(sizes))
    vectors = lut[(*places, indices.astype(int))]
    if vectors.shape[-1] == 1:
        return vectors[..., 0]
    axis = int(vector_axis or 0) % indices.ndim
    shape = np.array(indices.shape)
    shape[axis] *= vectors.shape[-1]
    return np.moveaxis(vectors, -1, axis + 1).reshape(shape)


def unpacked(packed: Array, bits: int, shape: Array) -> Array:
    """Indices of `bits` each out of bytes, as integers in `shape`."""
    count = int(np.prod(shape))
    single = np.unpackbits(packed.astype(np.uint8), bitorder="little")[: count * bits]
    weights = 1 << np.arange(bits)
    return (single.reshape(count, bits) * weights).sum(axis=1).reshape([int(n) for n in shape])


@mil("constexpr_sparse_to_dense")
def sparse_to_dense(nonzero_data: Array, mask: Array, shape: Array | None = None) -> Array:
    """The values at the set bits of the mask, in row-major order; zero elsewhere."""
    if shape is not None:
        mask = unpacked(mask, 1, shape)
    dense = np.zeros(mask.shape, nonzero_data.dtype)
    dense[mask.astype(bool)] = nonzero_data
    return dense


@mil("constexpr_sparse_blockwise_shift_scale")
def sparse_blockwise_shift_scale(
    data_mask: Array, nonzero_data: Array, scale: Array, offset: Array | None = None
) -> tuple[Array, Array]:
    """The mask, and the non-zero values scaled as `constexpr_blockwise_shift_scale` does."""
    dense = sparse_to_dense(nonzero_data, data_mask)
    return data_mask, blockwise_shift_scale(dense, scale, offset)[data_mask.astype(bool)]


@mil("constexpr_lut_to_sparse")
def lut_to_sparse(
    indices_mask: Array, indices_nonzero_data: Array, lut: Array, vector_axis: int | None = None
) -> tuple[Array, Array]:
    """The mask, widened where entries are vectors, and the table's entries at its set bits."""
    dense = lut_to_dense(
        sparse_to_dense(indices_nonzero_data, indices_mask), lut, None, vector_axis
    )
    mask = indices_mask
    if lut.shape[-1] > 1:
        mask = np.repeat(mask, lut.shape[-1], int(vector_axis or 0))
    return mask, dense[mask.astype(bool)]

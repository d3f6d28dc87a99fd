"""Operations that only move elements: shapes, axes, slices, pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("reshape")
def reshape(x: Array, shape: Array) -> Array:
    """`x` in another shape; 0 keeps the axis that is as far from the right, or is 1 without one."""
    sizes = [int(n) for n in shape]
    offset = x.ndim - len(sizes)
    for at, size in enumerate(sizes):
        if size == 0 and x.size:
            sizes[at] = x.shape[at + offset] if at + offset >= 0 else 1
    return x.reshape(sizes)


@mil("reshape_like")
def reshape_like(
    x: Array,
    ref_tensors: Sequence[Array],
    begins: Sequence[int],
    ends: Sequence[int],
    end_masks: Sequence[bool],
) -> Array:
    """`x` in the shape that pieces of the references' shapes make one after another."""
    shape: list[int] = []
    for reference, begin, end, mask in zip(ref_tensors, begins, ends, end_masks, strict=True):
        shape += reference.shape[int(begin) :] if mask else reference.shape[int(begin) : int(end)]
    return x.reshape(shape)


@mil("flatten2d")
def flatten2d(x: Array, axis: int) -> Array:
    """Two axes: all before `axis`, and all from it on."""
    axis = int(axis) + x.ndim if axis < 0 else int(axis)
    return x.reshape(int(np.prod(x.shape[:axis], dtype=int)), -1)


@mil("shape")
def shape(x: Array) -> Array:
    """The sizes of x's axes."""
    return np.array(x.shape, np.int32)


@mil("transpose")
def transpose(x: Array, perm: Array) -> Array:
    """`x` with its axes in the order `perm`."""
    return x.transpose([int(a) for a in perm])


@mil("expand_dims")
def expand_dims(x: Array, axes: Array) -> Array:
    """`x` with an axis of 1 at each of `axes` of the result."""
    return np.expand_dims(x, tuple(int(a) for a in axes))


@mil("squeeze")
def squeeze(x: Array, axes: Array | None = None) -> Array:
    """`x` without those of `axes` that are 1, or without all such."""
    if axes is None:
        return x.squeeze()
    return x.squeeze(tuple(int(a) for a in axes if x.shape[int(a)] == 1))


@mil("reverse")
def reverse(x: Array, axes: Array | None = None) -> Array:
    """`x` backwards along `axes`, or along all."""
    return np.flip(x, None if axes is None else tuple(int(a) for a in axes))


@mil("reverse_sequence")
def reverse_sequence(x: Array, lengths: Array, seq_axis: int, batch_axis: int) -> Array:
    """The first lengths[i] elements along `seq_axis` backwards, in each slice i of `batch_axis`."""
    moved = np.moveaxis(x, (int(batch_axis), int(seq_axis)), (0, 1)).copy()
    for sample, length in zip(moved, lengths, strict=True):
        sample[: int(length)] = sample[: int(length)][::-1].copy()
    return np.moveaxis(moved, (0, 1), (int(batch_axis), int(seq_axis)))


@mil("slice_by_index")
def slice_by_index(x: Array, **bounds: Any) -> Array:
    """x[begin:end:stride] along each axis; masks leave a bound open, or take one index."""
    return x[cuts(x, **bounds)]


@mil("slice_update")
def slice_update(x: Array, update: Array, **bounds: Any) -> Array:
    """A copy of `x` with `update` put where `slice_by_index` would look."""
    changed = x.copy()
    changed[cuts(x, **bounds)] = update
    return changed


def cuts(
    x: Array,
    begin: Array,
    end: Array,
    stride: Array | None = None,
    begin_mask: Array | None = None,
    end_mask: Array | None = None,
    squeeze_mask: Array | None = None,
) -> tuple[int | slice, ...]:
    """What indexes `x` as the bounds of a slice say."""

    def at(values: Array | None, axis: int, default: Any) -> Any:
        return default if values is None else values[axis].item()

    found: list[int | slice] = []
    for axis in range(x.ndim):
        if at(squeeze_mask, axis, False):
            found.append(int(begin[axis]))
            continue
        first = None if at(begin_mask, axis, False) else int(begin[axis])
        last = None if at(end_mask, axis, False) else int(end[axis])
        found.append(slice(first, last, at(stride, axis, 1)))
    return tuple(found)


@mil("slice_by_size")
def slice_by_size(x: Array, begin: Array, size: Array) -> Array:
    """`size` elements from `begin` along each axis; -1 takes all that are left."""
    return x[
        tuple(
            slice(int(b), None if n == -1 else int(b) + int(n))
            for b, n in zip(begin % np.maximum(x.shape, 1), size, strict=True)
        )
    ]


@mil("concat")
def concat(values: Sequence[Array], axis: int, interleave: bool) -> Array:
    """The `values` behind one another along `axis`, or their elements in turn."""
    if not interleave:
        return np.concatenate(values, int(axis))
    axis = int(axis) % values[0].ndim
    together = np.stack(values, axis + 1)
    sizes = values[0].shape
    return together.reshape(*sizes[:axis], -1, *sizes[axis + 1 :])


@mil("stack")
def stack(values: Sequence[Array], axis: int) -> Array:
    """The `values` along a new axis."""
    return np.stack(values, int(axis))


@mil("split")
def split(
    x: Array, axis: int, num_splits: int | None = None, split_sizes: Array | None = None
) -> tuple[Array, ...]:
    """`x` in equal parts along `axis`, or in parts of given sizes."""
    if split_sizes is None:
        return tuple(np.split(x, int(num_splits or 1), int(axis)))
    return tuple(np.split(x, np.cumsum(split_sizes)[:-1], int(axis)))


@mil("tile")
def tile(x: Array, reps: Array) -> Array:
    """`x` repeated along each axis."""
    return np.tile(x, [int(n) for n in reps])


@mil("pad")
def pad(x: Array, pad: Array, mode: str, constant_val: Any = 0) -> Array:
    """`x` with something around its last axes, for which `pad` has two numbers each."""
    pairs = np.asarray(pad).reshape(-1, 2).astype(int).tolist()
    width = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    if mode == "constant":
        return np.pad(x, width, constant_values=constant_val)
    return np.pad(x, width, mode="reflect" if mode == "reflect" else "edge")


@mil("sliding_windows")
def sliding_windows(x: Array, axis: int, size: int, stride: int) -> Array:
    """All windows of `size` along `axis`: their number there, their elements on the next axis."""
    axis = int(axis) % x.ndim
    views = np.lib.stride_tricks.sliding_window_view(x, int(size), axis)
    chosen = views[(slice(None),) * axis + (slice(None, None, int(stride)),)]
    return np.moveaxis(chosen, -1, axis + 1)


@mil("depth_to_space")
def depth_to_space(x: Array, block_size: int) -> Array:
    """(N, b*b*C, H, W) to (N, C, H*b, W*b); the block's places come before the channels."""
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2)
    return blocks.reshape(n, c // (b * b), h * b, w * b)


@mil("space_to_depth")
def space_to_depth(x: Array, block_size: int) -> Array:
    """(N, C, H, W) to (N, b*b*C, H/b, W/b); the block's places come before the channels."""
    n, c, h, w = x.shape
    b = int(block_size)
    blocks = x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, c * b * b, h // b, w // b)


@mil("pixel_shuffle")
def pixel_shuffle(x: Array, upscale_factor: int) -> Array:
    """(N, C*f*f, H, W) to (N, C, H*f, W*f); the channels come before the block's places."""
    n, c, h, w = x.shape
    f = int(upscale_factor)
    blocks = x.reshape(n, c // (f * f), f, f, h, w).transpose(0, 1, 4, 2, 5, 3)
    return blocks.reshape(n, c // (f * f), h * f, w * f)


@mil("pixel_unshuffle")
def pixel_unshuffle(x: Array, downscale_factor: int) -> Array:
    """(N, C, H*f, W*f) to (N, C*f*f, H, W); the channels come before the block's places."""
    n, c, h, w = x.shape
    f = int(downscale_factor)
    blocks = x.reshape(n, c, h // f, f, w // f, f).transpose(0, 1, 3, 5, 2, 4)
    return blocks.reshape(n, c * f * f, h // f, w // f)


@mil("space_to_batch")
def space_to_batch(x: Array, block_shape: Array, paddings: Array) -> Array:
    """(N, C, H, W) to (N*bh*bw, C, H/bh, W/bw), after padding; the block's places come first."""
    x = np.pad(x, [(0, 0), (0, 0), *paddings.astype(int).tolist()])
    n, c, h, w = x.shape
    high, wide = (int(b) for b in block_shape)
    blocks = x.reshape(n, c, h // high, high, w // wide, wide).transpose(3, 5, 0, 1, 2, 4)
    return blocks.reshape(-1, c, h // high, w // wide)


@mil("batch_to_space")
def batch_to_space(x: Array, block_shape: Array, crops: Array) -> Array:
    """(N*bh*bw, C, H, W) to (N, C, H*bh, W*bw), then cropped; the block's places come first."""
    c, h, w = x.shape[1:]
    high, wide = (int(b) for b in block_shape)
    blocks = x.reshape(high, wide, -1, c, h, w).transpose(2, 3, 4, 0, 5, 1)
    whole = blocks.reshape(-1, c, h * high, w * wide)
    (top, bottom), (left, right) = crops.astype(int).tolist()
    return whole[:, :, top : h * high - bottom, left : w * wide - right]


@mil("crop")
def crop(x: Array, crop_height: Array, crop_width: Array) -> Array:
    """(N, C, H, W) without some first and last rows and columns."""
    (top, bottom), (left, right) = crop_height.tolist(), crop_width.tolist()
    return x[:, :, top : x.shape[2] - bottom, left : x.shape[3] - right]

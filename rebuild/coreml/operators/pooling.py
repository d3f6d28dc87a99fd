"""Pooling in one, two and three dimensions: `x` (N, C, *D)."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from rebuild.coreml.registry import mil
from rebuild.coreml.spatial import padded, paddings, shifted

Array = np.ndarray


@mil("max_pool")
def max_pool(
    x: Array, kernel_sizes: Array, strides: Array, pad_type: str, pad: Array, ceil_mode: bool
) -> Array:
    """The largest value of each window; padding counts for nothing."""
    windows = Windows(x.shape[2:], kernel_sizes, strides, pad_type, pad, ceil_mode)
    return windows.reduced(x, np.maximum, -np.inf)


@mil("avg_pool")
def avg_pool(
    x: Array,
    kernel_sizes: Array,
    strides: Array,
    pad_type: str,
    pad: Array,
    ceil_mode: bool,
    exclude_padding_from_average: bool,
) -> Array:
    """The mean of each window, over what is not padding if asked for.

    What `ceil_mode` adds behind the padding is never counted, as in PyTorch.
    """
    windows = Windows(x.shape[2:], kernel_sizes, strides, pad_type, pad, ceil_mode)
    total = windows.reduced(x, np.add, 0)
    return total / windows.counts(bool(exclude_padding_from_average))


@mil("l2_pool")
def l2_pool(
    x: Array, kernel_sizes: Array, strides: Array, pad_type: str, pad: Array, ceil_mode: bool
) -> Array:
    """The root of the sum of squares of each window."""
    windows = Windows(x.shape[2:], kernel_sizes, strides, pad_type, pad, ceil_mode)
    return np.sqrt(windows.reduced(np.square(x), np.add, 0))


class Windows:
    """Where windows lie on the spatial axes of an array."""

    def __init__(
        self,
        sizes: tuple[int, ...],
        kernel: Array,
        strides: Array,
        pad_type: str,
        pad: Array,
        ceil_mode: bool,
    ) -> None:
        self.sizes = sizes
        self.kernel = [int(k) for k in kernel]
        self.strides = [int(s) for s in strides]
        self.pairs = paddings(pad_type, pad, sizes, self.kernel, self.strides)
        self.outs = [self._out(i, ceil_mode) for i in range(len(sizes))]
        self.surplus = [self._surplus(i) for i in range(len(sizes))]

    def _out(self, axis: int, ceil_mode: bool) -> int:
        (before, after), size = self.pairs[axis], self.sizes[axis]
        kernel, stride = self.kernel[axis], self.strides[axis]
        room = size + before + after - kernel
        out = (-(-room // stride) if ceil_mode else room // stride) + 1
        starts_behind = (out - 1) * stride >= size + before and before + after > 0
        return out - 1 if ceil_mode and starts_behind else out

    def _surplus(self, axis: int) -> int:
        """How far the last window reaches behind the padding."""
        end = (self.outs[axis] - 1) * self.strides[axis] + self.kernel[axis]
        return max(end - self.sizes[axis] - sum(self.pairs[axis]), 0)

    def reduced(self, x: Array, function: Callable[[Array, Array], Array], start: float) -> Array:
        """All values of each window taken together, those outside being `start`."""
        pairs = [(a, b + more) for (a, b), more in zip(self.pairs, self.surplus, strict=True)]
        return self._together(padded(x, pairs, start), function)

    def counts(self, exclude_padding: bool) -> Array:
        """How many elements each window's mean is over: (1, 1, *outs)."""
        ones = np.ones((1, 1, *self.sizes), np.float32)
        counted = padded(ones, self.pairs, 0 if exclude_padding else 1)
        return self._together(padded(counted, [(0, more) for more in self.surplus]), np.add)

    def _together(self, x: Array, function: Callable[[Array, Array], Array]) -> Array:
        views = (
            shifted(x, position, self.outs, self.strides) for position in np.ndindex(*self.kernel)
        )
        return reduce(function, views)

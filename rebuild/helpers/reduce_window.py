"""Reductions of windows (kernels/stablehlo_reduce_window.cc)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ReduceWindow(layers.Layer):
    """The "sum", "prod", "max", "min", "all" or "any" of each window, and of `initial`.

    `window`, `strides` and `dilation_rate` have a number for each axis of x.
    """

    def __init__(self, reduction, window, strides=None, dilation_rate=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.reduction = reduction
        self.window = tuple(window)
        self.strides = tuple(strides or [1] * len(self.window))
        self.dilation_rate = tuple(dilation_rate or [1] * len(self.window))

    def places(self, length, axis):
        """The places along an axis that each window sees, [windows, places]."""
        steps = np.arange(self.window[axis]) * self.dilation_rate[axis]
        starts = np.arange(0, max(length - steps[-1], 0), self.strides[axis])
        return starts[:, None] + steps

    def call(self, x, initial=None):
        dtype, reduce = x.dtype, getattr(ops, self.reduction)
        for axis, (size, stride) in enumerate(
            zip(self.window, self.strides, strict=True)
        ):
            if size > 1 or stride > 1:
                seen = ops.take(x, self.places(x.shape[axis], axis), axis)
                x = ops.cast(reduce(seen, axis=axis + 1), dtype)
        if initial is not None:
            initial = ops.broadcast_to(ops.cast(initial, dtype), ops.shape(x))
            x = ops.cast(reduce(ops.stack([initial, x]), axis=0), dtype)
        return x

    def get_config(self):
        own = {
            "reduction": self.reduction,
            "window": self.window,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
        }
        return {**super().get_config(), **own}

"""Products along axes, factor by factor (reference/reduce.h, QuantizedReduceProd)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ScaledProduct(layers.Layer):
    """Products over `axis` of multiples of `source`: scale * (i - zero_point).

    After each factor the kernel brings the product back to 32 bits, by a multiplier of
    15. Gradients are those of the product itself.
    """

    def __init__(
        self,
        axis,
        source,
        scale,
        zero_point=0,
        stored="int8",
        keepdims=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis = axis
        self.source = source
        self.scale = scale
        self.zero_point = zero_point
        self.stored = stored
        self.keepdims = keepdims

    def call(self, x):
        smooth = ops.prod(x, self.axis, keepdims=self.keepdims)
        axes = np.atleast_1d(self.axis) % len(x.shape)
        kept = [axis for axis in range(len(x.shape)) if axis not in axes]
        count = int(np.prod([x.shape[axis] for axis in axes]))
        whole = ops.cast(ops.round(ops.cast(x, "float64") / self.source), "int64")
        whole = ops.transpose(whole, (*axes, *kept))
        first, *others = ops.unstack(
            ops.reshape(whole, (count, *(x.shape[k] for k in kept))), count
        )
        for factor in others:
            first = self.rescaled(first * factor, count)
        limits = np.iinfo(self.stored)
        found = self.rescaled(first, count) + self.zero_point
        found = ops.clip(found, limits.min, limits.max) - self.zero_point
        found = ops.reshape(ops.cast(found, "float32") * self.scale, smooth.shape)
        return ops.stop_gradient(found) + (smooth - ops.stop_gradient(smooth))

    def rescaled(self, x, count):
        """x by its share of the scales."""
        part, shift = np.frexp(self.source / self.scale ** (1 / count))
        multiplier = min((round(part * (1 << 31)) + (1 << 15)) >> 16, 0x7FFF)
        power = 1 << (15 - int(shift))
        found = (x * multiplier + power // 2) // power
        return (found + (1 << 31)) % (1 << 32) - (1 << 31)

    def get_config(self):
        own = {"axis": self.axis, "source": self.source, "scale": self.scale}
        own |= {"zero_point": self.zero_point, "stored": self.stored}
        return {**super().get_config(), **own, "keepdims": self.keepdims}

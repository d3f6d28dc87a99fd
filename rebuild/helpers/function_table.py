"""Functions of 16-bit integers (kernels/internal/common.h, LUTPopulateInt16)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class FunctionTable(layers.Layer):
    """exp, log or rsqrt of 16-bit integers times `scale`, in steps of `step`.

    The kernel knows 513 values and draws lines between them. Numbers that log and rsqrt
    do not take give the smallest and the largest result. Gradients are the function's.
    """

    def __init__(self, function, scale, step, **kwargs):
        super().__init__(**kwargs)
        self.function = function
        self.scale = scale
        self.step = step

    def value(self, x):
        """The function of float32 numbers, in steps of the result."""
        held = np.maximum(x, np.float32(1e-30))
        if self.function == "exp":
            y = np.exp(x)
        elif self.function == "log":
            y = np.where(x > 0, np.log(held), np.float32(-32768 * self.step))
        else:
            y = np.where(x > 0, 1 / np.sqrt(held), np.float32(32767 * self.step))
        return (y * np.float32(65536 / 65535 / self.step)).astype("float32")

    def points(self):
        """The values at the 513 points, each moved by half the error half way."""
        low, high = np.float32(self.scale) * np.float32([-32768, 32767])
        step = (high - low) / np.float32(512)
        x = low + np.arange(512, dtype="float32") * step
        first = self.rounded(self.value(x))
        half = self.rounded(self.value(x + step / 2))
        line = self.rounded((self.value(x + step) + first) / 2)
        found = first - self.rounded((line - half) / 2)
        found = np.append(found, self.rounded(self.value(high)))
        return np.clip(found, -32768, 32767).astype("int64")

    def rounded(self, x):
        return np.sign(x) * np.floor(np.abs(x) + np.float32(0.5))

    def call(self, x):
        points, stored = self.points(), np.arange(65536)
        first, rest = points[stored >> 7], stored & 127
        slope = (points[(stored >> 7) + 1] - first).astype("int16").astype("int64")
        table = (first + ((slope * rest + 64) >> 7)).astype("int16")
        place = ops.cast(ops.floor(x / self.scale + 0.5), "int32") + 32768
        found = ops.take(table.astype("float32") * self.step, ops.clip(place, 0, 65535))
        held = x if self.function == "exp" else ops.maximum(x, self.scale)
        smooth = getattr(ops, self.function)(held)
        return ops.stop_gradient(found) + (smooth - ops.stop_gradient(smooth))

    def get_config(self):
        own = {"function": self.function, "scale": self.scale, "step": self.step}
        return {**super().get_config(), **own}

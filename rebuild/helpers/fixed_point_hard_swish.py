"""Hard swish of 8-bit integers (kernels/internal/reference/hard_swish.h)."""

import keras
from keras import layers, ops

from rebuild.helpers.integer_steps import IntegerSteps


@keras.saving.register_keras_serializable(package="tfli")
class FixedPointHardSwish(IntegerSteps, layers.Layer):
    """x * min(max(x + 3, 0), 6) / 6 in 16 bits, from `low` to `high`.

    `output` and `ramp` are (multiplier, shift), which is multiplier * 2**(shift - 15):
    1/128 of a step of x in steps of the output, and as a share of 3 / 32768.
    """

    def __init__(self, output, ramp, low=-128, high=127, **kwargs):
        super().__init__(**kwargs)
        self.output_factor = output
        self.ramp_factor = ramp
        self.limits = (low, high)

    def call(self, x):
        fine = ops.cast(x, "int64") * 128
        multiplier, shift = self.output_factor
        scaled = self.held((fine * multiplier + (1 << 14)) // (1 << 15))
        product = (self.ramp(fine) + (1 << 15)) // 2 * scaled
        whole = ops.sign(product) * (ops.absolute(product) // (1 << 15))
        found = self.shifted(whole, 1 << -shift)
        return ops.cast(ops.clip(found, *self.limits), "float32")

    def ramp(self, x):
        """x / 3 from -1 to 1, in steps of 1/32768."""
        multiplier, shift = self.ramp_factor
        x = self.held(x * (1 << max(shift - 1, 0)))
        x = self.held((x * multiplier + (1 << 14)) // (1 << 15))
        return self.held(x * 2) if shift > 0 else self.shifted(x, 1 << -shift)

    def held(self, x):
        """x as far as 16 bits hold it."""
        return ops.clip(x, -(1 << 15), (1 << 15) - 1)

    def get_config(self):
        low, high = self.limits
        own = {"output": self.output_factor, "ramp": self.ramp_factor}
        return {**super().get_config(), **own, "low": low, "high": high}

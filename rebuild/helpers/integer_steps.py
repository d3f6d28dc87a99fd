"""Steps of recurrent kernels on integers (common.h; gemmlowp, fixedpoint.h)."""

import numpy as np
from keras import ops


class IntegerSteps:
    """Arithmetic on whole float64 numbers; gradients pass as if nothing was rounded."""

    def through(self, exact, smooth):
        """`exact`, with the gradient of `smooth`."""
        exact = ops.cast(exact, "float64")
        return ops.stop_gradient(exact) + (smooth - ops.stop_gradient(smooth))

    def steps(self, x, scale):
        """How often `scale` goes into real numbers that are multiples of it."""
        smooth = ops.cast(x, "float64") / scale
        return self.through(ops.round(smooth), smooth)

    def held(self, x, bits):
        """x as far as integers of 8 or 16 bits hold it."""
        return ops.clip(x, -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1)

    def wrapped(self, x):
        """Integers as 32 bits keep them."""
        return (x + (1 << 31)) % (1 << 32) - (1 << 31)

    def high(self, x, y):
        """The upper 32 bits of twice a product of 32-bit integers, halves up."""
        return (x * y + (1 << 30)) // (1 << 31)

    def shifted(self, x, power):
        """Integers divided by a power of two, halves away from zero."""
        return ops.sign(x) * ((ops.absolute(x) + power // 2) // power)

    def rescaled(self, x, factor):
        """x * factor, by a multiplier of 31 bits and a shift that rounds again."""
        whole, power = self.multiplied(x, factor)
        return self.through(self.shifted(whole, power), x * float(factor))

    def multiplied(self, x, factor):
        """Integers and the power of two by which they are more than x * factor."""
        part, power = np.frexp(float(factor))
        multiplier = int(np.floor(part * 2.0**31 + 0.5)) if power >= -31 else 0
        left, right = 1 << max(int(power), 0), 1 << min(max(int(-power), 0), 31)
        whole = self.wrapped(ops.cast(ops.round(x), "int64") * left)
        return self.high(whole, multiplier), right

    def divided(self, x, bits):
        """x / 2**bits, halves away from zero."""
        whole = self.shifted(ops.cast(ops.round(x), "int64"), 1 << bits)
        return self.through(whole, x / 2.0**bits)

"""Sigmoid and tanh of 16-bit integers (gemmlowp, fixedpoint.h)."""

import numpy as np


class FixedPointFunctions:
    """What the kernels' sigmoid and tanh give for each of the 65536 integers.

    An integer is one of steps of 2**(bits - 15), the result one of steps of 2**-15.
    """

    def sigmoids(self, bits):
        """The sigmoid of each integer from -32768 on."""
        x = np.arange(-32768, 32768)
        positive = self.quotient(self.exponential(-np.abs(x), bits), of_one=True)
        found = np.where(x > 0, positive, 32767 - positive)
        return np.where(x == 0, 16384, found)

    def tanhs(self, bits):
        """The tanh of each integer from -32768 on."""
        x = np.arange(-32768, 32768)
        reached = self.quotient(self.exponential(-np.abs(x), bits + 1), of_one=False)
        return np.sign(x) * reached

    def high(self, x, y):
        """The upper 16 bits of twice a product."""
        return np.minimum((x * y + (1 << 14)) >> 15, 32767)

    def halves(self, x, bits):
        """x divided by a power of two, halves away from zero."""
        return np.sign(x) * ((np.abs(x) + ((1 << bits) >> 1)) >> bits)

    def doubled(self, x, bits):
        """x times a power of two, or the ends of what 16 bits hold."""
        limit = (1 << (15 - bits)) - 1
        found = np.where(x > limit, 32767, x << bits)
        return np.where(x < -limit, -32768, found)

    def exponential(self, x, bits):
        """exp of numbers up to 0: of their rest below 1/4, times powers."""
        quarter = 1 << (13 - bits)
        rest = (x & (quarter - 1)) - quarter
        found = self.near_zero(self.doubled(rest, bits) if bits else rest)
        for power, factor in zip(range(-2, 5), self.FACTORS, strict=True):
            if bits > power:
                has = (rest - x) & (1 << (15 - bits + power))
                found = np.where(has, self.high(found, factor), found)
        if bits > 5:  # exp(-32) is nothing
            found = np.where(x < -(1 << (20 - bits)), 0, found)
        return np.where(x == 0, 32767, found)

    FACTORS = (25520, 19875, 12055, 4435, 600, 11, 0)
    """exp(-2**p) for p from -2 on, in steps of 2**-15."""

    def near_zero(self, x):
        """exp between -1/4 and 0: a polynomial around -1/8."""
        middle, third, x = 28918, 10923, x + (1 << 12)
        x2 = self.high(x, x)
        x3, x4 = self.high(x2, x), self.high(x2, x2)
        rest = self.high(self.halves(x4, 2) + x3, third) + x2
        found = middle + self.high(middle, x + self.halves(rest, 1))
        return np.clip(found, -32768, 32767)

    def quotient(self, x, of_one):
        """1 / (1 + x), or (1 - x) / (1 + x), by three steps of Newton's division."""
        half = (x + 32767 + 1) // 2
        found = 23130 + self.high(half, -15420)  # 48/17 and 32/17
        for _ in range(3):
            error = (1 << 13) - self.high(half, found)
            found = found + self.doubled(self.high(found, error), 2)
        return self.doubled(found, 1) if of_one else self.doubled(found - (1 << 13), 2)

"""Random integers made of a counter (kernels/rng_bit_generator.cc, rng_util.cc)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class RandomBits(layers.Layer):
    """`state`, uint64 [key, counter, ...], gives the next one and integers of `size`.

    Each count gives a block of 32-bit words, by Philox 4x32-10 or Threefry 2x32-20
    (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011).
    """

    def __init__(self, size, output_dtype, algorithm="philox", **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)
        self.output_dtype = output_dtype
        self.algorithm = algorithm

    def words(self, value):
        """The lower and the upper half of 64 bits."""
        return ops.cast(value, "uint32"), ops.cast(ops.right_shift(value, 32), "uint32")

    def philox(self, key, counter, third):
        """Blocks of four words."""
        (x0, x1), (x2, x3), (k0, k1) = map(self.words, (counter, third, key))
        for _ in range(10):
            low0, high0 = self.words(ops.cast(x0, "uint64") * 0xD2511F53)
            low1, high1 = self.words(ops.cast(x2, "uint64") * 0xCD9E8D57)
            x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
            k0, k1 = k0 + 0x9E3779B9, k1 + 0xBB67AE85
        return [x0, x1, x2, x3]

    def threefry(self, key, counter):
        """Blocks of two words."""
        (x0, x1), keys = self.words(counter), list(self.words(key))
        keys.append(keys[0] ^ keys[1] ^ 0x1BD11BDA)
        x0, x1 = x0 + keys[0], x1 + keys[1]
        for turn in range(1, 6):
            for bits in (13, 15, 26, 6) if turn % 2 else (17, 29, 16, 24):
                x0 = x0 + x1
                wide = ops.cast(x1, "uint64") * 2**bits
                low, high = self.words(wide)
                x1 = (low + high) ^ x0
            x0, x1 = x0 + keys[turn % 3], x1 + keys[(turn + 1) % 3] + turn
        return [x0, x1]

    def call(self, state):
        wide = self.output_dtype.endswith("64")
        count = int(np.prod(self.size)) * (2 if wide else 1)
        blocks = -(-count // (4 if self.algorithm == "philox" else 2))
        key, counter = state[0], state[1] + ops.arange(blocks, dtype="uint64")
        if self.algorithm == "philox":
            words = self.philox(key, counter, state[2 % state.shape[0]] + 0 * counter)
        else:
            words = self.threefry(key, counter)
        bits = ops.reshape(ops.stack(words, axis=-1), [-1])[:count]
        if wide:
            bits = ops.cast(bits, "uint64")
            bits = bits[::2] + bits[1::2] * 2**32
        after = ops.concatenate([state[:1], state[1:2] + blocks, state[2:]])
        return after, ops.reshape(ops.cast(bits, self.output_dtype), self.size)

    def get_config(self):
        own = {
            "size": self.size,
            "output_dtype": self.output_dtype,
            "algorithm": self.algorithm,
        }
        return {**super().get_config(), **own}

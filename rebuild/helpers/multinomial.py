"""Random classes as TFLite draws them (kernels/random_ops.cc)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class Multinomial(layers.Layer):
    """Classes [N, samples] by logits [N, classes], and how many blocks are used up.

    Philox 4x32-10 makes a block of four words of its key, `seed`, and a count, which
    begins at `seed2`'s; `used` is where the last call stopped. Seeds of 0 are random.
    """

    def __init__(self, seed, seed2, output_dtype="int64", **kwargs):
        super().__init__(**kwargs)
        self.seed = seed
        self.seed2 = seed2
        self.output_dtype = output_dtype

    def uniform(self, used, shape):
        """Numbers in [0, 1) of 52 random bits, in float64."""
        seeds = tf.constant([self.seed, self.seed2], "int64")
        if not (self.seed or self.seed2):
            limits = {"minval": np.iinfo("int64").min, "maxval": np.iinfo("int64").max}
            seeds = tf.random.uniform([2], dtype="int64", **limits)
        words = tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=tf.concat([shape, [2]], 0),
            key=tf.bitcast(seeds[:1], "uint64"),
            counter=tf.bitcast(tf.stack([used, seeds[1]]), "uint64"),
            alg=1,
            dtype="uint32",
        )
        high, low = tf.unstack(tf.cast(words, "float64"), axis=-1)
        return (tf.math.floormod(high, 2.0**20) * 2.0**32 + low) * 2.0**-52

    def call(self, used, logits, samples):
        batch = tf.shape(logits)[0]
        usual = tf.math.is_finite(logits)
        highest = tf.reduce_max(tf.where(usual, logits, logits.dtype.min), -1, True)
        odds = tf.exp(tf.cast(logits, "float64") - tf.cast(highest, "float64"))
        odds = tf.cumsum(tf.where(usual, odds, 0), axis=-1)
        wanted = self.uniform(used, [batch, samples]) * odds[:, -1:]
        found = tf.searchsorted(odds, wanted, side="right")
        blocks = tf.cast(batch * ((samples + 3) // 4 * 4), "int64") * 2 * 256
        found = tf.ensure_shape(found, [logits.shape[0], None])
        return tf.cast(found, self.output_dtype), used + blocks

    def get_config(self):
        own = {"seed": self.seed, "seed2": self.seed2}
        return {**super().get_config(), **own, "output_dtype": self.output_dtype}

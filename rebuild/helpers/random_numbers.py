"""Random numbers as TFLite draws them (kernels/random_ops.cc)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class RandomNumbers(layers.Layer):
    """Numbers of a `distribution` ("Uniform", "Normal"), and how many blocks are used.

    Philox 4x32-10 makes a block of four words of its key, `seed`, and a count, which
    begins at `seed2`'s; `used` is where the last call stopped. Seeds of 0 are random.
    """

    def __init__(self, distribution, seed, seed2, shape=None, **kwargs):
        super().__init__(**kwargs)
        self.distribution = distribution
        self.seed = seed
        self.seed2 = seed2
        self.shape = shape

    def call(self, used, shape=None):
        shape = self.shape if shape is None else shape
        blocks = (tf.reduce_prod(tf.cast(shape, "int64")) + 3) // 4
        seeds = tf.constant([self.seed, self.seed2], "int64")
        if not (self.seed or self.seed2):
            limits = {"minval": np.iinfo("int64").min, "maxval": np.iinfo("int64").max}
            seeds = tf.random.uniform([2], dtype="int64", **limits)
        draw = getattr(tf.raw_ops, f"StatelessRandom{self.distribution}V2")
        found = draw(
            shape=shape,
            key=tf.bitcast(seeds[:1], "uint64"),
            counter=tf.bitcast(tf.stack([used, seeds[1]]), "uint64"),
            alg=1,
        )
        return found, used + blocks

    def get_config(self):
        own = {"distribution": self.distribution, "shape": self.shape}
        return {**super().get_config(), **own, "seed": self.seed, "seed2": self.seed2}

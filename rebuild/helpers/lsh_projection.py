"""Bits that similar inputs share (kernels/lsh_projection.cc)."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class LSHProjection(layers.Layer):
    """A bit for each seed [functions, bits]; a function's make one number if `sparse`.

    The bit is the sign of the sum of the hashes of the items of x, each with the seed
    before it, multiplied by `weights`.
    """

    def __init__(self, sparse=False, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.sparse = sparse

    def call(self, seeds, x, weights=None):
        functions, bits = seeds.shape
        count = functions * bits
        x = tf.cast(x, "uint8") if x.dtype == tf.bool else tf.bitcast(x, "uint8")
        items = tf.reshape(x, [x.shape[0], -1])
        starts = tf.bitcast(tf.reshape(seeds, [count]), "uint8")
        shape = [count, items.shape[0]]
        starts = tf.broadcast_to(starts[:, None], [*shape, 4])
        items = tf.broadcast_to(items, [count, *items.shape])
        data = tf.reshape(tf.concat([starts, items], -1), [count * shape[1], -1])
        hashes = tf.raw_ops.Fingerprint(data=data, method="farmhash64")
        hashes = tf.cast(tf.bitcast(hashes, "int64"), "float64")
        hashes = tf.reshape(hashes, shape)
        if weights is not None:
            hashes = hashes * tf.cast(weights, "float64")
        found = tf.cast(tf.reduce_sum(hashes, axis=1) > 0, "int32")
        if not self.sparse:
            return found
        places = tf.bitwise.left_shift(1, tf.range(bits - 1, -1, -1))
        found = tf.reduce_sum(tf.reshape(found, [functions, bits]) * places, axis=1)
        return found + tf.range(functions) * 2**bits

    def get_config(self):
        return {**super().get_config(), "sparse": self.sparse}

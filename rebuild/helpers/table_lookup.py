"""Rows of a table by sorted keys (kernels/hashtable_lookup.cc)."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class TableLookup(layers.Layer):
    """For each key sought its row, and 1; zeros and 0 where it is not there."""

    def call(self, sought, keys, rows):
        place = tf.minimum(tf.searchsorted(keys, sought), tf.size(keys) - 1)
        there = tf.gather(keys, place) == sought
        found = tf.gather(rows, place)
        shape = [-1] + [1] * (rows.shape.rank - 1)
        found = tf.where(tf.reshape(there, shape), found, tf.zeros_like(found))
        return found, tf.cast(there, "uint8")

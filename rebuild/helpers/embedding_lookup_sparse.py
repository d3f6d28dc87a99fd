"""Sums and means of embeddings (kernels/embedding_lookup_sparse.cc)."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class EmbeddingLookupSparse(layers.Layer):
    """Rows of `table` [rows, ...], weighted and combined where their indices are alike.

    `ids` [n] are the rows, `indices` [n, axes] their places in a sparse tensor of
    `shape`; rows are combined along its last axis by "sum", "mean" or "sqrtn".
    """

    def __init__(self, combiner="sum", shape=None, **kwargs):
        super().__init__(**kwargs)
        self.combiner = combiner
        self.shape = shape

    def call(self, ids, indices, weights, table, shape=None):
        shape = tf.constant(self.shape) if shape is None else shape
        places = shape[:-1]
        strides = tf.math.cumprod(places, exclusive=True, reverse=True)
        buckets = tf.reduce_sum(indices[:, :-1] * strides, axis=-1)
        count = tf.reduce_prod(places)
        width = [-1] + [1] * (table.shape.rank - 1)

        def total(values):
            return tf.math.unsorted_segment_sum(values, buckets, count)

        found = total(tf.gather(table, ids) * tf.reshape(weights, width))
        if self.combiner != "sum":
            square = self.combiner == "sqrtn"
            share = tf.sqrt(total(weights**2)) if square else total(weights)
            share = tf.where(total(tf.ones_like(weights)) > 0, share, 1)
            found = found / tf.reshape(share, width)
        found = tf.reshape(found, tf.concat([places, tf.shape(table)[1:]], 0))
        if self.shape is not None:
            found = tf.ensure_shape(found, [*self.shape[:-1], *table.shape[1:]])
        return found

    def get_config(self):
        own = {"combiner": self.combiner, "shape": self.shape}
        return {**super().get_config(), **own}

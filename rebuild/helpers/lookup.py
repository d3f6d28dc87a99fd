"""A table that is looked up by int64 or by text (kernels/hashtable_find.cc)."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class Lookup(layers.Layer):
    """The value of each key, or `default` where there is no such key."""

    def __init__(self, keys, values, default=None, **kwargs):
        super().__init__(**kwargs)
        self.keys, self.values = list(keys), list(values)
        self.default = default
        is_text = isinstance((self.keys or [""])[0], str)
        kinds = (tf.string, tf.int64) if is_text else (tf.int64, tf.string)
        places = tf.lookup.KeyValueTensorInitializer(
            tf.constant(self.keys, kinds[0]), tf.range(len(self.keys), dtype=tf.int64)
        )
        self.table = tf.lookup.StaticHashTable(places, len(self.keys))
        nothing = 0 if is_text else ""
        self.entries = tf.constant([*self.values, nothing], kinds[1])

    def call(self, x, default=None):
        places = self.table.lookup(x)
        found = tf.gather(self.entries, places)
        default = [self.default] if default is None else tf.reshape(default, [-1])[:1]
        return tf.where(places < len(self.keys), found, default)

    def get_config(self):
        own = {"keys": self.keys, "values": self.values, "default": self.default}
        return {**super().get_config(), **own}

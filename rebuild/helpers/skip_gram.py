"""Groups of words of a sentence (kernels/skip_gram.cc)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class SkipGram(layers.Layer):
    """`size` words of the first sentence, in order, at most `skip` between neighbours.

    With `all_sizes` smaller groups too, each after those that it begins.
    """

    def __init__(self, size, skip=0, all_sizes=False, **kwargs):
        super().__init__(**kwargs)
        self.size = size
        self.skip = skip
        self.all_sizes = all_sizes

    def groups(self, begin=(0,)):
        """The places of a group's words, counted from its first one."""
        if len(begin) < self.size:
            for step in range(1, self.skip + 2):
                yield from self.groups((*begin, begin[-1] + step))
        if self.all_sizes or len(begin) == self.size:
            yield begin

    def words(self, text):
        """What stands between spaces; a word that follows the first space is lost."""
        text = tf.strings.regex_replace(text, r"^[\t-\r ][^\t-\r ]*[\t-\r ]", "")
        whole = tf.strings.regex_full_match(text, r"[\t-\r ][^\t-\r ]*")
        lines = tf.strings.regex_replace(text, r"[\t-\r ]+", "\n")
        words = tf.strings.split(lines, "\n")
        return tf.cond(whole, lambda: text[None], lambda: words[words != ""])

    def call(self, sentences):
        words = self.words(tf.reshape(sentences, [-1])[0])
        count = tf.size(words)
        first = tf.range(count)
        columns, fits = [], []
        for group in self.groups():
            places = tf.minimum(first[:, None] + np.int32(group), count - 1)
            found = tf.gather(words, tf.maximum(places, 0))
            columns.append(tf.strings.reduce_join(found, axis=-1, separator=" "))
            fits.append((first + group[-1] < count) & (count >= self.size))
        return tf.boolean_mask(tf.stack(columns, axis=1), tf.stack(fits, axis=1))

    def get_config(self):
        own = {"size": self.size, "skip": self.skip, "all_sizes": self.all_sizes}
        return {**super().get_config(), **own}

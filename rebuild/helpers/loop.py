"""A model that is run again and again, on what it gave (kernels/while.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Loop(layers.Layer):
    """Runs `body` on the values while `condition` holds of them; gives the last.

    `order` says which of the outputs of `body` each value becomes; in order if None.
    """

    def __init__(self, condition, body, order=None, **kwargs):
        super().__init__(**kwargs)
        self.models = [condition, body]
        self.order = order

    def call(self, *values):
        condition, body = self.models
        first = [ops.convert_to_tensor(value) for value in values]
        return ops.while_loop(
            lambda *now: ops.reshape(condition(self.packed(now)), ()),
            lambda *now: self.sized(self.ordered(body(self.packed(now))), first),
            self.packed(first),
        )

    def ordered(self, values):
        return [values[place] for place in self.order] if self.order else values

    def sized(self, values, first):
        """The values in the shapes of the first, where a turn leaves those open."""
        flat = keras.tree.flatten(values)
        shaped = [
            ops.reshape(value, like.shape)
            if None in value.shape and None not in like.shape
            else value
            for value, like in zip(flat, first, strict=True)
        ]
        return self.packed(shaped)

    def packed(self, values):
        return list(values) if len(values) > 1 else values[0]

    def get_config(self):
        condition, body = map(keras.saving.serialize_keras_object, self.models)
        own = {"condition": condition, "body": body, "order": self.order}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        condition, body = (
            keras.saving.deserialize_keras_object(config.pop(key))
            for key in ("condition", "body")
        )
        return cls(condition, body, **config)

"""A loop over values whose shapes change; `keras.ops.while_loop` wants them fixed."""

import keras
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class VaryingLoop(layers.Layer):
    """Runs `body` on the values while `condition` holds of them; gives the last.

    Dimensions that the inputs of `body` leave open may differ from run to run. With
    `keeps_shapes` the last values have the shapes of the first.
    """

    def __init__(self, condition, body, keeps_shapes=False, **kwargs):
        super().__init__(**kwargs)
        self.models = [condition, body]
        self.keeps_shapes = keeps_shapes

    def call(self, *values):
        condition, body = self.models
        first = [tf.convert_to_tensor(value) for value in values]
        found = tf.while_loop(
            lambda *now: tf.reshape(condition(self.packed(now)), ()),
            lambda *now: tf.nest.flatten(body(self.packed(now))),
            first,
            [tf.TensorShape(tensor.shape) for tensor in body.inputs],
        )
        if self.keeps_shapes:
            found = [
                tf.ensure_shape(last, value.shape)
                for last, value in zip(found, first, strict=True)
            ]
        return self.packed(found)

    def packed(self, values):
        return list(values) if len(values) > 1 else values[0]

    def get_config(self):
        condition, body = map(keras.saving.serialize_keras_object, self.models)
        return {
            **super().get_config(),
            "condition": condition,
            "body": body,
            "keeps_shapes": self.keeps_shapes,
        }

    @classmethod
    def from_config(cls, config):
        condition, body = (
            keras.saving.deserialize_keras_object(config.pop(key))
            for key in ("condition", "body")
        )
        return cls(condition, body, **config)

"""A choice between two models, made when the model runs (kernels/if.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Branch(layers.Layer):
    """`then` on the inputs where the condition holds, else `otherwise`."""

    def __init__(self, then, otherwise, **kwargs):
        super().__init__(**kwargs)
        self.models = [then, otherwise]

    def call(self, condition, *inputs):
        condition = ops.reshape(condition, ())
        given = list(inputs) or [condition]
        given = given if len(given) > 1 else given[0]
        then, otherwise = self.models
        return ops.cond(condition, lambda: then(given), lambda: otherwise(given))

    def get_config(self):
        then, otherwise = map(keras.saving.serialize_keras_object, self.models)
        return {**super().get_config(), "then": then, "otherwise": otherwise}

    @classmethod
    def from_config(cls, config):
        then, otherwise = (
            keras.saving.deserialize_keras_object(config.pop(key))
            for key in ("then", "otherwise")
        )
        return cls(then, otherwise, **config)

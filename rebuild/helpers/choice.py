"""A choice among models, made when the model runs (kernels/stablehlo_case.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Choice(layers.Layer):
    """The model with the number `index` on the inputs; the last for any other."""

    def __init__(self, models, **kwargs):
        super().__init__(**kwargs)
        self.models = models

    def call(self, index, *inputs):
        index, last = ops.reshape(index, ()), len(self.models) - 1
        index = ops.where(ops.logical_and(index >= 0, index < last), index, last)
        given = list(inputs) or [index]
        given = given if len(given) > 1 else given[0]
        return ops.switch(index, self.models, given)

    def get_config(self):
        models = [keras.saving.serialize_keras_object(model) for model in self.models]
        return {**super().get_config(), "models": models}

    @classmethod
    def from_config(cls, config):
        models = [
            keras.saving.deserialize_keras_object(model)
            for model in config.pop("models")
        ]
        return cls(models, **config)

"""Several results of a layer, in steps of the grids that they are on."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class Steps(layers.Layer):
    """Each of several values in steps of its scale; without one (None), as it is."""

    def __init__(self, scales, **kwargs):
        super().__init__(**kwargs)
        self.scales = scales

    def call(self, values):
        pairs = zip(values, self.scales, strict=True)
        return [x if scale is None else ops.round(x / scale) for x, scale in pairs]

    def get_config(self):
        return {**super().get_config(), "scales": self.scales}

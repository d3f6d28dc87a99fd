"""A place that nothing fills: an operator that could not be translated."""

import keras
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class Unsupported(layers.Layer):
    """Stands for an operator of the original without a translation; raises when run."""

    def __init__(self, operator, reason, shapes, dtypes, **kwargs):
        super().__init__(**kwargs)
        self.operator, self.reason = operator, reason
        self.shapes, self.dtypes = [tuple(shape) for shape in shapes], list(dtypes)

    def call(self, *_):
        raise NotImplementedError(f"{self.operator} is not rebuilt: {self.reason}")

    def compute_output_spec(self, *_):
        kinds = zip(self.shapes, self.dtypes, strict=True)
        found = [keras.KerasTensor(shape, dtype) for shape, dtype in kinds]
        return found if len(found) > 1 else found[0]

    def get_config(self):
        own = {"operator": self.operator, "reason": self.reason}
        shapes = {"shapes": self.shapes, "dtypes": self.dtypes}
        return {**super().get_config(), **own, **shapes}

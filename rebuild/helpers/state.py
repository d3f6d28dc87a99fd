"""Variables that live from one call of a model to the next, as in the interpreter."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class State(layers.Layer):
    """Variables: `state(x)` gives them all, `state(output, values)` sets them.

    The output passes through, so that whoever runs the model for it sets the values;
    `others` are what has to be computed before. `starts` names the variables that do
    not start at zero.
    """

    def __init__(self, shapes, dtypes=None, starts=(), **kwargs):
        super().__init__(**kwargs)
        self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.dtypes = dtypes or {}
        self.starts = list(starts)

    def build(self, *_):
        self.values = {name: self.add_variable(name, name) for name in self.shapes}
        self.first = {
            name: self.add_variable(name, f"{name}_start") for name in self.starts
        }

    def add_variable(self, name, label):
        return self.add_weight(
            shape=self.shapes[name],
            dtype=self.dtypes.get(name, "float32"),
            initializer="zeros",
            trainable=False,
            name=label,
        )

    def call(self, x, values=None, others=()):
        if values is None:
            found = [ops.copy(variable) for variable in self.values.values()]
            return found if len(found) > 1 else found[0]
        for variable, value in zip(self.values.values(), values, strict=True):
            variable.assign(value)
        return x

    def reset(self):
        """Put the variables back to what they were before the first call."""
        for name, variable in self.values.items():
            start = self.first.get(name)
            variable.assign(ops.zeros_like(variable) if start is None else start)

    def get_config(self):
        own = {"shapes": self.shapes, "dtypes": self.dtypes, "starts": self.starts}
        return {**super().get_config(), **own}

"""Variables that live from one call of a model to the next, as in the interpreter."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class State(layers.Layer):
    """Variables: `state(x)` gives them all, `state(output, values)` sets them.

    The output passes through, so that whoever runs the model for it sets the values;
    `others` are what has to be computed before. `starts` names the variables that do
    not start at zero. Only when it is `stateful` are they kept; else each call begins
    anew, as Keras' own recurrent layers do.
    """

    def __init__(self, shapes, dtypes=None, starts=(), stateful=False, **kwargs):
        super().__init__(**kwargs)
        self.stateful = stateful
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
            found = [
                ops.copy(variable) if self.stateful else self.start(name)
                for name, variable in self.values.items()
            ]
            return found if len(found) > 1 else found[0]
        if self.stateful:
            for variable, value in zip(self.values.values(), values, strict=True):
                variable.assign(value)
        return x

    def start(self, name):
        """What a variable holds before the first call."""
        first = self.first.get(name)
        return ops.zeros_like(self.values[name]) if first is None else ops.copy(first)

    def reset(self):
        """Put the variables back to what they were before the first call."""
        for name, variable in self.values.items():
            variable.assign(self.start(name))

    def get_config(self):
        own = {
            "shapes": self.shapes,
            "dtypes": self.dtypes,
            "starts": self.starts,
            "stateful": self.stateful,
        }
        return {**super().get_config(), **own}

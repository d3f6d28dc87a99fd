"""A loop whose condition changes variables (kernels/while.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class StatefulLoop(layers.Layer):
    """Runs `body` on the values while `condition` holds of them; gives the last.

    The last values are those of variables. `condition` gives them behind its answer,
    as it leaves them: also when that ends the loop.
    """

    def __init__(self, condition, body, **kwargs):
        super().__init__(**kwargs)
        self.models = [condition, body]

    def call(self, *values):
        _, body = self.models
        _, *found = ops.while_loop(
            lambda *now: now[0],
            lambda _, *now: self.asked(body(self.packed(now))),
            self.asked([ops.convert_to_tensor(value) for value in values]),
        )
        return found

    def asked(self, values):
        """Whether the condition holds, and the values behind it."""
        condition, _ = self.models
        holds, *variables = condition(self.packed(values))
        kept = values[: len(values) - len(variables)]
        return [ops.reshape(holds, ()), *kept, *variables]

    def packed(self, values):
        return list(values) if len(values) > 1 else values[0]

    def get_config(self):
        condition, body = map(keras.saving.serialize_keras_object, self.models)
        return {**super().get_config(), "condition": condition, "body": body}

    @classmethod
    def from_config(cls, config):
        condition, body = (
            keras.saving.deserialize_keras_object(config.pop(key))
            for key in ("condition", "body")
        )
        return cls(condition, body, **config)

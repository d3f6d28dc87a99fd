"""A step of an SVDF (kernels/internal/reference/svdf.h)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class SVDFCell(layers.Layer):
    """A dense layer over the last `memory` inputs, factored: first features, then time.

    The state is what the features were, [batch, units * rank * memory], oldest first.
    """

    def __init__(
        self,
        units,
        memory,
        rank=1,
        activation="linear",
        use_bias=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = self.output_size = units
        self.memory = memory
        self.rank = rank
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.state_size = units * rank * memory

    def build(self, input_shape):
        filters = self.units * self.rank
        self.weights_feature = self.add_weight(
            shape=(filters, input_shape[-1]), name="weights_feature"
        )
        self.weights_time = self.add_weight(
            shape=(filters, self.memory), name="weights_time"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), name="bias")

    def call(self, inputs, states):
        past = ops.reshape(states, (-1, self.units * self.rank, self.memory))
        features = ops.matmul(inputs, ops.transpose(self.weights_feature))
        past = ops.concatenate([past[:, :, 1:], features[:, :, None]], axis=-1)
        filtered = ops.sum(past * self.weights_time, axis=-1)
        output = ops.sum(ops.reshape(filtered, (-1, self.units, self.rank)), axis=-1)
        if self.use_bias:
            output = output + self.bias
        return self.activation(output), ops.reshape(past, (-1, self.state_size))

    def get_config(self):
        own = {
            "units": self.units,
            "memory": self.memory,
            "rank": self.rank,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
        }
        return {**super().get_config(), **own}

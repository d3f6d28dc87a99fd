"""A step of an SVDF on integers (reference/svdf.h, EvalIntegerSVDF)."""

import keras
import numpy as np
from keras import ops

from rebuild.helpers.integer_steps import IntegerSteps
from rebuild.helpers.svdf_cell import SVDFCell


@keras.saving.register_keras_serializable(package="tfli")
class IntegerSVDFCell(IntegerSteps, SVDFCell):
    """An SVDFCell that computes as the kernel of 8-bit integers does.

    `scales` are those of its input, feature weights, state, time weights and output,
    whose integers have a `zero_point`. The state is of 16 bits, and sums over time
    keep the last 32 bits. The limits of the output are its only activation.
    """

    def __init__(self, units, memory, scales, zero_point=0, **kwargs):
        super().__init__(units, memory, **kwargs)
        self.scales = tuple(scales)
        self.zero_point = zero_point

    def call(self, inputs, states):
        given, feature, state, time, output = map(np.float32, self.scales)
        bias_scale = float(state) * float(time)
        x, kernel = (
            self.steps(inputs, given),
            self.steps(self.weights_feature, feature),
        )
        sums = ops.matmul(x, ops.transpose(kernel))
        features = self.held(self.rescaled(sums, given * feature / state), 16)
        past = ops.reshape(
            self.steps(states, state), (-1, self.units * self.rank, self.memory)
        )
        past = ops.concatenate([past[:, :, 1:], features[:, :, None]], axis=-1)
        sums = ops.sum(past * self.steps(self.weights_time, time), axis=-1)
        sums = ops.sum(ops.reshape(sums, (-1, self.units, self.rank)), axis=-1)
        if self.use_bias:
            sums = sums + self.steps(self.bias, bias_scale)
        sums = self.through(self.wrapped(sums), sums)
        found = self.rescaled(sums, state * time / output) + self.zero_point
        found = self.held(found, 8) - self.zero_point
        past = ops.cast(ops.reshape(past, (-1, self.state_size)) * state, "float32")
        return ops.cast(found * output, "float32"), past

    def get_config(self):
        own = {"scales": self.scales, "zero_point": self.zero_point}
        return {**super().get_config(), **own}

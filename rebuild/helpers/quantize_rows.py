"""Activations quantised while a model runs (optimized/neon_tensor_utils.cc)."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class QuantizeRows(layers.Layer):
    """x on 8-bit grids of its own, one for each index of the axes before `axis`.

    Symmetric grids have the steps -127 to 127 around zero; asymmetric ones -128 to 127
    from the smallest number, or zero, to the largest. Gradients pass unchanged.
    """

    def __init__(self, axis=1, asymmetric=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis
        self.asymmetric = asymmetric

    def call(self, x):
        steps, scale = self.steps(x)
        return steps * scale

    def steps(self, x):
        """How many steps x is from zero, and the size of a step for each row."""
        axes = tuple(range(self.axis % len(x.shape), len(x.shape)))
        near = self.asymmetric_grid if self.asymmetric else self.symmetric_grid
        steps, scale = map(ops.stop_gradient, near(x, axes))
        exact = x / scale
        return steps + (exact - ops.stop_gradient(exact)), scale

    def symmetric_grid(self, x, axes):
        reach = ops.amax(ops.absolute(x), axes, keepdims=True)
        reach = ops.where(reach == 0, 127.0, reach)
        return self.rounded(x * (127.0 / reach)), reach / 127.0

    def asymmetric_grid(self, x, axes):
        low = ops.minimum(ops.amin(x, axes, keepdims=True), 0.0)
        high = ops.maximum(ops.amax(x, axes, keepdims=True), 0.0)
        scale = ops.cast(high - low, "float64") / 255.0
        scale = ops.where(low == high, 1.0, scale)
        low, high = ops.cast(low, "float64"), ops.cast(high, "float64")
        lower = 128.0 - low / scale < 127.0 + high / scale  # the kernel's choice of end
        zero = ops.where(lower, -128.0 - low / scale, 127.0 - high / scale)
        zero = ops.where(low == high, 0.0, self.rounded(ops.clip(zero, -128.0, 127.0)))
        scale, zero = ops.cast(scale, "float32"), ops.cast(zero, "float32")
        steps = ops.clip(zero + self.rounded(x * (1.0 / scale)), -128.0, 127.0)
        return steps - zero, scale

    def rounded(self, x):
        return ops.sign(x) * ops.floor(ops.absolute(x) + 0.5)

    def get_config(self):
        own = {"axis": self.axis, "asymmetric": self.asymmetric}
        return {**super().get_config(), **own}

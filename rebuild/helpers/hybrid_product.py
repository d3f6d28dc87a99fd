"""What layers share whose kernels add products of 8-bit integers, and give floats."""

from keras import layers, ops

from rebuild.helpers.quantize_rows import QuantizeRows


class HybridProduct:
    """A layer that adds products of steps of its input and its kernel, and scales them.

    The input's steps are those of `QuantizeRows`; the kernel's have the sizes
    `kernel_step`, one or one for each of its `channels`. Sums are brought to whole
    numbers of steps; what float32 leaves in them is less than half of one below 2**22.
    """

    row_axis = -1

    def __init__(self, *args, channels=1, asymmetric=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.channels = channels
        self.rows = QuantizeRows(self.row_axis, asymmetric)

    def build(self, shape):
        self.kernel_step = self.add_weight(
            shape=(self.channels,),
            initializer="ones",
            trainable=False,
            name="kernel_step",
        )
        super().build(shape)

    def call(self, x):
        steps, scale = self.rows.steps(x)
        exact = self.product(steps) / self.kernel_step
        whole = ops.stop_gradient(ops.round(exact))
        whole = whole + (exact - ops.stop_gradient(exact))
        found = self.scaled(whole, scale)
        found = found if self.bias is None else found + self.bias
        return found if self.activation is None else self.activation(found)

    def product(self, x):
        """What the layer computes, without its bias and its activation."""
        return ops.matmul(x, self.kernel)

    def scaled(self, x, scale):
        """Steps of products as numbers, multiplied in the kernel's order."""
        return x * (self.kernel_step * scale)

    def save_own_variables(self, store):
        layers.Layer.save_own_variables(
            self, store
        )  # with those that are not Keras' own

    def load_own_variables(self, store):
        layers.Layer.load_own_variables(self, store)

    def get_config(self):
        own = {"channels": self.channels, "asymmetric": self.rows.asymmetric}
        return {**super().get_config(), **own}

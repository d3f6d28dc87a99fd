"""Matrix products on small integers (kernels/fully_connected.cc, `EvalHybridDense`)."""

import keras
from keras import layers

from rebuild.helpers.hybrid_product import HybridProduct


@keras.saving.register_keras_serializable(package="tfli")
class HybridDense(HybridProduct, layers.Dense):
    """A Dense layer on integers, its input on a grid of its own for each row."""

"""What a built script's layers do otherwise when they are traced for Core ML: the same values.

Keras' loop over the steps of a sequence, a function compiled by itself and the bits of a float have
no form in Core ML; what `recurrent` makes of the steps, the function's content and a plain
comparison have.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from rebuild.coreml.recurrent import arrange
from rebuild.execute import import_keras

INSIDE = ("layer", "forward_layer", "backward_layer")
"""Where wrappers keep the layers that they call."""


def prepare(model: Any) -> None:
    """Let the recurrent layers of a model, and of all inside it, run as Core ML has them.

    Keras' argmax and argmin look at the bits of a float to put -0.0 before 0.0; TFLite's kernel
    (kernels/internal/reference/arg_min_max.h) does not.
    """
    keras = import_keras()
    import tensorflow as tf

    plain = {"Argmax": tf.argmax, "Argmin": tf.argmin}
    for operation in operations_in(model):
        if isinstance(operation, keras.layers.RNN):
            arrange(operation)
        function = plain.get(type(operation).__name__)
        if function and operation.axis is not None and not operation.keepdims:
            operation.call = partial(function, axis=operation.axis, output_type=tf.int32)


def operations_in(model: Any) -> Iterator[Any]:
    """The operations of a model, and of the models and layers inside it."""
    for operation in getattr(model, "operations", ()):
        yield operation
        yield from operations_in(operation)
    inside = [getattr(model, name, None) for name in INSIDE]
    for part in (*inside, *getattr(model, "models", ())):
        if part is not None:
            yield part
            yield from operations_in(part)


@contextmanager
def inlined() -> Iterator[None]:
    """Trace the content of functions, also of those that are to be compiled by themselves."""
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)

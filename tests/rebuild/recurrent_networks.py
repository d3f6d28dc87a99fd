"""Keras' recurrent layers as TensorFlow's converter writes them out: as loops and unrolled.

Each network has many layers side by side on one input, so that one conversion serves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

STEPS, FEATURES = 5, 3

LAYERS: dict[str, Callable[..., Any]] = {
    "lstm_last": lambda **own: keras.layers.LSTM(4, **own),
    "lstm_relu": lambda **own: keras.layers.LSTM(4, activation="relu", **own, **SEQUENCES),
    "lstm_hard": lambda **own: keras.layers.LSTM(4, recurrent_activation="hard_sigmoid", **own),
    "lstm_bare": lambda **own: keras.layers.LSTM(4, use_bias=False, activation=None, **own),
    "lstm_back": lambda **own: keras.layers.LSTM(4, go_backwards=True, **own, **SEQUENCES),
    "gru_after": lambda **own: keras.layers.GRU(4, **own, **SEQUENCES),
    "gru_before": lambda **own: keras.layers.GRU(4, reset_after=False, **own, **SEQUENCES),
    "gru_relu": lambda **own: keras.layers.GRU(3, activation="relu", **own),
    "gru_back": lambda **own: keras.layers.GRU(4, go_backwards=True, use_bias=False, **own),
    "rnn_tanh": lambda **own: keras.layers.SimpleRNN(4, **own, **SEQUENCES),
    "rnn_relu": lambda **own: keras.layers.SimpleRNN(4, activation="relu", use_bias=False, **own),
}
"""By name, the layers; `own` are further options."""

SEQUENCES = {"return_sequences": True}


def filled(model: Any) -> Any:
    """The model with random numbers in all weights, biases too."""
    random = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(random.normal(0, 0.5, weight.shape))
    return model


def side_by_side(batch: int | None, **own: Any) -> Any:
    """All layers on one input."""
    x = keras.Input((STEPS, FEATURES), batch_size=batch, name="x")
    outputs = [make(name=name, **own)(x) for name, make in LAYERS.items()]
    return filled(keras.Model(x, outputs))


def stacked() -> Any:
    """Layers on layers, in both directions, states given and taken, a single feature."""
    layers = keras.layers
    x = keras.Input((STEPS, FEATURES), batch_size=1, name="x")
    start = keras.Input((4,), batch_size=1, name="start")
    narrow = keras.Input((STEPS, 1), batch_size=1, name="narrow")
    y = layers.GRU(5, return_sequences=True, name="stack_first")(x)
    y = layers.LSTM(4, return_sequences=True, go_backwards=True, name="stack_second")(y)
    deep = layers.SimpleRNN(3, name="stack_third")(y)
    ways = layers.Bidirectional(layers.GRU(4, **SEQUENCES), name="ways")(x)
    kept = layers.GRU(4, return_sequences=True, return_state=True, name="kept_gru")
    all_kept = layers.LSTM(4, return_state=True, name="kept_lstm")
    outputs = [deep, ways, *kept(x, initial_state=start), *all_kept(narrow)]
    return filled(keras.Model([x, start, narrow], outputs))


def converted(model: Any, path: Path, **options: Any) -> Path:
    """What the converter makes of a model, with builtin operators alone; `options` are its own."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter._experimental_lower_tensor_list_ops = True
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    for name, value in options.items():
        setattr(converter, name, value)
    path.write_bytes(converter.convert())
    return path


def written_out(name: str, path: Path) -> Path:
    """A step that is written by hand and repeated, as exporters of other frameworks do."""
    states = [tf.TensorSpec((2, 4), tf.float32) for _ in range(1 + ("lstm" in name))]
    traced = tf.function(BY_HAND[name]).get_concrete_function(
        tf.TensorSpec((2, STEPS, FEATURES), tf.float32), *states
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    path.write_bytes(converter.convert())
    return path


def weights(*shape: int, seed: int = 0) -> Any:
    random = np.random.default_rng((seed, *shape))
    return tf.constant(random.normal(0, 0.5, shape).astype(np.float32))


def lstm_on_both_together(x: Any, h: Any, c: Any) -> Any:
    """One matrix for input and state beside each other, the gates in an order of their own."""
    kernel, bias = weights(FEATURES + 4, 16), weights(16)
    for time in range(STEPS):
        o, i, g, f = tf.split(tf.concat([x[:, time], h], 1) @ kernel + bias, 4, 1)
        c = tf.sigmoid(i) * tf.tanh(g) + tf.sigmoid(f) * c
        h = tf.tanh(c) * tf.sigmoid(o)
    return h, c


def lstm_gate_by_gate(x: Any, h: Any, c: Any) -> Any:
    """A matrix for each gate, of the input and of the state."""
    gates = [
        (weights(FEATURES, 4, seed=n), weights(4, 4, seed=n), weights(4, seed=n)) for n in range(4)
    ]
    outputs = []
    for time in range(STEPS - 1, -1, -1):
        i, f, g, o = (x[:, time] @ own + h @ other + bias for own, other, bias in gates)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        h = tf.sigmoid(o) * tf.tanh(c)
        outputs.append(h)
    return tf.stack(outputs, 1)


def gru_as_torch(x: Any, h: Any) -> Any:
    """h' = (1 - z) n + z h, two biases a gate, the reset gate first."""
    ours, theirs = weights(FEATURES, 12), weights(4, 12)
    bias, other = weights(12, seed=0), weights(12, seed=1)
    for time in tf.unstack(x, axis=1):
        x_r, x_z, x_n = tf.split(time @ ours + bias, 3, 1)
        h_r, h_z, h_n = tf.split(h @ theirs + other, 3, 1)
        n = tf.tanh(x_n + tf.sigmoid(x_r + h_r) * h_n)
        z = tf.sigmoid(x_z + h_z)
        h = (1 - z) * n + z * h
    return h


BY_HAND = {
    "lstm on both together": lstm_on_both_together,
    "lstm gate by gate": lstm_gate_by_gate,
    "gru as torch": gru_as_torch,
}

"""Recurrent layers over `x` (steps, N, I)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rebuild.coreml.registry import mil
from rebuild.coreml.special import sigmoid

Array = np.ndarray

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "scaled_tanh": lambda x: 1.7159 * np.tanh(2 / 3 * x),
    "sigmoid": sigmoid,
    "sigmoid_hard": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "tanh": np.tanh,
}


@mil("rnn")
def rnn(
    x: Array,
    initial_h: Array,
    weight_ih: Array,
    weight_hh: Array,
    direction: str,
    output_sequence: bool,
    activation: str,
    bias: Array | None = None,
) -> tuple[Array, Array]:
    """h = activation(W x + R h + b): all steps (or the last one), and the last."""
    hidden, states = initial_h, []
    for step in x if direction == "forward" else x[::-1]:
        total = step @ weight_ih.T + hidden @ weight_hh.T
        hidden = ACTIVATIONS[activation](total if bias is None else total + bias)
        states.append(hidden)
    return sequence(states, direction, output_sequence), hidden


@mil("lstm")
def lstm(
    x: Array,
    initial_h: Array,
    initial_c: Array,
    weight_ih: Array,
    weight_hh: Array,
    direction: str,
    output_sequence: bool,
    weight_ih_back: Array | None = None,
    weight_hh_back: Array | None = None,
    bias: Array | None = None,
    bias_back: Array | None = None,
    peephole: Array | None = None,
    peephole_back: Array | None = None,
    **settings: Any,
) -> tuple[Array, Array, Array]:
    """Gates in the order input, forget, output, cell; forwards, backwards, or both side by side."""
    size = weight_hh.shape[1]
    one_way = direction if direction != "bidirectional" else "forward"
    forward = one_lstm(
        x,
        initial_h[:, :size],
        initial_c[:, :size],
        (weight_ih, weight_hh, bias, peephole),
        one_way,
        output_sequence,
        settings,
    )
    if direction != "bidirectional":
        return forward
    backward = one_lstm(
        x,
        initial_h[:, size:],
        initial_c[:, size:],
        (weight_ih_back, weight_hh_back, bias_back, peephole_back),
        "reverse",
        output_sequence,
        settings,
    )
    both = zip(forward, backward, strict=True)
    ys, hidden, cell = (np.concatenate(pair, -1) for pair in both)
    return ys, hidden, cell


def one_lstm(
    x: Array,
    hidden: Array,
    cell: Array,
    weights: tuple[Array | None, ...],
    direction: str,
    output_sequence: bool,
    settings: dict[str, Any],
) -> tuple[Array, Array, Array]:
    """An LSTM in one direction: its steps (or the last one), hidden and cell state at the end."""
    kernel, recurrent, bias, peephole = weights
    gate = ACTIVATIONS[settings.get("recurrent_activation") or "sigmoid"]
    squash = ACTIVATIONS[settings.get("cell_activation") or "tanh"]
    emit = ACTIVATIONS[settings.get("activation") or "tanh"]
    peeks = np.split(peephole, 3) if peephole is not None else [np.float32(0)] * 3
    clip = settings.get("clip")
    assert kernel is not None and recurrent is not None
    states = []
    for step in x if direction == "forward" else x[::-1]:
        total = step @ kernel.T + hidden @ recurrent.T
        total = total if bias is None else total + bias
        i, f, o, z = np.split(total, 4, -1)
        candidate = squash(z if clip is None else np.clip(z, -clip, clip))
        cell = gate(f + peeks[1] * cell) * cell + gate(i + peeks[0] * cell) * candidate
        hidden = gate(o + peeks[2] * cell) * emit(cell)
        states.append(hidden)
    return sequence(states, direction, output_sequence), hidden, cell


def sequence(states: list[Array], direction: str, whole: bool) -> Array:
    """The states of all steps, in the input's order, or the last one computed as a single step."""
    if not whole:
        return states[-1][None]
    return np.stack(states if direction == "forward" else states[::-1])

"""Recurrent layers of a script, traced so that Core ML gets one operation, or little of many steps.

Keras' own LSTM is one operation of MIL. Its GRU is not: in MIL's `gru` (its page in coremltools'
documentation) the reset gate meets no bias of the recurrent product, and in Keras' it meets one.
GRUs and all other cells go step by step: written out where the steps are few, else in a loop.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from rebuild.execute import import_keras

MOST_STEPS = 32
"""Steps that are written out: coremltools takes a tenth of a second for each, and a package grows
by 5 kB. A loop costs as much as four of them, but only the processor runs it, no other chip."""

Tensor = Any
Outcome = tuple[Tensor, Tensor, list[Tensor]]
"""The last output, all outputs [batch, time, units], and the states behind the last step."""


def arrange(layer: Any) -> None:
    """Let a recurrent layer of Keras run as Core ML has it."""
    layer.inner_loop = partial(whole if is_plain_lstm(layer) else stepwise, layer)
    if has_two_biases(layer):
        layer.cell.call = partial(gru_step, layer.cell)


def is_plain_lstm(layer: Any) -> bool:
    """Whether a layer is Keras' LSTM with the activations that TensorFlow's operator has."""
    keras = import_keras()
    return (
        isinstance(layer, keras.layers.LSTM)
        and layer.activation is keras.activations.tanh
        and layer.recurrent_activation is keras.activations.sigmoid
    )


def has_two_biases(layer: Any) -> bool:
    """Whether a layer is Keras' GRU with a bias of the input's product and one of the state's."""
    return isinstance(layer, import_keras().layers.GRU) and layer.use_bias and layer.reset_after


def gru_step(cell: Any, inputs: Tensor, states: Any, **_: Any) -> Any:
    """One step of that GRU, all parts of its sums taken one by one.

    Keras splits its biases. coremltools computes what is constant beforehand, also the product with
    a first state of zeros, and takes the parts of a constant that is split for one value.
    """
    import tensorflow as tf

    (h,) = import_keras().tree.flatten(states)
    ours, theirs = (tf.convert_to_tensor(cell.bias)[row] for row in (0, 1))
    gates = [slice(n * cell.units, (n + 1) * cell.units) for n in range(3)]
    own, other = tf.matmul(inputs, cell.kernel) + ours, tf.matmul(h, cell.recurrent_kernel) + theirs
    (x_z, x_r, x_n), (h_z, h_r, h_n) = ([side[:, gate] for gate in gates] for side in (own, other))
    z, r = cell.recurrent_activation(x_z + h_z), cell.recurrent_activation(x_r + h_r)
    new = z * h + (1 - z) * cell.activation(x_n + r * h_n)
    return new, [new]


def stepwise(
    layer: Any, sequences: Tensor, initial_state: Any, mask: Tensor = None, training: bool = False
) -> Outcome:
    """A cell for each step, or a loop over one."""
    steps = sequences.shape[1]
    if mask is None and (steps is None or steps > MOST_STEPS):
        return looped(layer, sequences, initial_state)
    layer.unroll = True
    found: Outcome = type(layer).inner_loop(layer, sequences, initial_state, mask, training)
    return found


def looped(layer: Any, sequences: Tensor, initial_state: Any) -> Outcome:
    """A loop that puts the output of each step into its place."""
    import tensorflow as tf

    x = by_time(layer, sequences)
    count = tf.shape(x)[0]
    size = (count, tf.shape(x)[1], layer.cell.output_size)
    start = [tf.constant(0), tf.zeros(size, x.dtype), *initial_state]

    def step(at: Tensor, outputs: Tensor, *states: Tensor) -> list[Tensor]:
        output, states = layer.cell(tf.gather(x, at), list(states))
        placed = tf.tensor_scatter_nd_update(outputs, [[at]], output[None])
        return [at + 1, placed, *import_keras().tree.flatten(states)]

    _, outputs, *states = tf.while_loop(lambda at, *_: at < count, step, start)
    return outputs[-1], tf.transpose(outputs, [1, 0, 2]), states


def whole(
    layer: Any, sequences: Tensor, initial_state: Any, mask: Tensor = None, training: bool = False
) -> Outcome:
    """All steps of an LSTM as TensorFlow's one operator for them, which coremltools knows."""
    if mask is not None:
        return stepwise(layer, sequences, initial_state, mask, training)
    import tensorflow as tf

    x, cell, nothing = by_time(layer, sequences), layer.cell, tf.zeros(layer.units)
    _, cells, *_, outputs = tf.raw_ops.BlockLSTMV2(
        seq_len_max=tf.shape(x, tf.int64)[0],
        x=x,
        cs_prev=initial_state[1],
        h_prev=initial_state[0],
        w=tf.concat([cell.kernel, cell.recurrent_kernel], 0),
        wci=nothing,
        wcf=nothing,
        wco=nothing,
        b=tf.zeros(4 * layer.units) if cell.bias is None else tf.convert_to_tensor(cell.bias),
    )
    last = outputs[-1]
    return last, tf.transpose(outputs, [1, 0, 2]), [last, cells[-1]]


def by_time(layer: Any, sequences: Tensor) -> Tensor:
    """Sequences [batch, time, inputs] as [time, batch, inputs], in the order of the steps."""
    import tensorflow as tf

    x = tf.transpose(sequences, [1, 0, 2])
    return tf.reverse(x, [0]) if layer.go_backwards else x

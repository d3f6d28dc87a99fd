"""The output channels of a weight: which axis counts them, and which of them do nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inspector.read.records import Operator
from inspector.weights.operands import operand_name

LISTED = 64
"""Channels that are named one by one; of more, only the number is kept."""

STORED_AXES: dict[tuple[str, str], str] = {
    ("CONV_2D", "kernel"): "OHWI",
    ("CONV_3D", "kernel"): "DHWIO",
    ("CONV_3D_TRANSPOSE", "kernel"): "DHWOI",
    ("DEPTHWISE_CONV_2D", "kernel"): "1HWO",
    ("FULLY_CONNECTED", "kernel"): "OI",
    ("TRANSPOSE_CONV", "kernel"): "OHWI",
    ("Convolution2DTransposeBias", "kernel"): "OHWI",
    ("SVDF", "weights_feature"): "OI",
    ("SVDF", "weights_time"): "OT",
}
"""The axes of the stored constant: O outputs of the layer, I inputs, D H W space, T time."""

OUTPUT_AXES: dict[tuple[str, str], int] = {
    **{operand: axes.index("O") for operand, axes in STORED_AXES.items()},
    ("EMBEDDING_LOOKUP", "embeddings"): 0,  # a row is what is put out
}
"""The axis of the stored constant along which the outputs of a layer are counted."""

RECURRENT = {"LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_LSTM"}
RECURRENT |= {"RNN", "UNIDIRECTIONAL_SEQUENCE_RNN", "BIDIRECTIONAL_SEQUENCE_RNN"}


@dataclass(frozen=True, slots=True)
class Channels:
    """Output channels along `axis` of the stored constant, and those that are dead.

    `zero` channels have no weight but 0, `constant` ones all weights alike and not 0 (told only
    where a channel has several). `dead` are the indices of both, the first 64.
    """

    axis: int
    count: int
    zero: int
    constant: int
    dead: tuple[int, ...]


def stored_axes(operator: Operator, operand: int, rank: int) -> str:
    """A letter for each axis of operand `operand` as it is stored; empty where none are known."""
    name = operand_name(operator, operand)
    axes = STORED_AXES.get((operator.name, name), "")
    if operator.name in RECURRENT and name.endswith("weights"):
        axes = "OI"
    return axes if len(axes) == rank else ""


def output_axis(operator: Operator, operand: int, rank: int) -> int | None:
    """The axis of operand `operand`, stored with `rank` axes, that counts outputs; None if none."""
    name = operand_name(operator, operand)
    axis = OUTPUT_AXES.get((operator.name, name))
    if operator.name in RECURRENT and name.endswith("weights") and rank == 2:
        axis = 0
    if operator.name == "BATCH_MATMUL" and name == "y" and rank >= 2:
        axis = rank - 2 if operator.options.get("adj_y") else rank - 1
    return axis if axis is not None and axis < rank else None


def channels_of(array: np.ndarray, axis: int) -> Channels:
    """The dead channels of an array along `axis`."""
    others = tuple(i for i in range(array.ndim) if i != axis)
    count = array.shape[axis]
    if not array.size:
        return Channels(axis, count, 0, 0, ())
    with np.errstate(invalid="ignore"):  # NaN is alike to nothing: such a channel is not dead
        low, high = array.min(axis=others), array.max(axis=others)
    zero = (low == 0) & (high == 0)
    constant = (low == high) & ~zero & (array.size > count)
    dead = np.flatnonzero(zero | constant)
    return Channels(
        axis, count, int(zero.sum()), int(constant.sum()), tuple(dead[:LISTED].tolist())
    )

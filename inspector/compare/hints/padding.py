"""Padding of the other kind, or at the other end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from ml_dtypes import iinfo

from inspector.compare.hints.kernel import is_plain
from inspector.compare.hints.remake import Parts
from inspector.compare.hints.suspect import Guess, Suspect
from inspector.compare.reference import Values
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Operator, Tensor

SAME, VALID = 0, 1
PADDING = frozenset({"PAD", "PADV2", "MIRROR_PAD"})


def swapped(suspect: Suspect) -> Iterator[Guess]:
    """VALID in the place of SAME, or the reverse."""
    for operator in suspect.operators:
        own = operator.options.get("padding")
        if own in ("SAME", "VALID"):
            other = "VALID" if own == "SAME" else "SAME"
            yield Guess(
                f"its padding looks {other}, not {own}",
                suspect.changed(partial(set_padding, operator, other)),
            )


def set_padding(operator: Operator, padding: str, parts: Parts) -> None:
    """Give an operator another padding."""
    parts.options(operator.index).padding = SAME if padding == "SAME" else VALID


def other_end(suspect: Suspect) -> Iterator[Guess]:
    """The odd pixel of SAME padding before the values, where TFLite has it after them.

    Average pooling is left out: it does not count what is padded, as it would here.
    """
    operator = suspect.operator
    if operator.options.get("padding") != "SAME" or operator.name == "AVERAGE_POOL_2D":
        return
    window = window_of(suspect, operator)
    if window is None or operator.inputs[0] not in suspect.inputs:
        return
    source = suspect.graph.tensors[operator.inputs[0]]
    after = [
        total(suspect, operator, axis, size) for axis, size in zip((1, 2), window, strict=True)
    ]
    if not any(pads % 2 for pads in after):
        return
    widths = [(0, 0), *((pads - pads // 2, pads // 2) for pads in after), (0, 0)]

    def feed(values: Values) -> Values:
        padded = np.pad(values[source.index], widths, constant_values=filler(operator, source))
        return {**values, source.index: padded}

    yield Guess(
        "its padding looks put at the other end: the odd pixel before the values, not after them",
        suspect.changed(partial(set_padding, operator, "VALID"), feed),
    )


def window_of(suspect: Suspect, operator: Operator) -> tuple[int, int] | None:
    """How far an operator's window reaches in height and width."""
    options = operator.options
    if "filter_height" in options:
        return options["filter_height"], options["filter_width"]
    if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return None
    _, height, width, _ = suspect.graph.tensors[operator.inputs[1]].shape
    dilation = options["dilation_h_factor"], options["dilation_w_factor"]
    return (height - 1) * dilation[0] + 1, (width - 1) * dilation[1] + 1


def total(suspect: Suspect, operator: Operator, axis: int, reach: int) -> int:
    """How much SAME pads along an axis, at both ends together (`kernels/padding.h`)."""
    before, after = (
        suspect.graph.tensors[i].shape[axis] for i in (operator.inputs[0], operator.outputs[0])
    )
    stride = operator.options["stride_h" if axis == 1 else "stride_w"]
    return int(max(0, (after - 1) * stride + reach - before))


def filler(operator: Operator, tensor: Tensor) -> float:
    """What padding is made of: zero, as the tensor stores it; for a maximum, the least there is."""
    if operator.name == "MAX_POOL_2D":
        dtype = numpy_dtype(tensor.dtype)
        return float(iinfo(dtype).min) if tensor.is_quantized else -np.inf
    zero = tensor.quantization.zero_point if tensor.quantization else ()
    return float(zero[0]) if zero else 0.0


def explicit_swapped(suspect: Suspect) -> Iterator[Guess]:
    """What a PAD puts before the values put after them, and the reverse."""
    for operator in suspect.operators:
        if operator.name not in PADDING:
            continue
        paddings = suspect.constant(operator, 1)
        if paddings is None or not is_plain(suspect, paddings):
            continue

        def change(parts: Parts, tensor: Tensor = paddings) -> None:
            width = len(parts.stored(tensor.index)) // tensor.elements
            rows = parts.stored(tensor.index).view(f"u{width}").reshape(-1, 2)
            parts.replace(tensor.index, rows[:, ::-1])

        yield Guess("its padding looks put at the other end", suspect.changed(change))

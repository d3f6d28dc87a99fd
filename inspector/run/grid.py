"""From real numbers to the integers of a quantised tensor."""

from __future__ import annotations

import numpy as np
from ml_dtypes import iinfo

from inspector.errors import UnsupportedError
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Tensor


def quantize(real: np.ndarray, tensor: Tensor) -> np.ndarray:
    """The integers of `tensor` nearest to `real`: round(real / scale) + zero point, clipped.

    Halves are rounded away from zero, as `TfLiteRound` does, and NaN becomes the zero point. The
    scale is one for the tensor, or one an index of its quantised dimension. Raises
    `UnsupportedError` for other quantisations.
    """
    scale, zero_point = steps(tensor, real.ndim)
    with np.errstate(all="ignore"):
        levels = np.nan_to_num(real.astype(np.float64) / scale)
        rounded = np.copysign(np.floor(np.abs(levels) + 0.5), levels) + zero_point
    limits = iinfo(numpy_dtype(tensor.dtype))
    found: np.ndarray = np.clip(rounded, float(limits.min), float(limits.max))
    return found.astype(numpy_dtype(tensor.dtype))


def steps(tensor: Tensor, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale and zero point of `tensor`, float64, in a shape that goes with arrays of this rank."""
    quantization = tensor.quantization
    if quantization is None or not quantization.scale:
        raise UnsupportedError(f"tensor {tensor.index} ({tensor.name!r}) has no scale of its own")
    scale = np.array(quantization.scale, np.float64)
    zero_point = np.array(quantization.zero_point or (0,), np.float64)
    places = [1] * rank
    if scale.size > 1:
        places[quantization.dimension] = scale.size
    return scale.reshape(places), zero_point.reshape(places if zero_point.size > 1 else [1] * rank)


def is_quantized(tensor: Tensor) -> bool:
    """Whether the tensor holds integers that stand for real numbers by a scale of its own."""
    integer = str(tensor.dtype).startswith(("int", "uint"))
    return integer and tensor.quantization is not None and bool(tensor.quantization.scale)

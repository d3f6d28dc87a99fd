"""From real numbers to the values of a tensor, quantised ones above all."""

from __future__ import annotations

import numpy as np
from ml_dtypes import iinfo

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.read.arrays import numpy_dtype
from inspector.read.records import Tensor


def stored(real: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Real numbers as the values of `tensor`: as they are, quantised, or rounded to integers.

    Raises `InputError` where integers without a scale do not hold them, and as `steps`.
    """
    dtype = numpy_dtype(tensor.dtype)
    if "float" in str(tensor.dtype):
        with np.errstate(over="ignore"):  # to infinity, as kernels do
            return real.astype(dtype)
    if tensor.is_quantized:
        return quantize(real, tensor)
    limits, whole = iinfo(dtype), np.copysign(np.floor(np.abs(real) + 0.5), real)
    if real.size and not limits.min <= whole.min() <= whole.max() <= limits.max:
        raise InputError(
            f"input {tensor.name!r} is {tensor.dtype} without a scale, and does not hold "
            f"{whole.min():g} to {whole.max():g}; choose another normalisation (--mean, --std), "
            "or give an array (.npy)"
        )
    held: np.ndarray = whole.astype(dtype)
    return held


def quantize(real: np.ndarray, tensor: Tensor) -> np.ndarray:
    """The integers of `tensor` nearest to `real`: round(real / scale) + zero point, clipped.

    Halves are rounded away from zero, as `TfLiteRound` does, and NaN becomes the zero point. The
    scale is one for the tensor, or one an index of its quantised dimension. Raises as `steps`.
    """
    scale, zero_point = steps(tensor, real.shape)
    with np.errstate(all="ignore"):
        levels = np.nan_to_num(real.astype(np.float64) / scale)
        rounded = np.copysign(np.floor(np.abs(levels) + 0.5), levels) + zero_point
    limits = iinfo(numpy_dtype(tensor.dtype))
    found: np.ndarray = np.clip(rounded, float(limits.min), float(limits.max))
    return found.astype(numpy_dtype(tensor.dtype))


def steps(tensor: Tensor, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Scale and zero point of `tensor`, float64, as they go with its values of this shape.

    Raises `UnsupportedError` where the scales are tensors of their own, and `ModelError` where
    their number does not fit the shape.
    """
    quantization = tensor.quantization
    if quantization is None or not quantization.scale:
        raise UnsupportedError(f"tensor {tensor.index} ({tensor.name!r}) has no scale of its own")
    scale = np.array(quantization.scale, np.float64)
    zero_point = np.array(quantization.zero_point or (0,), np.float64)
    if scale.size == 1 and zero_point.size == 1:
        return scale[0], zero_point[0]
    axis, places = quantization.axis(len(shape)), [1] * len(shape)
    fits = 0 <= axis < len(shape) and shape[axis] == scale.size
    if not fits or zero_point.size not in (1, scale.size):
        raise ModelError(
            f"tensor {tensor.index} ({tensor.name!r}): {scale.size} scales and {zero_point.size} "
            f"zero points along axis {axis} do not fit shape {list(shape)}"
        )
    places[axis] = scale.size
    return scale.reshape(places), np.resize(zero_point, scale.size).reshape(places)

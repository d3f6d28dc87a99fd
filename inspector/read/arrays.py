"""Stored bytes as NumPy views: the one place that says which NumPy type a tensor type is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from inspector.errors import ModelError
from inspector.read.schema import BITS, TensorType

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.read.records import Tensor

EXTENDED = {TensorType.BFLOAT16, TensorType.FLOAT8_E4M3FN, TensorType.FLOAT8_E5M2}
EXTENDED |= {TensorType.INT4, TensorType.UINT4, TensorType.INT2}


@cache
def numpy_dtype(dtype: TensorType) -> np.dtype[Any]:
    """The NumPy type of the values of a tensor type, `ml_dtypes`' for those that NumPy lacks.

    STRING becomes `object` (bytes); RESOURCE and VARIANT have none and raise `ModelError`.
    """
    if dtype is TensorType.STRING:
        return np.dtype(object)
    if dtype not in BITS:
        raise ModelError(f"tensors of type {dtype} have no values to look at")
    if dtype in EXTENDED:
        import ml_dtypes

        extended: np.dtype[Any] = np.dtype(getattr(ml_dtypes, str(dtype)))
        return extended
    return np.dtype(str(dtype))


def view(model: Model, tensor: Tensor) -> np.ndarray:
    """See `Model.data`."""
    data = model.tensor_bytes(tensor)
    if not len(data):
        raise ModelError(f"tensor {tensor.index}: it is no constant, the file holds no values")
    raw = np.frombuffer(data, np.uint8)
    if tensor.sparsity or BITS.get(tensor.dtype, 0) < 8:
        return raw
    dtype = numpy_dtype(tensor.dtype)
    if tensor.elements * dtype.itemsize != raw.size:
        raise ModelError(
            f"tensor {tensor.index}: it has {raw.size} stored bytes; "
            f"{tensor.dtype} {list(tensor.shape)} needs {tensor.elements * dtype.itemsize}"
        )
    return raw.view(dtype).reshape(tensor.shape)

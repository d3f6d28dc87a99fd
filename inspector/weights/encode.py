"""From values to the stored bytes of a constant, as many as it has: `decode.unfold` undone."""

from __future__ import annotations

import numpy as np

from inspector.errors import InputError, UnsupportedError
from inspector.read.records import Tensor
from inspector.read.schema import BITS, TensorType
from inspector.weights.packed import pack
from inspector.weights.sparse import leaves


def fold(tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """The stored bytes, uint8 of shape (n,), of values in the tensor's shape and NumPy type.

    Raises `InputError` where a sparse tensor stores nothing for a value that is not 0, and
    `UnsupportedError` for strings, whose lengths the file fixes.
    """
    if tensor.dtype is TensorType.STRING:
        raise UnsupportedError("strings have lengths of their own and are not put back")
    if tensor.sparsity is not None:
        values = stored_of_sparse(tensor, values)
    if BITS[tensor.dtype] < 8:
        return pack(values.reshape(-1).view(np.uint8), BITS[tensor.dtype])
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


def stored_of_sparse(tensor: Tensor, values: np.ndarray) -> np.ndarray:
    """The values at the places that a sparse tensor stores, in its order."""
    assert tensor.sparsity is not None
    places = leaves(tensor.sparsity, tensor.shape)
    flat = values.reshape(-1)
    outside = int(np.count_nonzero(flat)) - int(np.count_nonzero(flat[places]))
    if outside:
        raise InputError(
            f"{outside} values are not 0 where the file, which is sparse, stores none; keep those 0"
        )
    return np.asarray(flat[places])

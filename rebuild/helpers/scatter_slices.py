"""Blocks put into a tensor, by where they start (kernels/stablehlo_scatter.cc)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class ScatterSlices(layers.Layer):
    """x with a block of `updates` put at each of `starts`, but for what falls outside.

    The parts of a start lie along the last axis; `start_index_map` says for which axes
    of x they are. The axes `window` of the updates are a block's, which lacks the
    `inserted` axes of x. `reduction`: "add", "mul", "max", "min" or None, to replace.
    """

    def __init__(self, start_index_map, window, inserted=(), reduction=None, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.start_index_map = tuple(start_index_map)
        self.window = tuple(window)
        self.inserted = tuple(inserted)
        self.reduction = reduction

    def places(self, shape, starts, updates):
        """Where in the flattened x each update goes; one past its end if outside."""
        kept = [axis for axis in range(len(shape)) if axis not in self.inserted]
        starts = ops.cast(starts, "int64")
        place, inside = ops.zeros_like(updates, dtype="int64"), True
        for axis, length in enumerate(shape):
            along = np.zeros([1] * len(updates.shape), "int64")
            if axis in kept:
                dim = self.window[kept.index(axis)]
                steps = [-1] + [1] * (len(updates.shape) - dim - 1)
                along = np.reshape(np.arange(updates.shape[dim]), steps)
            if axis in self.start_index_map:
                start = starts[..., self.start_index_map.index(axis)]
                along = along + ops.expand_dims(start, self.window)
            inside = ops.logical_and(inside, (along >= 0) & (along < length))
            place = place * length + along
        return ops.where(inside, place, np.prod(shape))

    def call(self, x, starts, updates):
        shape, dtype = x.shape, keras.backend.standardize_dtype(x.dtype)
        if dtype == "bool":
            x, updates = ops.cast(x, "int32"), ops.cast(updates, "int32")
        flat = ops.pad(ops.reshape(x, [-1]), [[0, 1]])
        places = ops.reshape(self.places(shape, starts, updates), [-1, 1])
        updates = ops.reshape(updates, [-1])
        flat = ops.scatter_update(flat, places, updates, reduction=self.reduction)
        return ops.cast(ops.reshape(flat[:-1], shape), dtype)

    def get_config(self):
        own = {
            "start_index_map": self.start_index_map,
            "window": self.window,
            "inserted": self.inserted,
            "reduction": self.reduction,
        }
        return {**super().get_config(), **own}

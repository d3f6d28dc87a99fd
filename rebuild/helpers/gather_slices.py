"""Blocks of a tensor, by where they start (kernels/stablehlo_gather.cc)."""

import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="tfli")
class GatherSlices(layers.Layer):
    """For each of `starts` the block of x that begins there, moved so that it fits.

    The parts of a start lie along the last axis; `start_index_map` says for which axes
    of x they are. A block has `slice_sizes`; its `collapsed` axes go, and the others
    become the axes `offset_dims` of what comes out.
    """

    def __init__(
        self, slice_sizes, start_index_map, offset_dims, collapsed=(), **kwargs
    ):
        super().__init__(autocast=False, **kwargs)
        self.slice_sizes = tuple(slice_sizes)
        self.start_index_map = tuple(start_index_map)
        self.offset_dims = tuple(offset_dims)
        self.collapsed = tuple(collapsed)

    def call(self, x, starts):
        mapped = list(self.start_index_map)
        strides = np.cumprod([1, *x.shape[:0:-1]])[::-1]
        room = [x.shape[axis] - self.slice_sizes[axis] for axis in mapped]
        starts = ops.clip(ops.cast(starts, "int64"), 0, np.array(room, "int64"))
        places = ops.sum(starts * strides[mapped], axis=-1)
        for axis, size in enumerate(self.slice_sizes):
            if axis not in self.collapsed:
                steps = np.arange(size) * strides[axis]
                places = ops.expand_dims(places, -1) + steps
        found = ops.take(ops.reshape(x, [-1]), places)
        inner = range(-len(self.offset_dims), 0)
        return ops.moveaxis(found, tuple(inner), self.offset_dims)

    def get_config(self):
        own = {
            "slice_sizes": self.slice_sizes,
            "start_index_map": self.start_index_map,
            "offset_dims": self.offset_dims,
            "collapsed": self.collapsed,
        }
        return {**super().get_config(), **own}

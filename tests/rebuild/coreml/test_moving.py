"""Operations that move, gather, sort and make elements, against PyTorch, TensorFlow and NumPy."""

import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.nn import functional

from tests.rebuild.coreml.programs import evaluate, mb, samples, target

X = samples(2, 3, 4, 5)
TENSOR = torch.tensor(X)
IMAGE = samples(2, 8, 4, 6)
NHWC = IMAGE.transpose(0, 2, 3, 1)


def channels_first(value):
    return value.numpy().transpose(0, 3, 1, 2)


MOVED = {
    "reshape": (lambda x: mb.reshape(x=x, shape=[4, -1]), X.reshape(4, -1)),
    "reshape keeps": (lambda x: mb.reshape(x=x, shape=[0, 0, -1]), X.reshape(3, 4, 10)),
    "flatten2d": (lambda x: mb.flatten2d(x=x, axis=2), X.reshape(6, 20)),
    "shape": (lambda x: mb.shape(x=x), np.array([2, 3, 4, 5])),
    "transpose": (lambda x: mb.transpose(x=x, perm=[0, 2, -1, 1]), TENSOR.permute(0, 2, 3, 1)),
    "expand_dims": (
        lambda x: mb.expand_dims(x=mb.reduce_sum(x=x, axes=[0, 1], keep_dims=False), axes=[0, -1]),
        TENSOR.sum((0, 1))[None, ..., None],
    ),
    "squeeze": (lambda x: mb.squeeze(x=mb.expand_dims(x=x, axes=[1, 2]), axes=[1, 2]), X),
    "reverse": (lambda x: mb.reverse(x=x, axes=[1, -1]), TENSOR.flip(1, 3)),
    "reverse_sequence": (
        lambda x: mb.reverse_sequence(x=x, lengths=[3, 1], seq_axis=2, batch_axis=0),
        tf.reverse_sequence(X, [3, 1], 2, 0),
    ),
    "slice": (
        lambda x: mb.slice_by_index(
            x=x, begin=[0, 1, -1, 4], end=[2, 3, 0, 0], stride=[1, 1, -2, -1]
        ),
        X[0:2, 1:3, -1:0:-2, 4:0:-1],
    ),
    "slice with masks": (
        lambda x: mb.slice_by_index(
            x=x,
            begin=[1, 0, 1, 0],
            end=[0, 0, 3, 0],
            begin_mask=[False, True, False, False],
            end_mask=[False, True, False, True],
            squeeze_mask=[True, False, False, False],
        ),
        X[1, :, 1:3, :],
    ),
    "slice_by_size": (
        lambda x: mb.slice_by_size(x=x, begin=[0, 1, 0, 2], size=[2, 2, -1, 3]),
        tf.slice(X, [0, 1, 0, 2], [2, 2, -1, 3]),
    ),
    "concat": (lambda x: mb.concat(values=[x, x], axis=-2), torch.cat([TENSOR, TENSOR], -2)),
    "interleaved": (
        lambda x: mb.concat(values=[x, mb.mul(x=x, y=-1.0)], axis=1, interleave=True),
        np.stack([X, -X], 2).reshape(2, 6, 4, 5),
    ),
    "stack": (lambda x: mb.stack(values=[x, x], axis=-1), torch.stack([TENSOR, TENSOR], -1)),
    "tile": (lambda x: mb.tile(x=x, reps=[1, 2, 1, 3]), TENSOR.repeat(1, 2, 1, 3)),
    "pad": (
        lambda x: mb.pad(x=x, pad=[1, 2, 0, 3], mode="constant", constant_val=7.0),
        functional.pad(TENSOR, (0, 3, 1, 2), value=7),
    ),
    "pad by reflection": (
        lambda x: mb.pad(x=x, pad=[1, 2, 3, 1], mode="reflect"),
        functional.pad(TENSOR, (3, 1, 1, 2), mode="reflect"),
    ),
    "pad by the edge": (
        lambda x: mb.pad(x=x, pad=[1, 2, 3, 1], mode="replicate"),
        functional.pad(TENSOR, (3, 1, 1, 2), mode="replicate"),
    ),
    "sliding_windows": (
        lambda x: mb.sliding_windows(x=x, axis=3, size=3, stride=2),
        TENSOR.unfold(3, 3, 2),
    ),
    "band_part": (lambda x: mb.band_part(x=x, lower=1, upper=0), tf.linalg.band_part(X, 1, 0)),
    "cumsum": (
        lambda x: mb.cumsum(x=x, axis=2, exclusive=True, reverse=True),
        tf.cumsum(X, 2, exclusive=True, reverse=True),
    ),
    "argsort": (lambda x: mb.argsort(x=x, axis=1), torch.argsort(TENSOR, 1, descending=True)),
    "fill_like": (lambda x: mb.fill_like(ref_tensor=x, value=3.5), torch.full_like(TENSOR, 3.5)),
    "non_zero": (
        lambda x: mb.non_zero(x=mb.relu(x=x)),
        torch.nonzero(functional.relu(TENSOR)),
    ),
    "gather": (
        lambda x: mb.gather(x=x, indices=[[3, 0], [1, -1]], axis=2),
        TENSOR[:, :, torch.tensor([[3, 0], [1, 3]])],
    ),
    "gather by batch": (
        lambda x: mb.gather(x=x, indices=[[2, 0], [1, 1]], axis=1, batch_dims=1),
        tf.gather(X, [[2, 0], [1, 1]], axis=1, batch_dims=1),
    ),
    "gather_nd": (
        lambda x: mb.gather_nd(x=x, indices=[[1, 2], [0, 0], [1, 1]]),
        tf.gather_nd(X, [[1, 2], [0, 0], [1, 1]]),
    ),
    "gather_nd by batch": (
        lambda x: mb.gather_nd(x=x, indices=[[[2, 3]], [[0, 1]]], batch_dims=1),
        tf.gather_nd(X, [[[2, 3]], [[0, 1]]], batch_dims=1),
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_moving(name):
    ours, expected = MOVED[name]
    np.testing.assert_allclose(evaluate(ours, X), np.asarray(expected), rtol=1e-6, atol=1e-6)


BLOCKS = {
    "depth_to_space": (
        lambda x: mb.depth_to_space(x=x, block_size=2),
        tf.nn.depth_to_space(NHWC, 2),
    ),
    "space_to_depth": (
        lambda x: mb.space_to_depth(x=x, block_size=2),
        tf.nn.space_to_depth(NHWC, 2),
    ),
    "space_to_batch": (
        lambda x: mb.space_to_batch(x=x, block_shape=[2, 4], paddings=[[0, 2], [1, 1]]),
        tf.space_to_batch(NHWC, [2, 4], [[0, 2], [1, 1]]),
    ),
    "batch_to_space": (
        lambda x: mb.batch_to_space(x=x, block_shape=[1, 2], crops=[[0, 0], [1, 2]]),
        tf.batch_to_space(NHWC, [1, 2], [[0, 0], [1, 2]]),
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name):
    ours, expected = BLOCKS[name]
    np.testing.assert_array_equal(evaluate(ours, IMAGE), channels_first(expected))


def test_pixel_shuffles():
    found = evaluate(lambda x: mb.pixel_shuffle(x=x, upscale_factor=2), IMAGE)
    np.testing.assert_array_equal(found, functional.pixel_shuffle(torch.tensor(IMAGE), 2))
    found = evaluate(lambda x: mb.pixel_unshuffle(x=x, downscale_factor=np.uint32(2)), IMAGE)
    np.testing.assert_array_equal(found, functional.pixel_unshuffle(torch.tensor(IMAGE), 2))


def test_crop():
    found = evaluate(lambda x: mb.crop(x=x, crop_height=[1, 0], crop_width=[2, 1]), IMAGE)
    np.testing.assert_array_equal(found, IMAGE[:, :, 1:, 2:-1])


def test_split():
    parts = evaluate(lambda x: tuple(mb.split(x=x, split_sizes=[1, 2], axis=1)), X)
    for part, expected in zip(parts, torch.split(TENSOR, [1, 2], 1), strict=True):
        np.testing.assert_array_equal(part, expected)
    parts = evaluate(lambda x: tuple(mb.split(x=x, num_splits=2, axis=2)), X)
    for part, expected in zip(parts, torch.chunk(TENSOR, 2, 2), strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("ascending", [False, True])
def test_the_best(ascending):
    values, indices = evaluate(lambda x: mb.topk(x=x, k=3, axis=-1, ascending=ascending), X)
    expected = torch.topk(TENSOR, 3, largest=not ascending)
    np.testing.assert_array_equal(values, expected.values)
    np.testing.assert_array_equal(indices, expected.indices)


def test_equals_keep_their_order():
    x = np.array([[1, 3, 3, 2, 3]], np.float32)
    _, indices = evaluate(lambda a: mb.topk(x=a, k=4), x)
    np.testing.assert_array_equal(indices, tf.math.top_k(x, 4).indices)


SCATTERS = {"add": "sum", "max": "amax", "min": "amin", "mul": "prod"}


@pytest.mark.parametrize("mode", SCATTERS)
def test_scatter_along_an_axis(mode):
    data, updates = samples(4, 3), samples(4, 2, seed=1)
    indices = np.array([[0, 2], [1, 1], [2, 0], [2, 2]], np.int32)
    found = evaluate(
        lambda a, b: mb.scatter_along_axis(
            data=a, indices=indices, updates=b, axis=1, mode=mode, validate_indices=False
        ),
        data,
        updates,
    )
    where = torch.tensor(indices, dtype=torch.int64)
    expected = torch.tensor(data).scatter_reduce(1, where, torch.tensor(updates), SCATTERS[mode])
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_scatter_of_slices():
    data, updates = samples(5, 3), samples(2, 3, seed=1)
    found = evaluate(
        lambda a, b: mb.scatter(data=a, indices=[4, 1], updates=b, axis=0, mode="update"),
        data,
        updates,
    )
    expected = tf.tensor_scatter_nd_update(data, [[4], [1]], updates)
    np.testing.assert_array_equal(found, expected)
    found = evaluate(
        lambda a, b: mb.scatter_nd(data=a, indices=[[4], [1]], updates=b, mode="sub"), data, updates
    )
    expected = tf.tensor_scatter_nd_sub(data, [[4], [1]], updates)
    np.testing.assert_array_equal(found, expected)


def test_gather_along_an_axis():
    indices = np.array([[[[1, 2, 0, 0, 3]]]], np.int32).repeat(2, 0).repeat(3, 1)
    found = evaluate(lambda x: mb.gather_along_axis(x=x, indices=indices, axis=2), X)
    np.testing.assert_array_equal(found, torch.gather(TENSOR, 2, torch.tensor(indices).long()))


def test_numbers_made():
    x = np.array([3, 1], np.int32)
    found = evaluate(
        lambda a: mb.one_hot(indices=a, one_hot_vector_size=4, on_value=2.0, off_value=-1.0), x
    )
    np.testing.assert_array_equal(found, tf.one_hot(x, 4, 2.0, -1.0))
    np.testing.assert_array_equal(
        evaluate(lambda a: mb.fill(shape=a, value=2.5), x), tf.fill(x, 2.5)
    )
    found = evaluate(
        lambda a: mb.range_1d(start=mb.reduce_min(x=a, keep_dims=False), end=9.5, step=2.0),
        x.astype(np.float32),
    )
    np.testing.assert_array_equal(found, torch.arange(1, 9.5, 2))


def test_a_slice_is_updated():
    update = samples(2, 3, 2, 5, seed=1)
    found = evaluate(
        lambda x, u: mb.slice_update(
            x=x,
            update=u,
            begin=[0, 0, 1, 0],
            end=[0, 0, 4, 0],
            stride=[1, 1, 2, 1],
            begin_mask=[True, True, False, True],
            end_mask=[True, True, False, True],
        ),
        X,
        update,
        opset=target.iOS18,
    )
    expected = torch.tensor(X)
    expected[:, :, 1:4:2] = torch.tensor(update)
    np.testing.assert_array_equal(found, expected)


REDUCTIONS = {
    "reduce_l1_norm": lambda x: x.abs().sum((1, 3), True),
    "reduce_l2_norm": lambda x: torch.linalg.vector_norm(x, 2, (1, 3), True),
    "reduce_log_sum_exp": lambda x: torch.logsumexp(x, (1, 3), True),
    "reduce_max": lambda x: x.amax((1, 3), True),
    "reduce_mean": lambda x: x.mean((1, 3), True),
    "reduce_min": lambda x: x.amin((1, 3), True),
    "reduce_prod": lambda x: x.prod(3, True).prod(1, True),
    "reduce_sum": lambda x: x.sum((1, 3), True),
    "reduce_sum_square": lambda x: x.square().sum((1, 3), True),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name):
    found = evaluate(lambda x: getattr(mb, name)(x=x, axes=[1, -1], keep_dims=True), X)
    np.testing.assert_allclose(found, REDUCTIONS[name](TENSOR), rtol=1e-5, atol=1e-5)


def test_reductions_of_all_axes():
    found = evaluate(lambda x: mb.reduce_log_sum(x=mb.abs(x=x), keep_dims=False), X)
    np.testing.assert_allclose(found, TENSOR.abs().sum().log(), rtol=1e-5)
    index = evaluate(lambda x: mb.reduce_argmax(x=x, axis=2, keep_dims=False), X)
    np.testing.assert_array_equal(index, TENSOR.argmax(2))
    index = evaluate(lambda x: mb.reduce_argmin(x=x, axis=-1, keep_dims=True), X)
    np.testing.assert_array_equal(index, TENSOR.argmin(-1, True))


def test_matrix_products():
    x, y = samples(2, 3, 4), samples(5, 4, seed=1)
    found = evaluate(lambda a, b: mb.matmul(x=a, y=b, transpose_y=True), x, y)
    np.testing.assert_allclose(found, torch.tensor(x) @ torch.tensor(y).T, rtol=1e-5, atol=1e-5)
    bias = samples(5, seed=2)
    found = evaluate(lambda a: mb.linear(x=a, weight=y, bias=bias), x)
    expected = functional.linear(*map(torch.tensor, (x, y, bias)))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    left, right = samples(2, 3, 4, 5), samples(2, 5, 4, 6, seed=1)
    found = evaluate(lambda a, b: mb.einsum(values=(a, b), equation="nchw,nwhu->nchu"), left, right)
    expected = torch.einsum("nchw,nwhu->nchu", torch.tensor(left), torch.tensor(right))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("masked", [False, True])
def test_attention(masked):
    query, key, value = (
        samples(2, 3, 4, 8),
        samples(2, 3, 5, 8, seed=1),
        samples(2, 3, 5, 6, seed=2),
    )
    mask = samples(4, 5, seed=3) if masked else None
    found = evaluate(
        lambda q, k, v: mb.scaled_dot_product_attention(
            query=q, key=k, value=v, **({"attn_mask": mask} if masked else {})
        ),
        query,
        key,
        value,
        opset=target.iOS18,
    )
    tensors = map(torch.tensor, (query, key, value))
    expected = functional.scaled_dot_product_attention(
        *tensors, attn_mask=torch.tensor(mask) if masked else None
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)

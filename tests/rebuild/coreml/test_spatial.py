"""Convolutions, pooling, normalisation and resizing, against PyTorch and TensorFlow."""

from itertools import product

import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.nn import functional

from inspector.errors import UnsupportedError
from tests.rebuild.coreml.programs import evaluate, mb, samples, target

CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
TRANSPOSED = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def close(found, expected, scale=1.0):
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("groups", "stride", "dilation"), [(1, 1, 1), (2, 2, 1), (4, 1, 2)])
def test_convolution(rank, groups, stride, dilation):
    x, weight = samples(2, 4, *[9, 8, 7][:rank]), samples(8, 4 // groups, *[3, 2, 3][:rank], seed=1)
    bias = samples(8, seed=2)
    pads = [1, 2, 0][:rank]
    found = evaluate(
        lambda a: mb.conv(
            x=a,
            weight=weight,
            bias=bias,
            pad_type="custom",
            pad=[p for pad in pads for p in (pad, pad)],
            strides=[stride] * rank,
            dilations=[dilation] * rank,
            groups=groups,
        ),
        x,
    )
    tensors = (torch.tensor(each) for each in (x, weight, bias))
    close(found, CONVOLUTIONS[rank](*tensors, stride, pads, dilation, groups), 10)


@pytest.mark.parametrize(("size", "kernel", "stride"), product([7, 8], [1, 2, 3], [1, 2, 3]))
def test_same_padding_is_tensorflows(size, kernel, stride):
    x, weight = samples(1, 3, size, size + 1), samples(5, 3, kernel, kernel, seed=1)
    found = evaluate(
        lambda a: mb.conv(x=a, weight=weight, pad_type="same", strides=[stride, stride]), x
    )
    nhwc, hwio = x.transpose(0, 2, 3, 1), weight.transpose(2, 3, 1, 0)
    close(found, tf.nn.conv2d(nhwc, hwio, stride, "SAME").numpy().transpose(0, 3, 1, 2), 10)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("groups", "stride", "dilation"), [(1, 1, 1), (2, 2, 1), (1, 3, 2)])
def test_transposed_convolution(rank, groups, stride, dilation):
    x, weight = samples(2, 4, *[5, 4, 3][:rank]), samples(4, 3, *[3, 2, 3][:rank], seed=1)
    bias = samples(3 * groups, seed=2)
    found = evaluate(
        lambda a: mb.conv_transpose(
            x=a,
            weight=weight,
            bias=bias,
            pad_type="custom",
            pad=[1, 1] * rank,
            strides=[stride] * rank,
            dilations=[dilation] * rank,
            groups=groups,
        ),
        x,
    )
    tensors = (torch.tensor(each) for each in (x, weight, bias))
    close(found, TRANSPOSED[rank](*tensors, stride, 1, 0, groups, dilation), 10)


@pytest.mark.parametrize(
    ("kernel", "stride", "out"), [(3, 2, 9), (3, 2, 10), (2, 3, 14), (4, 2, 10)]
)
def test_transposed_convolution_to_a_size(kernel, stride, out):
    """The gradient of a convolution padded like TensorFlow's SAME, to either size it fits."""
    x, weight = samples(1, 4, -(-out // stride), 5), samples(4, 3, kernel, kernel, seed=1)
    found = evaluate(
        lambda a: mb.conv_transpose(
            x=a,
            weight=weight,
            pad_type="same",
            strides=[stride, stride],
            output_shape=[1, 3, out, 5 * stride],
        ),
        x,
    )
    expected = tf.nn.conv2d_transpose(
        x.transpose(0, 2, 3, 1),
        weight.transpose(2, 3, 1, 0),
        (1, out, 5 * stride, 3),
        stride,
        "SAME",
    )
    close(found, expected.numpy().transpose(0, 3, 1, 2), 10)


@pytest.mark.parametrize(("ceil", "counted"), product([False, True], [False, True]))
def test_pooling(ceil, counted):
    x = samples(2, 3, 9, 10)
    shape = {"kernel_sizes": [3, 4], "strides": [2, 3], "pad_type": "custom", "pad": [1, 1, 2, 2]}
    torch_shape = ((3, 4), (2, 3), (1, 2))
    largest = evaluate(lambda a: mb.max_pool(x=a, ceil_mode=ceil, **shape), x)
    close(largest, functional.max_pool2d(torch.tensor(x), *torch_shape, ceil_mode=ceil))
    mean = evaluate(
        lambda a: mb.avg_pool(
            x=a, ceil_mode=ceil, exclude_padding_from_average=not counted, **shape
        ),
        x,
    )
    close(mean, functional.avg_pool2d(torch.tensor(x), *torch_shape, ceil, counted))


@pytest.mark.parametrize(("size", "kernel", "stride"), [(7, 3, 2), (8, 2, 3), (9, 4, 1)])
def test_same_pooling_is_tensorflows(size, kernel, stride):
    x = samples(1, 3, size, size)
    nhwc = x.transpose(0, 2, 3, 1)
    shape = {"kernel_sizes": [kernel] * 2, "strides": [stride] * 2, "pad_type": "same"}
    found = evaluate(lambda a: mb.avg_pool(x=a, exclude_padding_from_average=True, **shape), x)
    expected = tf.nn.avg_pool2d(nhwc, kernel, stride, "SAME").numpy()
    close(found, expected.transpose(0, 3, 1, 2))
    found = evaluate(lambda a: mb.max_pool(x=a, **shape), x)
    close(found, tf.nn.max_pool2d(nhwc, kernel, stride, "SAME").numpy().transpose(0, 3, 1, 2))


def test_pooling_of_three_dimensions():
    x = samples(1, 2, 5, 6, 7)
    shape = {"kernel_sizes": [2, 3, 2], "strides": [1, 2, 2], "pad_type": "valid"}
    found = evaluate(lambda a: mb.max_pool(x=a, **shape), x)
    close(found, functional.max_pool3d(torch.tensor(x), (2, 3, 2), (1, 2, 2)))


def test_l2_pooling():
    x = samples(1, 2, 6, 6)
    found = evaluate(
        lambda a: mb.l2_pool(x=a, kernel_sizes=[2, 2], strides=[2, 2], pad_type="valid"), x
    )
    close(found, functional.lp_pool2d(torch.tensor(x), 2, 2))


CHANNEL = [samples(4, seed=3), samples(4, low=0.1, seed=4), samples(4, seed=5), samples(4, seed=6)]


def test_batch_normalization():
    x = samples(2, 4, 5, 6)
    mean, variance, gamma, beta = CHANNEL
    found = evaluate(
        lambda a: mb.batch_norm(
            x=a, mean=mean, variance=variance, gamma=gamma, beta=beta, epsilon=1e-3
        ),
        x,
    )
    tensors = map(torch.tensor, (x, *CHANNEL))
    close(found, functional.batch_norm(*tensors, False, 0, 1e-3), 10)


def test_instance_normalization():
    x = samples(2, 4, 5, 6)
    gamma, beta = CHANNEL[2:]
    found = evaluate(lambda a: mb.instance_norm(x=a, gamma=gamma, beta=beta, epsilon=1e-4), x)
    weights = torch.tensor(gamma), torch.tensor(beta)
    close(found, functional.instance_norm(torch.tensor(x), None, None, *weights, eps=1e-4), 10)


def test_layer_normalization():
    x, gamma, beta = samples(2, 3, 5, 6), samples(5, 6, seed=1), samples(5, 6, seed=2)
    found = evaluate(
        lambda a: mb.layer_norm(x=a, axes=[2, 3], gamma=gamma, beta=beta, epsilon=1e-4), x
    )
    weights = torch.tensor(gamma), torch.tensor(beta)
    close(found, functional.layer_norm(torch.tensor(x), (5, 6), *weights, 1e-4), 10)


def test_local_response_normalization():
    x = samples(2, 7, 5, 6)
    found = evaluate(lambda a: mb.local_response_norm(x=a, size=3, alpha=0.3, beta=0.6, k=1.5), x)
    close(found, functional.local_response_norm(torch.tensor(x), 3, 0.3, 0.6, 1.5))


def test_l2_normalization():
    x = samples(2, 3, 4, 5)
    found = evaluate(lambda a: mb.l2_norm(x=a, epsilon=1e-6), x)
    expected = tf.math.l2_normalize(x.reshape(2, -1), axis=-1).numpy().reshape(x.shape)
    close(found, expected)


RESIZES = {  # sampling mode: TensorFlow's align_corners and half_pixel_centers
    "DEFAULT": (False, False),
    "STRICT_ALIGN_CORNERS": (True, False),
    "UNALIGN_CORNERS": (False, True),
}


@pytest.mark.parametrize(("mode", "size"), product(RESIZES, [(8, 9), (3, 2), (7, 13)]))
def test_bilinear_resize_is_tensorflows(mode, size):
    x = samples(2, 3, 5, 6)
    corners, centers = RESIZES[mode]
    expected = tf.raw_ops.ResizeBilinear(
        images=x.transpose(0, 2, 3, 1), size=size, align_corners=corners, half_pixel_centers=centers
    ).numpy()
    height, width = size
    older = evaluate(
        lambda a: mb.resize_bilinear(
            x=a, target_size_height=height, target_size_width=width, sampling_mode=mode
        ),
        x,
    )
    newer = evaluate(
        lambda a: mb.resize(
            x=a, shape=[height, width], resized_dims=np.uint32(2), sampling_mode=mode
        ),
        x,
    )
    for found in (older, newer):
        close(found, expected.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("corners", [False, True])
def test_bilinear_upsampling(corners):
    x = samples(1, 2, 4, 5)
    found = evaluate(
        lambda a: mb.upsample_bilinear(
            x=a, scale_factor_height=2, scale_factor_width=3, align_corners=corners
        ),
        x,
    )
    expected = functional.interpolate(
        torch.tensor(x), (8, 15), mode="bilinear", align_corners=corners
    )
    close(found, expected)


def test_nearest_neighbours():
    x = samples(1, 2, 5, 7)
    expected = [
        tf.raw_ops.ResizeNearestNeighbor(
            images=x.transpose(0, 2, 3, 1), size=(10, 21), half_pixel_centers=centers
        )
        for centers in (False, True)
    ]
    upsampled = evaluate(
        lambda a: mb.upsample_nearest_neighbor(x=a, scale_factor_height=2, scale_factor_width=3), x
    )
    resized = evaluate(
        lambda a: mb.resize_nearest_neighbor(x=a, target_size_height=10, target_size_width=21), x
    )
    for found, value in zip((upsampled, resized), expected, strict=True):
        close(found, value.numpy().transpose(0, 3, 1, 2))


def test_undocumented_resizes_are_refused():
    with pytest.raises(UnsupportedError, match="OFFSET_CORNERS is not documented"):
        evaluate(
            lambda a: mb.resize(
                x=a,
                shape=[4, 4],
                resized_dims=np.uint32(2),
                interpolation_mode="NEAREST_NEIGHBOR",
                sampling_mode="OFFSET_CORNERS",
            ),
            samples(1, 1, 2, 2),
            opset=target.iOS17,
        )

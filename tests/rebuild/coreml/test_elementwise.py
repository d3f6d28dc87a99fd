"""Elementwise operations and activations, against PyTorch."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.rebuild.coreml.programs import evaluate, mb, samples

UNARY = {
    "abs": torch.abs,
    "acos": torch.acos,
    "asin": torch.asin,
    "atan": torch.atan,
    "atanh": torch.atanh,
    "ceil": torch.ceil,
    "cos": torch.cos,
    "cosh": torch.cosh,
    "erf": torch.erf,
    "exp": torch.exp,
    "exp2": torch.exp2,
    "floor": torch.floor,
    "relu": functional.relu,
    "relu6": functional.relu6,
    "round": torch.round,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "silu": functional.silu,
    "sin": torch.sin,
    "sinh": torch.sinh,
    "softplus": functional.softplus,
    "softsign": functional.softsign,
    "square": torch.square,
    "tan": torch.tan,
    "tanh": torch.tanh,
}
BOUNDED = {"acos", "asin", "atanh"}


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    limit = 0.95 if name in BOUNDED else 8
    x = samples(3, 4, 5, low=-limit, high=limit)
    found = evaluate(lambda a: getattr(mb, name)(x=a), x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, UNARY[name](torch.tensor(x)).numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["sqrt", "log", "rsqrt", "inverse"])
def test_of_positive_numbers(name):
    x = samples(3, 4, low=0.1, high=9)
    function = torch.reciprocal if name == "inverse" else getattr(torch, name)
    expected = function(torch.tensor(x)).numpy()
    # rsqrt, log and inverse add a tiny epsilon first, which is documented
    found = evaluate(lambda a: getattr(mb, name)(x=a), x)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


BINARY = {
    "add": torch.add,
    "equal": torch.eq,
    "floor_div": torch.floor_divide,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "less": torch.lt,
    "less_equal": torch.le,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mod": torch.remainder,
    "mul": torch.mul,
    "not_equal": torch.ne,
    "real_div": torch.div,
    "sub": torch.sub,
}


@pytest.mark.parametrize("name", BINARY)
def test_binary_broadcasts(name):
    x, y = (
        np.round(samples(2, 3, 4, low=-9, high=9)),
        np.round(samples(3, 1, low=1, high=5, seed=1)),
    )
    found = evaluate(lambda a, b: getattr(mb, name)(x=a, y=b), x, y)
    expected = BINARY[name](torch.tensor(x), torch.tensor(y)).numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["logical_and", "logical_or", "logical_xor"])
def test_logic(name):
    x, y = samples(20) > 0, samples(20, seed=1) > 0
    found = evaluate(
        lambda a, b: getattr(mb, name)(x=mb.cast(x=a, dtype="bool"), y=mb.cast(x=b, dtype="bool")),
        x.astype(np.float32),
        y.astype(np.float32),
    )
    expected = getattr(torch, name)(torch.tensor(x), torch.tensor(y)).numpy()
    np.testing.assert_array_equal(found, expected)


def test_power():
    x, y = samples(4, 5, low=0.1, high=3), samples(5, seed=1)
    found = evaluate(lambda a, b: mb.pow(x=a, y=b), x, y)
    np.testing.assert_allclose(found, torch.pow(torch.tensor(x), torch.tensor(y)), rtol=1e-5)


def test_casts_cut_towards_zero():
    x = np.array([-2.7, -0.2, 0, 0.9, 3.5], np.float32)
    found = evaluate(lambda a: mb.cast(x=a, dtype="int32"), x)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, torch.tensor(x).to(torch.int32).numpy())
    np.testing.assert_array_equal(evaluate(lambda a: mb.cast(x=a, dtype="bool"), x), x != 0)


ALPHA = np.array([0.1, 0.3, 0.7], np.float32)
ACTIVATIONS = {
    "leaky_relu": (
        lambda x: mb.leaky_relu(x=x, alpha=0.2),
        lambda x: functional.leaky_relu(x, 0.2),
    ),
    "elu": (lambda x: mb.elu(x=x, alpha=0.7), lambda x: functional.elu(x, 0.7)),
    "prelu": (
        lambda x: mb.prelu(x=x, alpha=ALPHA),
        lambda x: functional.prelu(x, torch.tensor(ALPHA)),
    ),
    "gelu": (lambda x: mb.gelu(x=x, mode="EXACT"), functional.gelu),
    "gelu by tanh": (
        lambda x: mb.gelu(x=x, mode="TANH_APPROXIMATION"),
        lambda x: functional.gelu(x, approximate="tanh"),
    ),
    "gelu by sigmoid": (
        lambda x: mb.gelu(x=x, mode="SIGMOID_APPROXIMATION"),
        lambda x: x * torch.sigmoid(1.702 * x),
    ),
    "clip": (lambda x: mb.clip(x=x, alpha=-0.5, beta=0.7), lambda x: torch.clamp(x, -0.5, 0.7)),
    "clamped_relu": (
        lambda x: mb.clamped_relu(x=x, alpha=0.2, beta=1.0),
        lambda x: torch.minimum(functional.leaky_relu(x, 0.2), torch.tensor(1.0)),
    ),
    "thresholded_relu": (
        lambda x: mb.thresholded_relu(x=x, alpha=0.6),
        lambda x: functional.threshold(x, 0.6, 0),
    ),
    "threshold": (lambda x: mb.threshold(x=x, alpha=0.6), lambda x: torch.clamp(x, min=0.6)),
    "sigmoid_hard": (
        lambda x: mb.sigmoid_hard(x=x, alpha=1 / 6, beta=0.5),
        functional.hardsigmoid,
    ),
    "scaled_tanh": (
        lambda x: mb.scaled_tanh(x=x, alpha=1.7, beta=0.6),
        lambda x: 1.7 * torch.tanh(0.6 * x),
    ),
    "linear_activation": (
        lambda x: mb.linear_activation(x=x, alpha=1.5, beta=-0.3),
        lambda x: 1.5 * x - 0.3,
    ),
    "softmax": (lambda x: mb.softmax(x=x, axis=1), lambda x: functional.softmax(x, 1)),
    "softplus_parametric": (
        lambda x: mb.softplus_parametric(x=x, alpha=ALPHA, beta=ALPHA + 1),
        lambda x: per_channel(x, lambda a, each: a * functional.softplus((a + 1) * each)),
    ),
}


def per_channel(x, function):
    """`function` of each number of ALPHA and its channel of `x` (N, C, ...)."""
    return torch.stack([function(a, x[:, i]) for i, a in enumerate(torch.tensor(ALPHA))], 1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    ours, theirs = ACTIVATIONS[name]
    x = samples(2, 3, 4, 5)
    expected = theirs(torch.tensor(x)).numpy()
    np.testing.assert_allclose(evaluate(ours, x), expected, rtol=1e-5, atol=1e-6)


def test_softmax_of_large_numbers():
    x = np.array([[1000, 1001, -1000]], np.float32)
    expected = functional.softmax(torch.tensor(x), -1).numpy()
    np.testing.assert_allclose(evaluate(lambda a: mb.softmax(x=a, axis=-1), x), expected, rtol=1e-6)


def test_select():
    x, y = samples(3, 4), samples(3, 1, seed=1)
    found = evaluate(lambda a, b: mb.select(cond=mb.greater(x=a, y=0.0), a=a, b=b), x, y)
    expected = torch.where(torch.tensor(x) > 0, torch.tensor(x), torch.tensor(y)).numpy()
    np.testing.assert_array_equal(found, expected)


def test_half_precision_rounds_once_an_operation():
    """A sum of float16 is the nearest float16 to the true sum, whatever comes before."""
    x, y = samples(1000).astype(np.float16), samples(1000, seed=1).astype(np.float16)
    found = evaluate(lambda a, b: mb.add(x=mb.mul(x=a, y=b), y=b), x, y)
    a, b = torch.tensor(x), torch.tensor(y)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, (a * b + b).numpy())

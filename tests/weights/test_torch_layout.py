"""Weights in the layout of PyTorch make real modules compute what LiteRT computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import OpResolverType

from inspector.weights.layouts import Layout
from tests.one_operator import draw, run, write
from tests.weights.captured import Captured, by_use, captured, networks
from tests.weights.layer_cases import CASES

torch = pytest.importorskip("torch")
nn = torch.nn
KERNELS = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


def channels_first(x: Any) -> Any:
    """[N, ..., C] to [N, C, ...]."""
    return x.movedim(-1, 1)


def channels_last(x: Any) -> Any:
    """[N, C, ...] to [N, ..., C]."""
    return x.movedim(1, -1)


def padded(x: Any, module: Any) -> Any:
    """x, channels first, with the zeros of SAME padding: the odd one at the end."""
    pads: list[int] = []
    windows = zip(x.shape[2:], module.kernel_size, module.stride, module.dilation, strict=True)
    for size, kernel, stride, dilation in windows:
        total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
        pads = [total // 2, total - total // 2, *pads]
    return nn.functional.pad(x, pads)


def same(module: Any) -> Callable[[Any], Any]:
    return lambda x: channels_last(module(padded(channels_first(x), module)))


def valid(module: Any) -> Callable[[Any], Any]:
    return lambda x: channels_last(module(channels_first(x)))


def cropped(module: Any, *sizes: int) -> Callable[[Any], Any]:
    """A transposed convolution without the places that SAME takes from the ends."""
    inside = tuple(slice(size) for size in sizes)
    return lambda x: channels_last(module(channels_first(x)))[(slice(None), *inside)]


def sequence(module: Any) -> Callable[[Any], Any]:
    return lambda x: module(x)[0]


def one_step(module: Any) -> Callable[..., Any]:
    """The module on a sequence of one step, from the states that are given, if any are."""

    def call(x: Any, *states: Any) -> Any:
        return module(x[:, None], tuple(state[None] for state in states) or None)[0][:, 0]

    return call


def plain(module: Any) -> Callable[[Any], Any]:
    return module


MODULES: dict[str, tuple[Callable[[], Any], Callable[[Any], Callable[..., Any]]]] = {
    "convolution": (lambda: nn.Conv2d(4, 8, (3, 2), (2, 1)), same),
    "dilated convolution": (lambda: nn.Conv2d(4, 3, 3, dilation=(2, 3)), valid),
    "grouped convolution": (lambda: nn.Conv2d(6, 9, (3, 2), (2, 1), groups=3), same),
    "depthwise convolution": (lambda: nn.Conv2d(4, 4, (3, 2), 2, groups=4), same),
    "depthwise convolution with a multiplier": (
        lambda: nn.Conv2d(4, 12, (3, 2), 2, groups=4),
        same,
    ),
    "dense": (lambda: nn.Linear(6, 4), plain),
    "dense without a bias": (lambda: nn.Linear(6, 4, bias=False), plain),
    "product with a matrix": (lambda: nn.Linear(5, 4, bias=False), plain),
    "product with a transposed matrix": (lambda: nn.Linear(5, 4, bias=False), plain),
    "product with a batch of one matrix": (lambda: nn.Linear(5, 4, bias=False), plain),
    "transposed convolution": (
        lambda: nn.ConvTranspose2d(3, 5, (3, 2), 2),
        lambda module: cropped(module, 8, 10),
    ),
    "convolution in 3D": (lambda: nn.Conv3d(2, 4, (3, 2, 1), (1, 2, 1)), same),
    "transposed convolution in 3D": (
        lambda: nn.ConvTranspose3d(2, 6, (2, 3, 2), 2, bias=False),
        lambda module: cropped(module, 6, 8, 10),
    ),
    "PReLU of a channel": (lambda: nn.PReLU(3), valid),
    "PReLU of a channel, without the axes of 1": (lambda: nn.PReLU(3), valid),
    "embedding": (lambda: nn.Embedding(9, 4), plain),
    "embedding by GATHER": (lambda: nn.Embedding(9, 4), plain),
    "RNN of a step": (lambda: nn.RNN(3, 4, batch_first=True), one_step),
    "RNN": (lambda: nn.RNN(3, 4, batch_first=True), sequence),
    "bidirectional RNN": (lambda: nn.RNN(3, 4, batch_first=True, bidirectional=True), sequence),
    "LSTM": (lambda: nn.LSTM(3, 4, batch_first=True), sequence),
    "LSTM of a step": (lambda: nn.LSTM(3, 4, batch_first=True), one_step),
    "basic LSTM": (lambda: nn.LSTM(3, 4, batch_first=True), one_step),
    "bidirectional LSTM": (lambda: nn.LSTM(3, 4, batch_first=True, bidirectional=True), sequence),
    "LSTM with a projection": (lambda: nn.LSTM(3, 4, batch_first=True, proj_size=2), sequence),
}
"""For each case the module of an engineer who writes the same layer, and how it is called."""


def test_every_case_has_a_module() -> None:
    assert CASES.keys() - MODULES.keys() == {"PReLU of each place"}  # which PyTorch lacks


def state_dict(found: Mapping[str, np.ndarray], layer: str) -> dict[str, Any]:
    """The variables of one layer as tensors, by their names within it."""
    return {
        key.partition(".")[2]: torch.from_numpy(np.array(array))
        for key, array in found.items()
        if key.startswith(f"{layer}.") and array.dtype.kind == "f"
    }


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_a_module_loads_the_weights_by_name(name: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    inputs = draw(CASES[name], 0)
    expected = run(path, inputs, KERNELS)[0]
    make, called = MODULES[name]
    module, found = make(), by_use(path, Layout.TORCH)
    module.load_state_dict(state_dict(found, next(iter(found)).partition(".")[0]))
    with torch.no_grad():
        output = called(module)(*map(torch.from_numpy, inputs)).numpy()
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)  # sums in another order


@pytest.mark.parametrize("path", networks())
@pytest.mark.filterwarnings("ignore:.*experimental_preserve_all_tensors")
def test_the_operators_of_whole_networks_as_modules(path: Path) -> None:
    found = by_use(path, Layout.TORCH)
    for each in captured(path):
        variables = state_dict(found, each.name)
        if variables.keys() & {"weight", "weight_ih_l0"}:
            module, call, x = real_module(each, variables)
            module.load_state_dict(variables)
            with torch.no_grad():
                output = call(torch.from_numpy(np.array(x))).numpy()
            each.check(output.reshape(each.expected.shape))


def real_module(
    each: Captured, variables: dict[str, Any]
) -> tuple[Any, Callable[[Any], Any], np.ndarray]:
    """The module of an operator without its activation, how it is called, and with what."""
    o, x, bias = each.options, each.x, "bias" in variables
    if each.kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        rows, inputs = variables["weight_ih_l0"].shape
        module = nn.LSTM(inputs, rows // 4, batch_first=not o["time_major"])
        return module, sequence(module), x
    outputs, inputs, *size = variables["weight"].shape if each.kind != "PRELU" else (1, 1)
    if each.kind == "PRELU":
        module = nn.PReLU(variables["weight"].numel())
        return module, valid(module), x
    if each.kind in ("FULLY_CONNECTED", "BATCH_MATMUL"):
        module = nn.Linear(inputs, outputs, bias)
        return module, module, x if each.kind == "BATCH_MATMUL" else x.reshape(-1, inputs)
    strides = o.get("stride_h", 2), o.get("stride_w", 2)  # MediaPipe's has no options of this name
    if "TRANSPOSE" in each.kind.upper():
        module = nn.ConvTranspose2d(outputs, inputs, size, strides, bias=bias)
        return module, transposed(module, each), x
    dilation = o["dilation_h_factor"], o["dilation_w_factor"]
    groups = x.shape[3] // inputs
    module = nn.Conv2d(x.shape[3], outputs, size, strides, 0, dilation, groups, bias)
    return module, (same if o["padding"] == "SAME" else valid)(module), x


def transposed(module: Any, each: Captured) -> Callable[[Any], Any]:
    """A transposed convolution, its output cut to the operator's: the odd place off the end."""
    ends = each.expected.shape[1:3]
    whole = [
        (size - 1) * stride + kernel
        for size, stride, kernel in zip(
            each.x.shape[1:3], module.stride, module.kernel_size, strict=True
        )
    ]
    starts = [max(all_ - end, 0) // 2 for all_, end in zip(whole, ends, strict=True)]
    inside = tuple(slice(s, s + end) for s, end in zip(starts, ends, strict=True))
    return lambda x: channels_last(module(channels_first(x)))[(slice(None), *inside)]

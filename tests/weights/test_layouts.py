"""Weights in the layout of Keras make real Keras layers compute what LiteRT computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import OpResolverType

import inspector
from inspector.errors import ModelError, UnsupportedError
from inspector.graph import graph_of
from inspector.weights.export import arrays
from inspector.weights.gather import gather
from inspector.weights.layouts import Layout, rule
from inspector.weights.rules import Rule, whole
from inspector.weights.slots import Finder, Skipped
from tests.one_operator import Case, Input, draw, run, write
from tests.weights.captured import Captured, by_use, captured, networks
from tests.weights.layer_cases import CASES
from tests.written import code, model, operator, packed, subgraph, tensor
from tests.written import write as write_model

keras = pytest.importorskip("keras")
layers = keras.layers
rng = np.random.default_rng(3)
KERNELS = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.tflite"))


def normal(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype("float32")


def one_step(layer: Any) -> Callable[..., Any]:
    """The layer on a sequence of one step, from the states that are given, if any are."""

    def call(x: np.ndarray, *states: np.ndarray) -> Any:
        return layer(x[:, None], initial_state=list(states) or None)

    return call


LAYERS: dict[str, Callable[[], Any]] = {
    "convolution": lambda: layers.Conv2D(8, (3, 2), (2, 1), "same"),
    "dilated convolution": lambda: layers.Conv2D(3, 3, dilation_rate=(2, 3)),
    "grouped convolution": lambda: layers.Conv2D(9, (3, 2), (2, 1), "same", groups=3),
    "depthwise convolution": lambda: layers.DepthwiseConv2D((3, 2), 2, "same"),
    "depthwise convolution with a multiplier": lambda: layers.DepthwiseConv2D(
        (3, 2), 2, "same", depth_multiplier=3
    ),
    "dense": lambda: layers.Dense(4),
    "dense without a bias": lambda: layers.Dense(4, use_bias=False),
    "product with a matrix": lambda: layers.Dense(4, use_bias=False),
    "product with a transposed matrix": lambda: layers.Dense(4, use_bias=False),
    "product with a batch of one matrix": lambda: layers.Dense(4, use_bias=False),
    "transposed convolution": lambda: layers.Conv2DTranspose(5, (3, 2), 2, "same"),
    "convolution in 3D": lambda: layers.Conv3D(4, (3, 2, 1), (1, 2, 1), "same"),
    "transposed convolution in 3D": lambda: layers.Conv3DTranspose(
        6, (2, 3, 2), 2, "same", use_bias=False
    ),
    "PReLU of a channel": lambda: layers.PReLU(shared_axes=[1, 2]),
    "PReLU of a channel, without the axes of 1": lambda: layers.PReLU(shared_axes=[1, 2]),
    "PReLU of each place": lambda: layers.PReLU(),
    "embedding": lambda: layers.Embedding(9, 4),
    "embedding by GATHER": lambda: layers.Embedding(9, 4),
    "RNN of a step": lambda: layers.SimpleRNN(4),
    "RNN": lambda: layers.SimpleRNN(4, return_sequences=True),
    "bidirectional RNN": lambda: layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True)),
    "LSTM": lambda: layers.LSTM(4, return_sequences=True),
    "LSTM of a step": lambda: layers.LSTM(4),
    "basic LSTM": lambda: layers.LSTM(4),
    "bidirectional LSTM": lambda: layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
}


def weights(path: Path, layout: Layout = Layout.KERAS) -> dict[str, np.ndarray]:
    with inspector.open(path) as opened:
        found = list(arrays(opened, layout))
    return {each[0].key: each[1] for each in found if not isinstance(each, Skipped)}


def test_every_case_has_a_layer() -> None:
    assert CASES.keys() - LAYERS.keys() == {"LSTM with a projection"}  # which Keras lacks


@pytest.mark.parametrize("name", LAYERS)
def test_a_keras_layer_takes_the_weights_by_name(name: str, tmp_path: Path) -> None:
    path = write(CASES[name], tmp_path / "m.tflite")
    inputs = draw(CASES[name], 0)
    expected = run(path, inputs, KERNELS)[0]
    found = {key.partition("/")[2]: array for key, array in weights(path).items()}
    layer = LAYERS[name]()
    call = layer if "step" not in name and name != "basic LSTM" else one_step(layer)
    call(*inputs)  # which makes its variables
    layer.set_weights([found[variable_name(variable)] for variable in layer.weights])
    np.testing.assert_allclose(np.asarray(call(*inputs)), expected, rtol=1e-4, atol=1e-5)


def variable_name(variable: Any) -> str:
    """A variable's name in its layer; of a bidirectional one, with the direction."""
    way = next((word for word in ("forward", "backward") if f"/{word}_" in variable.path), "")
    return f"{way}_{variable.name}" if way else str(variable.name)


@pytest.mark.parametrize("path", [*FIXTURES, *networks()])
@pytest.mark.filterwarnings("ignore:.*experimental_preserve_all_tensors")
def test_the_operators_of_whole_networks_as_keras_layers(path: Path) -> None:
    found = by_use(path, Layout.KERAS)
    for each in captured(path):
        variables = {
            key.partition("/")[2]: array
            for key, array in found.items()
            if key.startswith(f"{each.name}/")
        }
        if variables.keys() & {"kernel", "alpha"}:
            layer, x = real_layer(each, variables)
            layer.build(x.shape)
            layer.set_weights([variables[variable.name] for variable in layer.weights])
            each.check(np.asarray(layer(x)).reshape(each.expected.shape))


def real_layer(each: Captured, variables: dict[str, np.ndarray]) -> tuple[Any, np.ndarray]:
    """The layer of an operator without its activation, and its input as the layer takes it."""
    o, x, bias = each.options, each.x, "bias" in variables
    if each.kind == "PRELU":
        shared = [axis + 1 for axis, size in enumerate(variables["alpha"].shape) if size == 1]
        return layers.PReLU(shared_axes=[axis for axis in shared if x.shape[axis] > 1]), x
    kernel = variables["kernel"]
    if each.kind == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        sequences = np.swapaxes(x, 0, 1) if o["time_major"] else x
        return layers.LSTM(kernel.shape[1] // 4, return_sequences=True), sequences
    if each.kind == "FULLY_CONNECTED":
        return layers.Dense(kernel.shape[1], use_bias=bias), x.reshape(-1, kernel.shape[0])
    if each.kind == "BATCH_MATMUL":
        return layers.Dense(kernel.shape[1], use_bias=bias), x
    padding, strides = (
        o.get("padding", "SAME").lower(),
        (o.get("stride_h", 2), o.get("stride_w", 2)),
    )
    if "TRANSPOSE" in each.kind.upper():
        filters = kernel.shape[2]
        return layers.Conv2DTranspose(filters, kernel.shape[:2], strides, padding, use_bias=bias), x
    more = {"dilation_rate": (o["dilation_h_factor"], o["dilation_w_factor"]), "use_bias": bias}
    if each.kind == "DEPTHWISE_CONV_2D":
        *size, _, multiplier = kernel.shape
        return layers.DepthwiseConv2D(size, strides, padding, multiplier, **more), x
    more["groups"] = x.shape[3] // kernel.shape[2]
    return layers.Conv2D(kernel.shape[3], kernel.shape[:2], strides, padding, **more), x


def rule_of(case: Case, folder: Path, operand: int, layout: Layout = Layout.KERAS) -> Rule:
    write(case, folder / "m.tflite")
    with inspector.open(folder / "m.tflite") as opened:
        return rule(opened, opened.subgraphs[0].operators[0], operand, layout)


def test_the_layout_of_tflite_leaves_everything_as_it_is(tmp_path: Path) -> None:
    case = CASES["convolution"]
    assert rule_of(case, tmp_path, 1, Layout.TFLITE) == whole("kernel", 1)
    assert rule_of(case, tmp_path, 2, Layout.TFLITE) == whole("bias", 2)


def test_operands_that_are_alike_are_values_of_layers_of_their_own(tmp_path: Path) -> None:
    case = Case("CONCATENATION", [normal(2), Input((2,)), normal(2), normal(2)], {"axis": 0})
    assert list(weights(write(case, tmp_path / "m.tflite"))) == [
        "concatenate_constant/value",
        "concatenate_constant_1/value",
        "concatenate_constant_2/value",
    ]


def test_numbered_layers_keep_clear_of_the_operators_own(tmp_path: Path) -> None:
    case = Case("CONCATENATION", [normal(2), Input((2,)), normal(2)], {"axis": 0})
    with inspector.open(write(case, tmp_path / "m.tflite")) as opened:
        graph = opened.subgraphs[0]
        finder = Finder(graph, Layout.KERAS, graph_of(graph))
        finder.names = ("concat",)
        finder.taken = frozenset(("concat", "concat_constant_1", "concat_constant_1_value"))
        _, second = (slot for slot in finder.slots() if not isinstance(slot, Skipped))
    assert second.key == "concat_constant_1_value_value/value"


def test_operands_are_called_as_their_kernels_call_them(tmp_path: Path) -> None:
    case = Case("PADV2", [Input((2, 2)), np.zeros((2, 2), "int32"), normal()])
    assert list(weights(write(case, tmp_path / "m.tflite"))) == [
        "padv2/paddings",
        "padv2/constant_values",
    ]


def test_an_array_of_another_shape_than_its_operand_is_refused() -> None:
    with pytest.raises(ModelError, match="kernel"):
        gather(whole("kernel", 1, (1, 0)), lambda _: np.zeros((2, 3, 4)))
    with pytest.raises(ModelError, match="kernel"):
        gather(whole("kernel", 1, (), (2, 2)), lambda _: np.zeros((2, 3)))


def test_weights_in_shuffled_blocks_are_not_exported_as_if_they_were_in_order(
    tmp_path: Path,
) -> None:
    shuffled = schema.FullyConnectedOptionsWeightsFormat.SHUFFLED4x16INT8
    case = Case("FULLY_CONNECTED", [Input((1, 16)), normal(4, 16), normal(4)])
    path = tmp_path / "m.tflite"
    write(case, path)
    data = schema.ModelT.InitFromPackedBuf(path.read_bytes())
    data.subgraphs[0].operators[0].builtinOptions.weightsFormat = shuffled
    path.write_bytes(packed(data))
    with inspector.open(path) as opened, pytest.raises(UnsupportedError, match="SHUFFLED4x16INT8"):
        rule(opened, opened.subgraphs[0].operators[0], 1, Layout.KERAS)


@pytest.mark.parametrize(
    ("kind", "shape", "image"),
    [
        ("CONV_2D", (3, 3), (1, 4, 4, 2)),
        ("DEPTHWISE_CONV_2D", (2, 3, 3, 4), (1, 4, 4, 4)),
        ("DEPTHWISE_CONV_2D", (1, 3, 3, 5), (1, 4, 4, 4)),
        ("FULLY_CONNECTED", (3,), (1, 3)),
        ("TRANSPOSE_CONV", (3, 3, 1), (1, 4, 4, 1)),
    ],
)
def test_kernels_of_an_impossible_shape_are_refused(
    kind: str, shape: tuple[int, ...], image: tuple[int, ...], tmp_path: Path
) -> None:
    tensors = [tensor("x", image), tensor("w", shape), tensor("y")]
    graph = subgraph(tensors, [operator([0, 1], [2])])
    codes = [code(getattr(schema.BuiltinOperator, kind))]
    path = write_model(tmp_path / "m.tflite", model([graph], operatorCodes=codes))
    with inspector.open(path) as opened, pytest.raises(ModelError, match=f"{kind}.*kernel"):
        rule(opened, opened.subgraphs[0].operators[0], 1, Layout.KERAS)

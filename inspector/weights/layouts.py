"""The one place that knows how an operator's operand becomes a framework's weight.

Axes: O output channels, I input channels, D depth, H height, W width, C channels of the input,
M depth multiplier. Another framework is another table in `LAYOUTS`.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from inspector.errors import ModelError, UnsupportedError
from inspector.graph import Graph, graph_of
from inspector.read.model import Model, Subgraph
from inspector.read.records import Operator, Tensor
from inspector.weights.operands import DATA, VALUE, operand_name
from inspector.weights.trace import way_back

if TYPE_CHECKING:
    import numpy as np


class Layout(str, enum.Enum):
    """Whose axis orders and shapes the weights have."""

    KERAS = "keras"
    TFLITE = "tflite"


@dataclass(frozen=True, slots=True)
class Rule:
    """From a constant as it is stored to a weight of a layer.

    First the axes are permuted (`numpy.transpose`; () leaves them), then the array takes `shape`
    (() leaves it). `variable` is the name of the layer's variable.
    """

    variable: str
    permutation: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()


def rule(model: Model, operator: Operator, operand: int, layout: Layout) -> Rule:
    """How operand `operand` of an operator becomes a weight in `layout`.

    Raises `ModelError` where the operand's shape is none that the operator can have, and
    `UnsupportedError` for weights that are stored in an order of their own.
    """
    tensors = model.subgraphs[operator.subgraph].tensors
    tensor = tensors[operator.inputs[operand]]
    if operator.name == "FULLY_CONNECTED" and operand == 1:
        check_not_shuffled(operator)
    variable = operand_name(operator, operand)
    shaped = LAYOUTS[layout].get((operator.name, variable))
    if shaped is None:
        return Rule(variable)
    try:
        return shaped(Weight(variable, tensor.shape, operator, tensors))
    except ModelError as error:
        raise ModelError(f"{operator}: its {variable}, tensor {tensor.index}, {error}") from None


def apply(rule: Rule, array: np.ndarray) -> np.ndarray:
    """The weight that `rule` makes of a stored constant; a view where NumPy can give one.

    Raises `ModelError` where the constant has another shape than the operand that it was made for.
    """
    if rule.permutation and array.ndim != len(rule.permutation):
        raise ModelError(
            f"its {rule.variable} has shape {list(array.shape)}, not {len(rule.permutation)} axes"
        )
    if rule.shape and array.size != math.prod(rule.shape):
        raise ModelError(
            f"its {rule.variable} has shape {list(array.shape)}, not {list(rule.shape)}"
        )
    permuted = array.transpose(rule.permutation) if rule.permutation else array
    return permuted.reshape(rule.shape) if rule.shape else permuted


def weight_address(
    subgraph: Subgraph,
    names: Sequence[str],
    operator: Operator,
    operand: int,
    layout: Layout = Layout.KERAS,
    graph: Graph | None = None,
) -> tuple[str, Rule]:
    """The layer whose weight an operand is, and how it becomes it; `names` are `layer_names`.

    The layer is the operator's own, except for a constant that stands where others have computed
    values (`DATA`): that is a layer `<name>_constant`, those after the first with a number. Its
    name is none that Keras gives by itself. Whoever asks for many operands gives the subgraph's
    `graph`. Raises as `rule` does.
    """
    layer, found = names[operator.index], rule(subgraph.model, operator, operand, layout)
    if found.variable not in DATA:
        return layer, found
    number = constants_before(subgraph, operator, operand, graph)
    return free(f"{layer}_constant" + (f"_{number}" if number else ""), names), found


def constants_before(
    subgraph: Subgraph, operator: Operator, operand: int, graph: Graph | None
) -> int:
    """How many of the operands before this one are constants."""
    indices = [index for index in operator.inputs[:operand] if index >= 0]
    if not indices:
        return 0
    graph = graph or graph_of(subgraph)
    sources = [subgraph.tensors[way_back(subgraph, index, graph)[-1]] for index in indices]
    return sum(map(subgraph.model.is_constant, sources))


def free(name: str, names: Sequence[str]) -> str:
    """The name, longer where an operator's layer is called so."""
    while name in names:
        name += f"_{VALUE}"
    return name


def key(layer: str, rule: Rule) -> str:
    """The name of a weight in a file: `layer/variable`."""
    return f"{layer}/{rule.variable}"


def check_not_shuffled(operator: Operator) -> None:
    """Raise `UnsupportedError` for weights in blocks of 4x16, an order for one processor."""
    if (found := operator.options.get("weights_format", "DEFAULT")) != "DEFAULT":
        raise UnsupportedError(f"{operator}: its weights are stored in the order {found}")


class Weight(NamedTuple):
    """What a rule may depend on: the operand's stored shape, and the operator with its tensors."""

    variable: str
    shape: tuple[int, ...]
    operator: Operator
    tensors: Sequence[Tensor]


def permuted(*axes: int) -> Callable[[Weight], Rule]:
    """The rule of a kernel whose axes are only in another order."""

    def shaped(weight: Weight) -> Rule:
        if len(weight.shape) != len(axes):
            raise ModelError(f"has shape {list(weight.shape)}; it should have {len(axes)} axes")
        return Rule(weight.variable, () if axes == tuple(range(len(axes))) else axes)

    return shaped


def depthwise(weight: Weight) -> Rule:
    """[1, H, W, C*M] to [H, W, C, M]: output channel c*M + m is multiplier m of input channel c.

    The kernel takes C from its input (`depthwise_conv.cc`); the option `depth_multiplier` is what
    old runtimes took, and is asked where the input's channels are not known.
    """
    outputs = weight.shape[-1] if weight.shape else 0
    image = weight.tensors[weight.operator.inputs[0]].shape
    channels = image[3] if len(image) == 4 else -1
    if channels < 1:
        channels = outputs // max(1, weight.operator.options.get("depth_multiplier", 1))
    if len(weight.shape) != 4 or weight.shape[0] != 1 or channels < 1 or outputs % channels:
        raise ModelError(f"has shape {list(weight.shape)}, and the input {channels} channels")
    return Rule(weight.variable, (), (*weight.shape[1:3], channels, outputs // channels))


def bias(weight: Weight) -> Rule:
    """One number an output channel, in one axis, whatever axes of 1 the file has around it."""
    return Rule(weight.variable, (), () if len(weight.shape) == 1 else (math.prod(weight.shape),))


def alpha(weight: Weight) -> Rule:
    """Slopes of PReLU: the axes of the input without the batch; axes of 1 are shared."""
    rank = len(weight.tensors[weight.operator.inputs[0]].shape) - 1
    bare = weight.shape
    while len(bare) > max(rank, 0) and bare[0] == 1:
        bare = bare[1:]
    shape = (1,) * (rank - len(bare)) + bare
    return Rule(weight.variable, (), () if shape == weight.shape else shape)


def rows(weight: Weight) -> Rule:
    """A table whose rows are picked by index, [vocabulary, width]: an embedding."""
    options = weight.operator.options
    whole = len(weight.shape) == 2 and not options.get("axis") and not options.get("batch_dims")
    return Rule("embeddings" if whole else weight.variable)


Rules: TypeAlias = dict[tuple[str, str], Callable[[Weight], Rule]]

KERAS: Rules = {
    ("CONV_2D", "kernel"): permuted(1, 2, 3, 0),  # OHWI to HWIO
    ("CONV_3D", "kernel"): permuted(0, 1, 2, 3, 4),  # DHWIO both
    ("CONV_3D_TRANSPOSE", "kernel"): permuted(0, 1, 2, 3, 4),  # DHWOI both
    ("DEPTHWISE_CONV_2D", "kernel"): depthwise,
    ("FULLY_CONNECTED", "kernel"): permuted(1, 0),  # OI to IO
    ("TRANSPOSE_CONV", "kernel"): permuted(1, 2, 0, 3),  # OHWI to HWOI
    ("Convolution2DTransposeBias", "kernel"): permuted(1, 2, 0, 3),
    ("PRELU", "alpha"): alpha,
    ("GATHER", "params"): rows,
}
KERAS |= {(name, "bias"): bias for name, variable in KERAS if variable == "kernel"}

LAYOUTS: dict[Layout, Rules] = {
    Layout.KERAS: KERAS,
    Layout.TFLITE: {},
}
"""For each layout, the operands that do not stay as they are stored."""

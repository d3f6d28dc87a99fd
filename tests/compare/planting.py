"""Faults of all kinds planted in unpacked copies of models, by LiteRT's schema classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.compare.faults import DTYPES, WEIGHTED
from tests.written import packed

NAMES = {v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")}
INTEGERS = (schema.TensorType.INT8, schema.TensorType.UINT8)
ORDERED = {"SUB", "DIV", "CONCATENATION", "PACK"}
"""Operators whose inputs may not change places."""
Arranged = Callable[[np.ndarray], np.ndarray]


class Copy:
    """A model as generated objects, to be changed."""

    def __init__(self, path: Path) -> None:
        self.root = schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)
        self.graph = self.root.subgraphs[0]

    def name(self, operator: int) -> str:
        code = self.root.operatorCodes[self.graph.operators[operator].opcodeIndex]
        return NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def options(self, operator: int) -> Any:
        return self.graph.operators[operator].builtinOptions

    def tensor(self, operator: int, operand: int) -> Any:
        """The constant behind an operand that this operator alone reads, or None."""
        inputs = self.graph.operators[operator].inputs
        index = inputs[operand] if operand < len(inputs) else -1
        if index < 0:
            return None
        tensor = self.graph.tensors[index]
        readers = sum(index in o.inputs for o in self.graph.operators if o.inputs is not None)
        sharing = sum(t.buffer == tensor.buffer for t in self.graph.tensors)
        held = self.root.buffers[tensor.buffer].data
        plain = tensor.type in DTYPES or tensor.type in INTEGERS
        alone = readers == sharing == 1 and plain and tensor.sparsity is None
        alone = alone and tensor.shape is not None
        return tensor if alone and held is not None else None

    def values(self, tensor: Any) -> np.ndarray:
        data = np.asarray(self.root.buffers[tensor.buffer].data, np.uint8)
        dtype = DTYPES.get(tensor.type, np.uint8)
        return data.view(dtype).reshape(tensor.shape)

    def arrange(self, tensor: Any, change: Arranged) -> None:
        """Store other values; refuses a change that changes nothing."""
        before = self.values(tensor)
        after = np.ascontiguousarray(change(before)).astype(before.dtype).reshape(before.shape)
        assert not np.array_equal(before, after)
        self.root.buffers[tensor.buffer].data = after.reshape(-1).view(np.uint8)

    def packed(self) -> bytes:
        return packed(self.root)


@dataclass(frozen=True)
class Fault:
    """A kind of fault at an operator; `plant` changes a copy. `hint` is in the words for it."""

    kind: str
    operator: int
    plant: Callable[[Copy], None]
    hint: str = ""


def faults(path: Path) -> Iterator[Fault]:
    """What can be planted in a model so that it shows, one fault an operator and kind."""
    copy = Copy(path)
    for index, operator in enumerate(copy.graph.operators):
        if operator.inputs is None or operator.outputs is None or not len(operator.outputs):
            continue  # it makes a handle, or writes into one
        if copy.name(index) in {NAMES[code] for code in WEIGHTED}:
            yield from of_weights(copy, index)
        yield from of_options(copy, index)
        inputs = [t for t in operator.inputs if t >= 0]
        if copy.name(index) in ORDERED and len(set(inputs[:2])) == 2:
            one, other = (copy.graph.tensors[t] for t in inputs[:2])
            if list(one.shape) == list(other.shape) and same_scale(one, other):
                yield Fault("two inputs swapped", index, lambda c, i=index: swap(c, i), "swapped")


def same_scale(one: Any, other: Any) -> bool:
    """Whether two tensors have one quantisation: kernels that concatenate want it."""
    scales = [None if t.quantization is None else t.quantization.scale for t in (one, other)]
    return (scales[0] is None) == (scales[1] is None) and np.array_equal(*map(np.asarray, scales))


def of_weights(copy: Copy, index: int) -> Iterator[Fault]:
    """Faults of the kernel and the bias."""
    kernel, bias = copy.tensor(index, 1), copy.tensor(index, 2)
    if kernel is not None and len(kernel.shape) in (2, 4):
        values = copy.values(kernel)
        if kernel.type not in INTEGERS:
            yield Fault("one weight flipped", index, lambda c: c.arrange(c.tensor(index, 1), flip))
        if not np.array_equal(values, transposed(values).reshape(values.shape)):
            yield Fault("kernel transposed", index, partial(transpose, index), "looks transposed")
        yield Fault("scale doubled", index, lambda c: double(c, index), "multiplied by 2")
    if bias is not None and copy.values(bias).any():
        yield Fault("bias dropped", index, partial(drop, index), "its bias looks left out")


def transpose(index: int, copy: Copy) -> None:
    """The kernel as another framework has it."""
    copy.arrange(copy.tensor(index, 1), transposed)


def drop(index: int, copy: Copy) -> None:
    """No bias."""
    copy.arrange(copy.tensor(index, 2), np.zeros_like)


def transposed(kernel: np.ndarray) -> np.ndarray:
    """The values in the order of another framework: OI as IO, OHWI as HWIO, 1HWO as OHW1."""
    if kernel.ndim == 2:
        return kernel.T
    return kernel.transpose(3, 1, 2, 0) if kernel.shape[0] == 1 else kernel.transpose(1, 2, 3, 0)


def flip(kernel: np.ndarray) -> np.ndarray:
    """The largest weight with the other sign."""
    found = kernel.copy().reshape(-1)
    found[np.abs(found.astype(np.float64)).argmax()] *= -1
    return found


def double(copy: Copy, index: int) -> None:
    """The weights and the bias twice as large; quantised ones by their scales."""
    for tensor in (copy.tensor(index, 1), copy.tensor(index, 2)):
        if tensor is None:
            continue
        if tensor.type in (*INTEGERS, schema.TensorType.INT32):
            tensor.quantization.scale = [2 * scale for scale in tensor.quantization.scale]
        elif copy.values(tensor).any():
            copy.arrange(tensor, lambda values: 2 * values)


def of_options(copy: Copy, index: int) -> Iterator[Fault]:
    """Faults of the options: the activation, the padding."""
    options = copy.options(index)
    kind = copy.graph.tensors[copy.graph.operators[index].outputs[0]].type
    if getattr(options, "fusedActivationFunction", 0) and kind not in INTEGERS:
        yield Fault("activation removed", index, lambda c: remove(c, index), "looks left out")
    if hasattr(options, "padding") and any(padded(copy, index, axis) for axis in (1, 2)):
        yield Fault("padding swapped", index, lambda c: swap_padding(c, index), "its padding looks")


def padded(copy: Copy, index: int, axis: int) -> bool:
    """Whether SAME pads, or would: else VALID is no different."""
    options, operator = copy.options(index), copy.graph.operators[index]
    if hasattr(options, "filterWidth"):
        reach = options.filterHeight if axis == 1 else options.filterWidth
    elif copy.name(index) in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        dilation = options.dilationHFactor if axis == 1 else options.dilationWFactor
        reach = (copy.graph.tensors[operator.inputs[1]].shape[axis] - 1) * dilation + 1
    else:
        return False
    size = copy.graph.tensors[operator.inputs[0]].shape[axis]
    stride = options.strideH if axis == 1 else options.strideW
    return (-(-size // stride) - 1) * stride + reach > size


def remove(copy: Copy, index: int) -> None:
    """No activation."""
    copy.options(index).fusedActivationFunction = schema.ActivationFunctionType.NONE


def swap_padding(copy: Copy, index: int) -> None:
    """VALID for SAME, and the reverse."""
    copy.options(index).padding = 1 - copy.options(index).padding


def swap(copy: Copy, index: int) -> None:
    """The first two inputs in each other's places."""
    inputs = list(copy.graph.operators[index].inputs)
    inputs[:2] = inputs[1::-1]
    copy.graph.operators[index].inputs = inputs


def faulty(path: Path, fault: Fault) -> bytes:
    """A copy of the file with a fault."""
    copy = Copy(path)
    fault.plant(copy)
    return copy.packed()

"""Models with state, branches and loops, and models that kill the interpreter, by the builder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.written import code, made, model, operator, subgraph, tensor, write

OPS, TYPES, OPTIONS = schema.BuiltinOperator, schema.TensorType, schema.BuiltinOptions
CODES = {
    name: index
    for index, name in enumerate(
        ["ADD", "MUL", "LESS", "WHILE", "IF", "RNN", "FILL", "RANDOM_UNIFORM", "VAR_HANDLE",
         "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE",
         "HASHTABLE", "HASHTABLE_FIND", "HASHTABLE_IMPORT"]
    )
}  # fmt: skip


def call(name: str, inputs: list[int], outputs: list[int], **options: Any) -> Any:
    """An operator by name; its options by the names of LiteRT's generated classes."""
    found = operator(inputs, outputs, opcodeIndex=CODES[name])
    kind = name.title().replace("_", "") + "Options"
    kind = {"RNNOptions": "RNNOptions", "RnnOptions": "RNNOptions"}.get(kind, kind)
    kind = {"RandomUniformOptions": "RandomOptions"}.get(kind, kind)
    found.builtinOptions = made(getattr(schema, kind + "T"), **options)
    found.builtinOptionsType = getattr(OPTIONS, kind)
    return found


def packed(path: Path, graphs: list[Any], *constants: np.ndarray) -> Path:
    """Write a model of these subgraphs; a kernel set may lack operators that none of them has."""
    last = max(o.opcodeIndex for graph in graphs for o in graph.operators)
    codes = [code(getattr(OPS, name)) for name, index in CODES.items() if index <= last]
    held = [constant.tobytes() for constant in constants]
    return write(path, model(graphs, held, operatorCodes=codes))


def number(name: str, buffer: int = 0) -> Any:
    """An int32 of one element."""
    return tensor(name, [1], type=TYPES.INT32, buffer=buffer)


def flag(name: str) -> Any:
    return tensor(name, [1], type=TYPES.BOOL)


def counting(path: Path, body: list[Any] | None = None, tensors: list[Any] | None = None) -> Path:
    """while i < limit: i, x = i + 1, 2 x + x. Inputs: i, limit, x; outputs: the same at the end."""
    state = [number("i"), number("limit"), tensor("x")]
    ends = [number("i_end"), number("limit_end"), tensor("x_end")]
    loop = call("WHILE", [0, 1, 2], [3, 4, 5], condSubgraphIndex=1, bodySubgraphIndex=2)
    main = subgraph(state + ends, [loop], inputs=[0, 1, 2], outputs=[3, 4, 5], name=b"main")
    less = call("LESS", [0, 1], [3])
    cond = subgraph([*state, flag("goes_on")], [less], inputs=[0, 1, 2], outputs=[3])
    own = [number("one", 1), number("next"), tensor("twice"), tensor("thrice"), *(tensors or [])]
    steps = [
        call("ADD", [0, 3], [4]),
        call("ADD", [2, 2], [5]),
        call("ADD", [5, 2], [6]),
        *(body or []),
    ]
    inside = subgraph([*state, *own], steps, inputs=[0, 1, 2], outputs=[4, 1, 6])
    return packed(path, [main, cond, inside], np.array([1], np.int32))


def choosing(path: Path) -> Path:
    """y = x + x if flag else x * x."""
    main = subgraph(
        [flag("which"), tensor("x"), tensor("y")],
        [call("IF", [0, 1], [2], thenSubgraphIndex=1, elseSubgraphIndex=2)],
    )
    branches = [
        subgraph([tensor("x"), tensor(name)], [call(op, [0, 0], [1])])
        for name, op in (("double", "ADD"), ("square", "MUL"))
    ]
    return packed(path, [main, *branches])


def endless(path: Path) -> Path:
    """y = x + x, then while i < limit: i = i + 0; then another ADD."""
    state = [number("i"), number("limit")]
    loop = call("WHILE", [0, 1], [2, 3], condSubgraphIndex=1, bodySubgraphIndex=2)
    main = subgraph(
        [*state, number("i_end"), number("limit_end"), number("twice"), number("more")],
        [call("ADD", [0, 0], [4]), loop, call("ADD", [2, 4], [5])],
        inputs=[0, 1],
        outputs=[5],
    )
    cond = subgraph([*state, flag("on")], [call("LESS", [0, 1], [2])], inputs=[0, 1], outputs=[2])
    body = subgraph(
        [*state, number("zero", 1), number("same")],
        [call("ADD", [0, 2], [3])],
        inputs=[0, 1],
        outputs=[3, 1],
    )
    return packed(path, [main, cond, body], np.array([0], np.int32))


def aborting(path: Path, at: int = 1, count: int = 3) -> Path:
    """A chain of int8 ADDs; operator `at` meets a scale a block, over which LiteRT aborts."""
    plain = made(schema.QuantizationParametersT, scale=[0.5], zeroPoint=[0])
    blocks = made(
        schema.QuantizationParametersT,
        details=made(schema.BlockwiseQuantizationT, scales=0, zeroPoints=-1, blockSize=32),
        detailsType=schema.QuantizationDetails.BlockwiseQuantization,
    )
    kinds = {"type": TYPES.INT8, "quantization": plain}
    tensors = [
        tensor("scales", [2], type=TYPES.FLOAT16, buffer=1),
        tensor("blocks", [64], type=TYPES.INT8, buffer=2, quantization=blocks),
        tensor("x", [64], **kinds),
        *(tensor(f"y{i}", [64], **kinds) for i in range(count)),
    ]
    adds = [call("ADD", [2 + i, 1 if i == at else 2 + i], [3 + i]) for i in range(count)]
    graph = subgraph(tensors, adds, inputs=[2], outputs=[2 + count])
    constants = np.ones(2, np.float16), np.ones(64, np.int8)
    return packed(path, [graph], *constants)


def remembering(path: Path) -> Path:
    """One step of an RNN: h = relu(W x + R h + b); x of 2, h of 3, a variable."""
    tensors = [
        tensor("x", [1, 2]),
        tensor("W", [3, 2], buffer=1),
        tensor("R", [3, 3], buffer=2),
        tensor("b", [3], buffer=3),
        tensor("h", [1, 3], isVariable=True),
        tensor("y", [1, 3]),
    ]
    relu = schema.ActivationFunctionType.RELU
    rnn = call("RNN", [0, 1, 2, 3, 4], [5], fusedActivationFunction=relu)
    graph = subgraph(tensors, [rnn], inputs=[0], outputs=[5])
    return packed(path, [graph], *RNN_WEIGHTS)


RNN_WEIGHTS = (
    np.array([[1, 2], [-1, 0.5], [0.25, 1]], np.float32),
    np.array([[0.5, 0, 0.1], [0, 1, 0], [0.2, 0, 0.3]], np.float32),
    np.array([0.1, 0.2, -0.3], np.float32),
)


def huge(path: Path) -> Path:
    """A tensor of 4 GB, filled."""
    tensors = [
        tensor("dims", [2], type=TYPES.INT32, buffer=1),
        tensor("x", []),
        tensor("y", [1024, 1024 * 1024]),
    ]
    graph = subgraph(tensors, [call("FILL", [0, 1], [2])], inputs=[1], outputs=[2])
    return packed(path, [graph], np.array([1024, 1024 * 1024], np.int32))


def chain(path: Path, count: int, size: int) -> Path:
    """`count` ADDs of `size` floats, one after another."""
    tensors = [tensor(f"t{i}", [size]) for i in range(count + 1)]
    adds = [call("ADD", [i, i if i % 8 == 0 else 0], [i + 1]) for i in range(count)]
    return packed(path, [subgraph(tensors, adds, inputs=[0], outputs=[count])])


def circling(path: Path, count: int, size: int) -> Path:
    """One turn of a loop whose body has `count` ADDs of `size` floats. Inputs: 0, 1, x."""
    state = [number("i"), number("limit"), tensor("x", [size])]
    ends = [number("i_end"), number("limit_end"), tensor("x_end", [size])]
    loop = call("WHILE", [0, 1, 2], [3, 4, 5], condSubgraphIndex=1, bodySubgraphIndex=2)
    main = subgraph(state + ends, [loop], inputs=[0, 1, 2], outputs=[3, 4, 5])
    less = call("LESS", [0, 1], [3])
    cond = subgraph([*state, flag("goes_on")], [less], inputs=[0, 1, 2], outputs=[3])
    chained = [tensor(f"t{i}", [size]) for i in range(count)]
    adds = [call("ADD", [2, 5 + i - 1 if i else 2], [5 + i]) for i in range(count)]
    steps = [call("ADD", [0, 3], [4]), *adds]
    own = [number("one", 1), number("next"), *chained]
    body = subgraph([*state, *own], steps, inputs=[0, 1, 2], outputs=[4, 1, 4 + count])
    return packed(path, [main, cond, body], np.array([1], np.int32))

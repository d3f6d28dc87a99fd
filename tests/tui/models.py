"""Models for the browser's tests, written by LiteRT's schema classes."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema
from written import code, made, model, operator, packed, subgraph, tensor

BUILTIN = schema.BuiltinOperator
HOSTILE = (
    "[bold red]x[/] \x1b[31m\x1b]0;title\x07 \u202egnp.exe\u202c\nnext line [@click=app.quit]q[/]"
)


def chain(names: list[str], kinds: list[int] | None = None) -> bytes:
    """One operator after another, whose outputs have these names; ADD, or of these kinds."""
    kinds = kinds or [BUILTIN.ADD] * len(names)
    codes = list(dict.fromkeys(kinds))
    tensors = [tensor("x"), *(tensor(name) for name in names)]
    operators = [
        operator([i, i], [i + 1], opcodeIndex=codes.index(kind)) for i, kind in enumerate(kinds)
    ]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[len(names)])
    return packed(model([graph], operatorCodes=[code(each) for each in codes]))


def loop() -> bytes:
    """A WHILE between two ADDs; its condition is subgraph 1, its body subgraph 2."""
    options = made(schema.WhileOptionsT, condSubgraphIndex=1, bodySubgraphIndex=2)
    union = {"builtinOptions": options, "builtinOptionsType": schema.BuiltinOptions.WhileOptions}
    tensors = [tensor(name) for name in ("x", "before", "turned", "after")]
    operators = [
        operator([0, 0], [1]),
        operator([1], [2], opcodeIndex=1, **union),
        operator([2, 2], [3]),
    ]
    main = subgraph(tensors, operators, inputs=[0], outputs=[3], name="main")
    cond = subgraph(
        [tensor("c"), tensor("less", (), type=schema.TensorType.BOOL)],
        [operator([0, 0], [1], opcodeIndex=2)],
        name="cond",
    )
    body = subgraph([tensor("b"), tensor("more")], [operator([0, 0], [1])], name="body")
    codes = [code(), code(BUILTIN.WHILE), code(BUILTIN.LESS)]
    return packed(model([main, cond, body], operatorCodes=codes))


def hostile() -> bytes:
    """Names that would steer a terminal, be markup, or fill the screen."""
    tensors = [tensor(HOSTILE), tensor(HOSTILE * 2), tensor("n" * 10_000)]
    operators = [operator([0, 0], [1]), operator([1, 1], [2], opcodeIndex=1)]
    graph = subgraph(tensors, operators, inputs=[0], outputs=[2], name=HOSTILE)
    custom = code(BUILTIN.CUSTOM, customCode=HOSTILE)
    return packed(model([graph, graph], operatorCodes=[code(), custom], description=HOSTILE))

"""Parts of a model that are packed anew: all that a kernel or reader looks at stays with them."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as schema

from inspector.compare.hints.remake import renumber
from tests.written import made, operator, subgraph, tensor


def test_scales_of_blocks_stay_with_what_they_scale() -> None:
    details = made(schema.BlockwiseQuantizationT, scales=4, zeroPoints=-1, blockSize=32)
    grid = made(
        schema.QuantizationParametersT,
        details=details,
        detailsType=schema.QuantizationDetails.BlockwiseQuantization,
    )
    names = ("unused", "x", "kernel", "also unused", "scales", "y")
    tensors = [tensor(name, (1,)) for name in names]
    tensors[2].quantization = grid
    graph = subgraph(tensors, [operator([1, 2, -1], [5])], inputs=[1], outputs=[5])
    numbers = renumber(graph)
    left = [each.name for each in graph.tensors]
    assert [name.decode() if isinstance(name, bytes) else name for name in left] == [
        "x",
        "kernel",
        "scales",
        "y",
    ]
    assert (details.scales, details.zeroPoints) == (2, -1)
    assert numbers == {1: 0, 2: 1, 4: 2, 5: 3, -1: -1}

"""Sparse constants are densified as LiteRT's DENSIFY kernel does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

import inspector
from inspector.errors import InspectorError, ModelError, UnsupportedError
from inspector.read.records import Dimension, Sparsity
from inspector.weights.decode import constant, decode
from inspector.weights.sparse import densify
from tests.shared_models import FOLDER
from tests.weights.constants import litert_values, unpacking
from tests.written import made

rng = np.random.default_rng(11)
DENSE, COMPRESSED = True, False
CSR = Sparsity((0, 1), (), (Dimension(True, 2, (), ()), Dimension(False, 0, (0, 1, 3), (2, 0, 3))))


def thinned(shape: tuple[int, ...], dtype: str, kept: float = 0.3) -> np.ndarray:
    """A random array, most of whose elements are zero."""
    values = rng.integers(1, 100, shape) * (rng.random(shape) < kept)
    return values.astype(dtype)


def encode(
    dense: np.ndarray, order: list[int], blocks: dict[int, int], levels: list[bool]
) -> tuple[Any, bytes]:
    """The sparse form, naively, level by level; `blocks` are sizes by axis."""
    split = [
        n for d in range(dense.ndim) for n in (dense.shape[d] // blocks.get(d, 1), blocks.get(d, 1))
    ]
    outer, inner = range(0, 2 * dense.ndim, 2), [2 * axis + 1 for axis in blocks]
    rest = [2 * d + 1 for d in range(dense.ndim) if d not in blocks]
    wide = dense.reshape(split).transpose([*outer, *inner, *rest])
    tree = wide.reshape(wide.shape[: dense.ndim + len(blocks)]).transpose(order)
    nodes: list[tuple[int, ...]] = [()]
    metadata = []
    for level, is_dense in enumerate(levels):
        children = [
            [i for i in range(tree.shape[level]) if is_dense or tree[(*node, i)].any()]
            for node in nodes
        ]
        metadata.append(dimension(tree.shape[level], None if is_dense else children))
        nodes = [(*node, i) for node, found in zip(nodes, children, strict=True) for i in found]
    stored = np.array([tree[node] for node in nodes], dense.dtype).tobytes()
    fields = {"traversalOrder": order, "blockMap": list(blocks), "dimMetadata": metadata}
    return made(schema.SparsityParametersT, **fields), stored


def dimension(size: int, children: list[list[int]] | None) -> Any:
    """A level, dense or compressed; its vectors take the three widths that the schema has."""
    if children is None:
        return made(schema.DimensionMetadataT, format=0, denseSize=size)
    segments = np.cumsum([0, *map(len, children)]).tolist()
    indices = [i for found in children for i in found]
    narrow = schema.SparseIndexVector.Uint8Vector, made(schema.Uint8VectorT, values=indices)
    wide = schema.SparseIndexVector.Uint16Vector, made(schema.Uint16VectorT, values=segments)
    return made(
        schema.DimensionMetadataT,
        format=1,
        denseSize=0,
        arraySegmentsType=wide[0],
        arraySegments=wide[1],
        arrayIndicesType=narrow[0],
        arrayIndices=narrow[1],
    )


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
@pytest.mark.parametrize(
    ("shape", "order", "blocks", "levels"),
    [
        ((6, 8), [0, 1], {}, [DENSE, COMPRESSED]),
        ((6, 8), [1, 0], {}, [DENSE, COMPRESSED]),
        ((6, 8), [0, 1], {}, [COMPRESSED, COMPRESSED]),
        ((6, 8), [0, 1], {}, [DENSE, DENSE]),
        ((6, 8), [0, 1, 2], {1: 4}, [DENSE, COMPRESSED, DENSE]),
        ((6, 8), [0, 1, 2, 3], {0: 2, 1: 4}, [DENSE, COMPRESSED, DENSE, DENSE]),
        ((6, 8), [1, 0, 2, 3], {0: 3, 1: 2}, [COMPRESSED, COMPRESSED, DENSE, DENSE]),
        ((4, 3, 2, 8), [0, 1, 2, 3], {}, [DENSE, COMPRESSED, DENSE, COMPRESSED]),
        ((4, 3, 2, 8), [0, 1, 2, 3, 4], {3: 4}, [DENSE, DENSE, DENSE, COMPRESSED, DENSE]),
    ],
    ids=str,
)
def test_densified_like_litert(
    shape: tuple[int, ...],
    order: list[int],
    blocks: dict[int, int],
    levels: list[bool],
    dtype: str,
    tmp_path: Path,
) -> None:
    dense = thinned(shape, dtype)
    sparsity, stored = encode(dense, order, blocks, levels)
    path = unpacking(tmp_path / "m.tflite", "DENSIFY", dtype, shape, stored, sparsity=sparsity)
    with inspector.open(path) as opened:
        found = decode(opened, opened.subgraphs[0].tensors[0])
        behind = constant(opened, opened.subgraphs[0], 1)
    np.testing.assert_array_equal(found, litert_values(path)[1])
    np.testing.assert_array_equal(found, dense)
    np.testing.assert_array_equal(behind, dense)


def test_an_array_of_zeros_has_no_leaves() -> None:
    levels = (Dimension(True, 2, (), ()), Dimension(False, 0, (0, 0, 0), ()))
    found = densify(Sparsity((0, 1), (), levels), (2, 4), np.zeros(0, np.float32))
    np.testing.assert_array_equal(found, np.zeros((2, 4)))


def spoiled(**changes: Any) -> Sparsity:
    """The CSR example [[0 0 v 0], [v 0 0 v]] with something about its compressed level changed."""
    fields = {"dense": False, "size": 0, "segments": (0, 1, 3), "indices": (2, 0, 3)} | changes
    return Sparsity((0, 1), (), (Dimension(True, 2, (), ()), Dimension(**fields)))


@pytest.mark.parametrize(
    "sparsity",
    [
        spoiled(segments=(0, 1)),
        spoiled(segments=()),
        spoiled(segments=(0, 3, 1)),
        spoiled(segments=(0, 4, 3)),
        spoiled(segments=(-1, 1, 3)),
        spoiled(segments=(0, 1, 2)),
        spoiled(indices=(2, 0, 4)),
        spoiled(indices=(2, -1, 3)),
        spoiled(dense=True, size=3),
        spoiled(dense=True, size=1 << 31),
        Sparsity((0, 0), (), CSR.dimensions),
        Sparsity((0,), (), CSR.dimensions),
        Sparsity((0, 1), (), CSR.dimensions[:1]),
        Sparsity((0, 1, 2), (7,), (*CSR.dimensions, Dimension(True, 2, (), ()))),
        Sparsity((0, 1, 2), (1,), (*CSR.dimensions, Dimension(True, 3, (), ()))),
        Sparsity((0, 1, 2), (1,), (*CSR.dimensions, Dimension(True, 0, (), ()))),
    ],
    ids=repr,
)
def test_levels_that_do_not_fit_are_refused(sparsity: Sparsity) -> None:
    stored = np.ones(3, np.float32)
    assert densify(CSR, (2, 4), stored).sum() == 3
    with pytest.raises(ModelError):
        densify(sparsity, (2, 4), stored)


def test_a_few_values_that_claim_much_memory_are_refused() -> None:
    levels = (Dimension(True, 1, (), ()), Dimension(False, 0, (0, 1), (5,)))
    with pytest.raises(UnsupportedError, match="1 stored values"):
        densify(Sparsity((0, 1), (), levels), (1, 1 << 40), np.ones(1, np.float32))


@pytest.mark.parametrize("bytes_stored", [0, 1, 5, 7, 16])
def test_too_few_or_too_many_values_are_refused(bytes_stored: int, tmp_path: Path) -> None:
    sparsity, _ = encode(np.eye(2, dtype=np.float32), [0, 1], {}, [DENSE, COMPRESSED])
    stored = bytes(bytes_stored)
    path = unpacking(tmp_path / "m.tflite", "DENSIFY", "float32", (2, 2), stored, sparsity=sparsity)
    with inspector.open(path) as opened, pytest.raises(InspectorError):
        decode(opened, opened.subgraphs[0].tensors[0])


SPARSE_MODEL = FOLDER / "networks" / "mediapipe-pose_detection.tflite"


@pytest.mark.skipif(not SPARSE_MODEL.exists(), reason="../shared/models is not there")
def test_a_network_with_sparse_weights_behind_dequantize() -> None:
    values = litert_values(SPARSE_MODEL)
    with inspector.open(SPARSE_MODEL) as opened:
        graph = opened.subgraphs[0]
        unpacked = [o for o in graph.operators if o.name in ("DENSIFY", "DEQUANTIZE")]
        for operator in unpacked:
            found = constant(opened, graph, operator.outputs[0])
            np.testing.assert_array_equal(found, values[operator.outputs[0]])
    assert {operator.name for operator in unpacked} == {"DENSIFY", "DEQUANTIZE"}

"""Constants that are stored sparse: how many, and what share of them is zeros left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.read.records import Sparsity, Tensor
from inspector.read.schema import BITS
from inspector.report.overview.section import Look, Section, share
from inspector.report.records import Object
from inspector.report.text import bytes_text, count_text, counted
from inspector.stats import Part, Place


def fields(look: Look) -> Object:
    """`sparse`, an object for each such constant; those that share their bytes are one."""
    found: dict[Place, Object] = {}
    for part in look.parts:
        for place, tensor, sparsity in in_part(part):
            found.setdefault(place, sparse_object(place[1], tensor, sparsity))
    return {"sparse": list(found.values())}


def in_part(part: Part) -> Iterator[tuple[Place, Tensor, Sparsity]]:
    """The sparse constants of a subgraph, with the places of their values."""
    for index, place in part.constants.items():
        tensor = part.tensors.get(index)
        if tensor and tensor.sparsity:
            yield place, tensor, tensor.sparsity


def sparse_object(size: int, tensor: Tensor, sparsity: Sparsity) -> Object:
    """A constant of `size` bytes: as many of its `elements` as are `stored` have values.

    The others are zeros. Those of a block are stored together, so some of them may be zeros too.
    """
    return {
        "subgraph": tensor.subgraph,
        "index": tensor.index,
        "name": tensor.name,
        "dtype": str(tensor.dtype),
        "elements": abs(tensor.elements),
        "stored": size * 8 // (BITS.get(tensor.dtype) or 8),
        "bytes": size,
        "dense_bytes": abs(tensor.nbytes),
        "block": block(sparsity, len(tensor.shape)),
    }


def block(sparsity: Sparsity, rank: int) -> list[int]:
    """The sizes of a block, along the axes of the block map; none where elements stand alone."""
    levels = zip(sparsity.traversal_order, sparsity.dimensions, strict=False)
    sizes = {axis: level.size for axis, level in levels}
    return [sizes[rank + i] for i in range(len(sparsity.block_map)) if rank + i in sizes]


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """One line, where there are any."""
    sparse = found["sparse"]
    if not sparse:
        return
    elements, values, size, dense = (
        sum(each[name] for each in sparse)
        for name in ("elements", "stored", "bytes", "dense_bytes")
    )
    zeros = share(max(elements - values, 0), elements or 1)
    yield (
        "sparse",
        f"{counted(len(sparse), 'constant')} of {count_text(elements)} elements, {zeros} of them "
        f"zeros: {bytes_text(size)} of values in place of {bytes_text(dense)}{blocks(sparse)}",
    )


def blocks(sparse: Sequence[Object]) -> str:
    """`, in blocks of 4×1`; nothing where no constant has any."""
    kinds = {"×".join(map(str, each["block"])): None for each in sparse if each["block"]}
    return f", in blocks of {' or '.join(kinds)}" if kinds else ""


SECTION = Section(fields, lines)

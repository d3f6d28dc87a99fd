"""From the byte position of a core table to its record, each index checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from inspector.errors import ModelError
from inspector.read import schema
from inspector.read.allowance import FEW
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.option_tables import BUILTIN_OPTIONS, BUILTIN_OPTIONS_2
from inspector.read.options import Options, custom_options, decode
from inspector.read.quantization import quantization
from inspector.read.records import (
    Dimension,
    Operator,
    OperatorCode,
    Sparsity,
    Tensor,
    VariantType,
)
from inspector.read.schema import BUILTIN_OPERATORS, TensorType
from inspector.read.sequence import Records

if TYPE_CHECKING:
    from inspector.read.model import Model

CUSTOM = BUILTIN_OPERATORS.index("CUSTOM")
PLACEHOLDER = BUILTIN_OPERATORS.index("PLACEHOLDER_FOR_GREATER_OP_CODES")
TYPES = tuple(TensorType)
MOST_DIMENSIONS = 64  # what NumPy holds; LiteRT's kernels take at most 8


def check_indices(indices: tuple[int, ...], count: int, what: str) -> None:
    """Raise `ModelError` where a tensor index is neither -1 nor one of `count` tensors."""
    if indices and (max(indices) >= count or min(indices) < -1):
        wrong = next(i for i in indices if not -1 <= i < count)
        raise ModelError(
            f"{what} name tensor {wrong}, and the subgraph has {count}; "
            "the file is damaged, or was cut short"
        )


def operator_code(buffer: FlatBuffer, at: int) -> OperatorCode:
    """An entry of the operator code table: the larger of its two code fields is the operator's."""
    old, custom, version, new = buffer.table(schema.OPERATOR_CODE, at)
    code = max(old, new)
    if code in (CUSTOM, PLACEHOLDER):
        return OperatorCode(code, buffer.string(custom) or "CUSTOM", version, custom=True)
    known = 0 <= code < len(BUILTIN_OPERATORS)
    return OperatorCode(code, BUILTIN_OPERATORS[code] if known else f"BUILTIN_{code}", version)


def tensors(model: Model, subgraph: int, places: list[int]) -> Records[Tensor]:
    """The tensors of a subgraph, whose tables lie at `places`."""
    buffer, buffers, read = model.buffer, model.buffer_count, model.layout.tensor
    spend = model.layout.allowance.spend

    def make(index: int) -> Tensor:
        fields = read(places[index])
        shape, dtype, data, name, quantized, variable, sparse, signature, rank, held, outer = fields
        if not 0 <= dtype < len(TYPES):
            raise ModelError(f"its type is {dtype}, and the schema knows 0 to {len(TYPES) - 1}")
        if data >= buffers and data:
            raise ModelError(f"it refers to buffer {data}, and the model has {buffers}")
        scales = quantization(buffer, quantized, len(places)) if quantized else None
        if scales and len(scales.scale) > FEW:
            spend(len(scales.scale) + len(scales.zero_point))
        label = buffer.string(name) if name else ""
        if len(label) > FEW:
            spend(len(label))
        sizes = dimensions(buffer, shape) if shape else ()
        return Tensor(
            subgraph,
            index,
            label,
            sizes,
            dimensions(buffer, signature) if signature else (),
            TYPES[dtype],
            data,
            variable,
            scales,
            sparsity(buffer, sparse, spend) if sparse else None,
            outer,
            bool(sizes) or rank,
            variants(buffer, held) if held else (),
            quantized,
        )

    return Records(len(places), make, f"subgraph {subgraph}, tensor")


def operators(model: Model, subgraph: int, places: list[int], tensors: int) -> Records[Operator]:
    """The operators of a subgraph that has so many `tensors`; their tables lie at `places`."""
    buffer, layout, spend = model.buffer, model.layout, model.layout.allowance.spend

    def make(index: int) -> Operator:
        fields, codes = buffer.table(schema.OPERATOR, places[index]), layout.operator_codes
        if fields[0] >= len(codes):
            raise ModelError(f"its code is entry {fields[0]} of {len(codes)}; the file is damaged")
        code = codes[fields[0]]
        inputs = buffer.indices(fields[1], "its inputs")
        outputs = buffer.indices(fields[2], "its outputs")
        others = buffer.indices(fields[8], "its intermediates") if fields[8] else ()
        operands = inputs + outputs + others
        if len(operands) > FEW:
            spend(len(operands))
        check_indices(operands, tensors, "its operands")
        head = (subgraph, index, code.code, code.name, code.version, code.custom)
        return Operator(*head, inputs, outputs, others, model, places[index])

    return Records(len(places), make, f"subgraph {subgraph}, operator")


def dimensions(buffer: FlatBuffer, at: int) -> tuple[int, ...]:
    """The shape at byte `at`: -1 stands for a dimension that is not known."""
    shape = buffer.indices(at, "a shape")
    if shape and (min(shape) < -1 or len(shape) > MOST_DIMENSIONS):
        raise ModelError(
            f"its shape has {len(shape)} dimensions, {list(shape[:8])}; the file is damaged"
        )
    return shape


def variants(buffer: FlatBuffer, at: int) -> tuple[VariantType, ...]:
    """What the VARIANT tensor holds whose `variant_tensors` lie at byte `at`."""
    found = []
    for place in buffer.tables(at, "its variant types"):
        shape, dtype, rank = buffer.table(schema.VARIANT_SUB_TYPE, place)
        if not 0 <= dtype < len(TYPES):
            raise ModelError(f"it holds type {dtype}, and the schema knows 0 to {len(TYPES) - 1}")
        found.append(VariantType(dimensions(buffer, shape), TYPES[dtype], rank))
    return tuple(found)


def sparsity(buffer: FlatBuffer, at: int, spend: Callable[[int], None]) -> Sparsity:
    """How a sparse constant is stored; its indices are read, and counted, when asked for."""
    order, blocks, levels = buffer.table(schema.SPARSITY_PARAMETERS, at)
    places = buffer.tables(levels, "the sparse dimensions")
    traversal = buffer.numbers(order, "i", "the traversal order")
    block_map = buffer.numbers(blocks, "i", "the block map")
    spend(len(places) + len(traversal) + len(block_map))

    def make(index: int) -> Dimension:
        return dimension(buffer, places[index], spend)

    return Sparsity(traversal, block_map, Records(len(places), make, "its sparse dimension"))


def dimension(buffer: FlatBuffer, at: int, spend: Callable[[int], None]) -> Dimension:
    """One level of a sparse constant."""
    sparse, size, *parts = buffer.table(schema.DIMENSION_METADATA, at)
    segments, indices = (sparse_indices(buffer, *parts[i : i + 2]) for i in (0, 2))
    spend(len(segments) + len(indices))
    return Dimension(not sparse, size, segments, indices)


def sparse_indices(buffer: FlatBuffer, kind: int, at: int) -> tuple[int, ...]:
    """A vector of 32-, 16- or 8-bit indices; `kind` is its place in the union."""
    if not at:
        return ()
    if not 1 <= kind <= 3:
        raise ModelError(f"sparse indices of kind {kind}; the schema knows 1 to 3")
    (vector,) = buffer.table(schema.SPARSE_VECTOR, at)
    return buffer.numbers(vector, " iHB"[kind], "sparse indices")


def options(buffer: FlatBuffer, at: int, codes: Sequence[OperatorCode]) -> Options:
    """The options of the operator table at byte `at`; empty where it carries none."""
    fields = buffer.table(schema.OPERATOR, at)
    for union, place, names in ((3, 4, BUILTIN_OPTIONS), (11, 12, BUILTIN_OPTIONS_2)):
        if fields[place] and fields[union]:
            if fields[union] >= len(names):
                raise ModelError(
                    f"option table {fields[union]} is unknown; the schema has {len(names) - 1}"
                )
            return decode(buffer, names[fields[union]], fields[place])
    if fields[5]:
        start, length = fields[5] + 4, buffer.extent(fields[5], 1, "the custom options")
    else:
        start, length = fields[9], fields[10]
    if start + length > buffer.size:
        raise ModelError(f"custom options of {length} bytes at byte {start} lie outside the file")
    raw = bytes(buffer.cut(start, length))
    return custom_options(raw, codes[fields[0]].name) if length else {}

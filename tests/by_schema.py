"""What LiteRT's generated object classes read of a file, in the shape of our records."""

from __future__ import annotations

import struct
from typing import Any

from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers

from inspector.read.model import Model
from inspector.read.options import kind_of
from inspector.read.records import Operator, Quantization, Sparsity, Tensor

OPERATORS = {v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")}
TYPES = {v: k.lower() for k, v in vars(schema.TensorType).items() if not k.startswith("_")}


def unpacked(data: bytes) -> Any:
    """The whole model as one object."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(data), 0))


def items(vector: Any) -> list[Any]:
    """A vector of the object classes: None, a list or an array, of numbers or tables."""
    return [] if vector is None else [v.item() if hasattr(v, "item") else v for v in vector]


def text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")


def tensor_fields(tensor: Any) -> dict[str, Any]:
    """Each field of a tensor."""
    return {
        "name": text(tensor.name),
        "shape": items(tensor.shape),
        "shape_signature": items(tensor.shapeSignature),
        "dtype": TYPES[tensor.type],
        "buffer": tensor.buffer,
        "is_variable": bool(tensor.isVariable),
        "external_buffer": tensor.externalBuffer,
        "quantization": quantization_fields(tensor.quantization),
        "sparsity": sparsity_fields(tensor.sparsity),
        "has_rank": bool(tensor.hasRank) or bool(items(tensor.shape)),
        "range": range_fields(tensor.quantization),
        "variants": [
            (items(held.shape), TYPES[held.type], bool(held.hasRank))
            for held in items(tensor.variantTensors)
        ],
    }


def range_fields(found: Any) -> list[list[float]] | None:
    """The least and greatest values, where there are any."""
    sides = [items(found.min), items(found.max)] if found else [[], []]
    return sides if any(sides) else None


def our_tensor_fields(model: Model, tensor: Tensor) -> dict[str, Any]:
    span = model.value_range(tensor)
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "shape_signature": list(tensor.shape_signature),
        "dtype": str(tensor.dtype),
        "buffer": tensor.buffer,
        "is_variable": tensor.is_variable,
        "external_buffer": tensor.external_buffer,
        "quantization": our_quantization_fields(tensor.quantization),
        "sparsity": our_sparsity_fields(tensor.sparsity),
        "has_rank": tensor.has_rank,
        "range": span and [list(span.minimum), list(span.maximum)],
        "variants": [
            (list(held.shape), str(held.dtype), held.has_rank) for held in tensor.variants
        ],
    }


def quantization_fields(found: Any) -> dict[str, Any] | None:
    """The scales and what they belong to, or what the details say; None where there are neither."""
    details = found and found.details
    if isinstance(details, schema.BlockwiseQuantizationT | schema.MultiAxisQuantizationT):
        return {
            "scales": details.scales,
            "zero_points": details.zeroPoints,
            "block_size": details.blockSize,
            "dimensions": items(getattr(details, "quantizedDimensions", None)),
            "block_shape": items(getattr(details, "blockShape", None)),
        }
    if not found or not items(found.scale):
        return None
    return {
        "scale": items(found.scale),
        "zero_point": items(found.zeroPoint),
        "dimension": found.quantizedDimension,
    }


def our_quantization_fields(found: Quantization | None) -> dict[str, Any] | None:
    if found is None:
        return None
    if found.scale:
        zeros = list(found.zero_point)
        return {"scale": [*found.scale], "zero_point": zeros, "dimension": found.dimension}
    return {
        "scales": found.scales,
        "zero_points": found.zero_points,
        "block_size": found.block_size,
        "dimensions": list(found.dimensions),
        "block_shape": list(found.block_shape),
    }


def sparsity_fields(found: Any) -> dict[str, Any] | None:
    """The traversal order, the blocks, and each dimension."""
    return found and {
        "traversal_order": items(found.traversalOrder),
        "block_map": items(found.blockMap),
        "dimensions": [
            {
                "dense": level.format == schema.DimensionType.DENSE,
                "size": level.denseSize,
                "segments": items(level.arraySegments and level.arraySegments.values),
                "indices": items(level.arrayIndices and level.arrayIndices.values),
            }
            for level in items(found.dimMetadata)
        ],
    }


def our_sparsity_fields(found: Sparsity | None) -> dict[str, Any] | None:
    return found and {
        "traversal_order": list(found.traversal_order),
        "block_map": list(found.block_map),
        "dimensions": [
            {
                "dense": level.dense,
                "size": level.size,
                "segments": list(level.segments),
                "indices": list(level.indices),
            }
            for level in found.dimensions
        ],
    }


def operator_fields(operator: Any, codes: list[Any]) -> dict[str, Any]:
    """The operands and the code of an operator."""
    code = codes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    custom = OPERATORS[number] in ("CUSTOM", "PLACEHOLDER_FOR_GREATER_OP_CODES")
    return {
        "code": number,
        "name": (text(code.customCode) or "CUSTOM") if custom else OPERATORS[number],
        "version": code.version,
        "custom": custom,
        "inputs": items(operator.inputs),
        "outputs": items(operator.outputs),
        "intermediates": items(operator.intermediates),
        "mutating": [bool(flag) for flag in items(operator.mutatingVariableInputs)],
        "debug_metadata": operator.debugMetadataIndex,
    }


def our_operator_fields(operator: Operator) -> dict[str, Any]:
    return {
        "code": operator.code,
        "name": operator.name,
        "version": operator.version,
        "custom": operator.custom,
        "inputs": list(operator.inputs),
        "outputs": list(operator.outputs),
        "intermediates": list(operator.intermediates),
        "mutating": list(operator.mutating),
        "debug_metadata": operator.debug_metadata,
    }


def builtin_options(operator: Any) -> dict[str, Any] | None:
    """The options of a builtin operator, enums by their names; None where it carries none."""
    found = operator.builtinOptions or operator.builtinOptions2
    if found is None:
        return None
    kind, declared = kind_of(type(found).__name__.removesuffix("T"))
    fields = zip(kind.names, declared, strict=True)
    values = {
        name: spelled(kind, getattr(found, lower_camel(name)))
        for name, kind in fields
        if name != "-"
    }
    if values.get("composite_attributes"):
        values["composite_attributes"] = flexbuffers.Loads(bytes(values["composite_attributes"]))
    return values


def custom_options(operator: Any) -> dict[str, Any] | None:
    """The map that a custom operator's options are to the `flatbuffers` package; None for others.

    That package checks nothing: of bytes that are no FlexBuffer it makes what it may.
    """
    raw = bytes(items(operator.customOptions))
    if not raw:
        return {}
    try:
        found = flexbuffers.Loads(raw)
    except (AssertionError, LookupError, ValueError, struct.error):
        return None
    return found if isinstance(found, dict) else None


def flex_options(operator: Any) -> tuple[str, str, set[str]]:
    """The operator, name and attributes of the TensorFlow node that a Flex operator holds."""
    from tensorflow.core.framework.node_def_pb2 import NodeDef

    raw = flexbuffers.GetRoot(bytes(items(operator.customOptions))).AsVector[1]
    node = NodeDef.FromString(bytes(raw.AsStringBytes))
    return node.op, node.name, set(node.attr)


def lower_camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def spelled(declared: str, value: Any) -> Any:
    """A value as our options give it: enums by name, texts decoded, vectors as lists.

    The attributes of a composite are read by the `flatbuffers` package.
    """
    if declared.startswith("["):
        return [spelled(declared[1:-1], item) for item in items(value)]
    if declared == "string":
        return text(value)
    if declared == "TensorType":
        return TYPES[value]
    if hasattr(schema, declared):
        names = vars(getattr(schema, declared)).items()
        return next((name for name, number in names if number == value), value)
    return value

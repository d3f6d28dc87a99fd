"""Tensors whose sizes depend on the values that a model is given: their shapes are no constants."""

from __future__ import annotations

from collections.abc import Container

from inspector.read.records import Operator

SIZED_BY: dict[str, tuple[int, ...]] = {
    "BATCH_TO_SPACE_ND": (1, 2),
    "BROADCAST_TO": (1,),
    "CONV_3D_TRANSPOSE": (0,),
    "EMBEDDING_LOOKUP_SPARSE": (2,),
    "FILL": (0,),
    "MIRROR_PAD": (1,),
    "MULTINOMIAL": (1,),
    "NON_MAX_SUPPRESSION_V4": (2,),
    "NON_MAX_SUPPRESSION_V5": (2,),
    "ONE_HOT": (1,),
    "PAD": (1,),
    "PADV2": (1,),
    "RANDOM_STANDARD_NORMAL": (0,),
    "RANDOM_UNIFORM": (0,),
    "RANGE": (0, 1, 2),
    "RESHAPE": (1,),
    "RESIZE_BILINEAR": (1,),
    "RESIZE_NEAREST_NEIGHBOR": (1,),
    "RFFT2D": (1,),
    "SCATTER_ND": (2,),
    "SEGMENT_SUM": (1,),
    "SKIP_GRAM": (0,),
    "SLICE": (2,),
    "SPACE_TO_BATCH_ND": (1, 2),
    "SPARSE_TO_DENSE": (1,),
    "SPLIT_V": (1,),
    "STRIDED_SLICE": (1, 2),
    "TILE": (1,),
    "TOPK_V2": (1,),
    "TRANSPOSE_CONV": (0,),
    "UNIQUE": (0,),
    "UNSORTED_SEGMENT_MAX": (2,),
    "UNSORTED_SEGMENT_MIN": (2,),
    "UNSORTED_SEGMENT_PROD": (2,),
    "UNSORTED_SEGMENT_SUM": (2,),
    "WHERE": (0,),
}
"""The operands by whose values an operator sizes its outputs, from each kernel's Prepare."""

SIZES = {"SHAPE", "RANK"}


def is_unsized(operator: Operator, unsized: Container[int], static: Container[int]) -> bool:
    """Whether an operator's outputs have sizes that depend on values, given what is known so far.

    What takes a tensor of no fixed size is taken to give one too, unless it gives only sizes.
    """
    if operator.name in SIZES:
        return False
    if any(tensor in unsized for tensor in operator.inputs):
        return True
    by = [operator.inputs[k] for k in SIZED_BY.get(operator.name, ()) if k < len(operator.inputs)]
    return any(tensor >= 0 and tensor not in static for tensor in by)

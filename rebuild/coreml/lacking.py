"""TensorFlow's operators that coremltools has no entry for, or none for the form that Keras emits.

The only place that knows of them: no translation of the rebuild knows of Core ML. Importing this
module adds them to coremltools, through its public `register_tf_op`. Each is what the page of its
operator in TensorFlow's documentation of raw operators says, in terms of MIL's operators. A form
that cannot be had raises `ValueError`, and the operator of the original is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import Parameter, signature
from typing import Any

import numpy as np
import tensorflow as tf
from coremltools.converters.mil import Builder as mb  # noqa: N813  (its own documentation's name)
from coremltools.converters.mil import register_tf_op
from coremltools.converters.mil._deployment_compatibility import AvailableTarget
from coremltools.converters.mil.mil import types
from coremltools.converters.mil.mil.block import is_current_opset_version_compatible_with

from rebuild.coreml.compressed import CELL_LAST

Var = Any
Lowering = Callable[..., Any]

NARROW = {types.int8: 8, types.uint8: 8, types.int16: 16, types.uint16: 16}
WORD = 31
"""Bits of a 32-bit integer besides its sign."""


def lower(*kinds: str) -> Callable[[Lowering], Lowering]:
    """Register a function of MIL values for TensorFlow's operators `kinds`.

    Its keywords are attributes of the operator. What it gives gets the node's name; a list is what
    a node with several results gives.
    """

    def register(function: Lowering) -> Lowering:
        parameters = signature(function).parameters.values()
        keywords = [each.name for each in parameters if each.kind is Parameter.KEYWORD_ONLY]

        def translate(context: Any, node: Any) -> None:
            inputs = [context[name] for name in node.inputs]
            options = {name: node.attr[name] for name in keywords if name in node.attr}
            result = function(*inputs, **options)
            known = {id(value) for value in inputs}
            if not isinstance(result, list) and id(result) not in known and result.op is not None:
                result.name = node.name
            context.add(node.name, result)

        for kind in kinds:
            translate.__name__ = kind
            register_tf_op(translate, override=True)
        return function

    return register


def known(value: Var, what: str) -> np.ndarray:
    """The value of an operand that must not depend on the input. Raises `ValueError` if it does."""
    if value.val is None:
        raise ValueError(f"its {what} is computed while the model runs")
    return np.asarray(value.val)


def like(value: Var, number: float) -> Any:
    """A number in the type of a value."""
    return types.nptype_from_builtin(value.dtype)(number)


def const(context: Any, node: Any) -> None:
    """A constant, or several; MIL has no double precision, and single is what becomes of it."""
    value = getattr(node.value, "val", node.value)
    if isinstance(value, (list, tuple)):
        found = [mb.const(val=single(getattr(each, "val", each))) for each in value]
        context.add(node.name, found)
    else:
        context.add(node.name, mb.const(val=single(value), name=node.name))


def single(value: Any) -> Any:
    """A number or an array, in single precision if it is of double precision."""
    return np.float32(value) if np.asarray(value).dtype == np.float64 else value


const.__name__ = "Const"
register_tf_op(const, override=True)


@lower("Cast")
def cast(x: Var, *, DstT: Any) -> Var:  # noqa: N803  (the attribute's name)
    """Another type; narrow integers are 32-bit ones here, with the bits that they would keep."""
    if types.is_bool(DstT):
        return mb.cast(x=x, dtype="bool")
    if not types.is_int(DstT):
        return mb.cast(x=x, dtype="fp16" if DstT == types.fp16 else "fp32")
    x = mb.cast(x=x, dtype="int32")
    if DstT not in NARROW:
        return x
    values = 1 << NARROW[DstT]
    least = 0 if types.is_unsigned_int(DstT) else values // 2
    return mb.sub(x=mb.mod(x=mb.add(x=x, y=least), y=values), y=least)


@lower("EnsureShape")
def ensure_shape(x: Var) -> Var:
    """The same; that it is of the shape that it should be was seen when the graph was traced."""
    return mb.identity(x=x)


@lower("Erfc")
def erfc(x: Var) -> Var:
    """1 - erf(x)."""
    return mb.sub(x=like(x, 1), y=mb.erf(x=x))


@lower("Expm1")
def expm1(x: Var) -> Var:
    """exp(x) - 1 as tanh(x / 2) * (exp(x) + 1), which loses no digits near 0."""
    half = mb.tanh(x=mb.mul(x=x, y=like(x, 0.5)))
    return mb.mul(x=half, y=mb.add(x=mb.exp(x=x), y=like(x, 1)))


@lower("Rint")
def rint(x: Var) -> Var:
    """The nearest whole number, the even one of two."""
    return mb.round(x=x)


@lower("OnesLike")
def ones_like(x: Var) -> Var:
    """Ones in a value's shape and type."""
    return mb.fill_like(ref_tensor=x, value=like(x, 1))


@lower("IsNan")
def is_nan(x: Var) -> Var:
    """Whether it is no number: only then it differs from itself."""
    return mb.not_equal(x=x, y=x)


@lower("IsInf")
def is_inf(x: Var) -> Var:
    """Whether it is infinite: beyond the greatest number that there is."""
    greatest = np.finfo(types.nptype_from_builtin(x.dtype)).max
    return mb.greater(x=mb.abs(x=x), y=like(x, greatest))


@lower("Atan2")
def atan2(y: Var, x: Var) -> Var:
    """The angle of the point (x, y), from -pi to pi; 0 at the origin."""
    is_zero, below = mb.equal(x=x, y=like(x, 0)), mb.less(x=y, y=like(y, 0))
    safe = mb.select(cond=is_zero, a=mb.add(x=x, y=like(x, 1)), b=x)
    angle = mb.atan(x=mb.real_div(x=y, y=safe))
    turned = mb.select(
        cond=below, a=mb.sub(x=angle, y=like(x, np.pi)), b=mb.add(x=angle, y=like(x, np.pi))
    )
    upright = mb.mul(x=mb.sign(x=y), y=like(y, np.pi / 2))
    angle = mb.select(cond=mb.less(x=x, y=like(x, 0)), a=turned, b=angle)
    return mb.select(cond=is_zero, a=upright, b=angle)


@lower("TruncateMod")
def truncate_mod(x: Var, y: Var) -> Var:
    """The rest of a division that rounds towards zero; it has the sign of x."""
    rest = mb.mod(x=x, y=y)
    return mb.select(cond=differs_in_sign(x, y, rest), a=mb.sub(x=rest, y=y), b=rest)


@lower("TruncateDiv")
def truncate_div(x: Var, y: Var) -> Var:
    """The quotient of integers, rounded towards zero."""
    down, rest = mb.floor_div(x=x, y=y), mb.mod(x=x, y=y)
    return mb.select(cond=differs_in_sign(x, y, rest), a=mb.add(x=down, y=like(x, 1)), b=down)


def differs_in_sign(x: Var, y: Var, rest: Var) -> Var:
    """Whether a division leaves a rest and rounding down is not rounding towards zero."""
    signs = mb.logical_xor(x=mb.less(x=x, y=like(x, 0)), y=mb.less(x=y, y=like(y, 0)))
    return mb.logical_and(x=signs, y=mb.not_equal(x=rest, y=like(rest, 0)))


@lower("Invert")
def invert(x: Var) -> Var:
    """All bits turned: -x - 1."""
    return mb.sub(x=-1, y=x)


@lower("LeftShift")
def left_shift(x: Var, y: Var) -> Var:
    """x * 2**y."""
    return mb.mul(x=x, y=(1 << known(y, "shift")).astype(np.int32))


@lower("RightShift")
def right_shift(x: Var, y: Var) -> Var:
    """x / 2**y, rounded down."""
    return mb.floor_div(x=x, y=(1 << known(y, "shift")).astype(np.int32))


@lower("BitwiseAnd")
def bitwise_and(x: Var, y: Var) -> Var:
    """The bits that both have; those that a mask of the lowest bits leaves are a rest."""
    if y.val is not None and np.all(y.val & (y.val + 1) == 0) and np.all(y.val >= 0):
        return mb.mod(x=x, y=(y.val + 1).astype(np.int32))
    return bit_by_bit(x, y, lambda a, b: mb.mul(x=a, y=b))


@lower("BitwiseOr")
def bitwise_or(x: Var, y: Var) -> Var:
    """The bits that one of them has."""
    return bit_by_bit(x, y, lambda a, b: mb.maximum(x=a, y=b))


@lower("BitwiseXor")
def bitwise_xor(x: Var, y: Var) -> Var:
    """The bits that only one of them has."""
    return bit_by_bit(x, y, lambda a, b: mb.abs(x=mb.sub(x=a, y=b)))


def bit_by_bit(x: Var, y: Var, combine: Callable[[Var, Var], Var]) -> Var:
    """32-bit integers whose bits, 0 or 1, are those that `combine` makes of two of them."""
    total: Var = None
    for place in range(WORD + 1):
        bits = [mb.mod(x=mb.floor_div(x=v, y=1 << place), y=2) for v in (x, y) if place < WORD]
        bits = bits or [mb.cast(x=mb.less(x=v, y=0), dtype="int32") for v in (x, y)]
        worth = np.int32(1 << place if place < WORD else -(1 << WORD))
        part = mb.mul(x=combine(*bits), y=worth)
        total = part if total is None else mb.add(x=total, y=part)
    return total


@lower("Roll")
def roll(x: Var, shift: Var, axis: Var) -> Var:
    """What leaves an axis at its end comes back at its start."""
    pairs = zip(known(shift, "shift").ravel(), known(axis, "axis").ravel(), strict=True)
    for steps, along in pairs:
        size = x.shape[along]
        first = int(-steps) % size
        parts = [part(x, along, first, size), part(x, along, 0, first)]
        x = mb.concat(values=parts, axis=int(along)) if first else x
    return x


def part(x: Var, axis: int, begin: int, end: int) -> Var:
    """The elements from `begin` to before `end` along an axis."""
    starts, sizes = [0] * x.rank, list(x.shape)
    starts[axis], sizes[axis] = begin, end - begin
    return mb.slice_by_size(x=x, begin=starts, size=sizes)


@lower("Cumprod")
def cumprod(x: Var, axis: Var, *, exclusive: bool = False, reverse: bool = False) -> Var:
    """Products of all elements up to each, by doubling the span of the product at each step."""
    along = int(known(axis, "axis")) % x.rank
    ends = [along] if reverse else []
    x = mb.reverse(x=x, axes=ends) if ends else x
    x = delayed(x, along, 1) if exclusive else x
    span = 1
    while span < x.shape[along]:
        x = mb.mul(x=x, y=delayed(x, along, span))
        span *= 2
    return mb.reverse(x=x, axes=ends) if ends else x


def delayed(x: Var, axis: int, steps: int) -> Var:
    """Ones along an axis, then what comes before the last `steps` elements."""
    shape = list(x.shape)
    shape[axis] = min(steps, shape[axis])
    ones = np.ones(shape, types.nptype_from_builtin(x.dtype))
    kept = x.shape[axis] - steps
    return mb.concat(values=[ones, part(x, axis, 0, kept)], axis=axis) if kept > 0 else ones


MODES = {"Update": "update", "Add": "add", "Sub": "sub", "Max": "max", "Min": "min"}


def scatter(mode: str) -> Lowering:
    """A function for TensorFlow's `TensorScatter...` of that mode."""

    def lowering(x: Var, indices: Var, updates: Var) -> Var:
        return mb.scatter_nd(data=x, indices=indices, updates=updates, mode=mode)

    return lowering


for _name, _mode in MODES.items():
    lower(f"TensorScatter{_name}")(scatter(_mode))


@lower("XlaDynamicUpdateSlice")
def dynamic_update_slice(x: Var, update: Var, starts: Var) -> Var:
    """A value with a part of it replaced, which is moved to lie within if it would not."""
    free = [size - own for size, own in zip(x.shape, update.shape, strict=True)]
    starts = mb.maximum(x=mb.minimum(x=starts, y=np.array(free, np.int32)), y=0)
    places = np.indices(update.shape, np.int32).transpose(*range(1, x.rank + 1), 0)
    indices = mb.add(x=np.ascontiguousarray(places), y=starts)
    return mb.scatter_nd(data=x, indices=indices, updates=update, mode="update")


STARTS = {"Sum": ("add", 0.0), "Prod": ("mul", 1.0)}
STARTS |= {"Max": ("max", -np.inf), "Min": ("min", np.inf)}
"""By what segments are reduced: how an element is put in, and what an empty segment begins with."""


def segments(kind: str, ids: np.ndarray, count: int, empty: float | None) -> Callable[[Var], Var]:
    """A function that reduces the rows of a value by the segment in `ids` that each belongs to.

    Rows of negative segments are left out. Segments without rows hold `empty`, or what the
    reduction begins with.
    """
    mode, start = STARTS[kind]
    kept = np.flatnonzero(ids >= 0)
    is_empty = np.bincount(ids[kept], minlength=count) == 0

    def reduce(x: Var) -> Var:
        dtype = types.nptype_from_builtin(x.dtype)
        number = np.clip(start, lowest(dtype), greatest(dtype))
        begin = np.full((count, *x.shape[1:]), number, dtype)
        if empty is not None:
            begin[is_empty] = empty
        rows = x if len(kept) == len(ids) else mb.gather(x=x, indices=kept.astype(np.int32), axis=0)
        places = ids[kept].astype(np.int32)
        return mb.scatter(data=begin, indices=places, updates=rows, axis=0, mode=mode)

    return reduce


def lowest(dtype: Any) -> Any:
    """The least number of a type."""
    return (np.finfo if np.issubdtype(dtype, np.floating) else np.iinfo)(dtype).min


def greatest(dtype: Any) -> Any:
    """The greatest number of a type."""
    return (np.finfo if np.issubdtype(dtype, np.floating) else np.iinfo)(dtype).max


def by_segment(kind: str) -> Lowering:
    """A function for `Segment...`, whose ids are sorted; empty segments hold 0, of products 1."""

    def lowering(x: Var, ids: Var, *_: Var) -> Var:
        places = known(ids, "segment ids")
        count = int(places[-1]) + 1 if len(places) else 0
        return segments(kind, places, count, 1.0 if kind == "Prod" else 0.0)(x)

    return lowering


def by_unsorted_segment(kind: str) -> Lowering:
    """A function for `UnsortedSegment...`; ids of several axes stand for rows of as many."""

    def lowering(x: Var, ids: Var, count: Var) -> Var:
        places = known(ids, "segment ids")
        rows = mb.reshape(x=x, shape=[-1, *x.shape[places.ndim :]]) if places.ndim != 1 else x
        return segments(kind, places.ravel(), int(known(count, "count")), None)(rows)

    return lowering


for _kind in STARTS:
    lower(f"Segment{_kind}", f"Segment{_kind}V2")(by_segment(_kind))
    lower(f"UnsortedSegment{_kind}")(by_unsorted_segment(_kind))


@lower("SegmentMean")
def segment_mean(x: Var, ids: Var) -> Var:
    """The mean of each segment, 0 for an empty one."""
    counts = np.maximum(np.bincount(known(ids, "segment ids")), 1)
    counts = counts.reshape(-1, *[1] * (x.rank - 1)).astype(types.nptype_from_builtin(x.dtype))
    return mb.real_div(x=by_segment("Sum")(x, ids), y=counts)


def rearranged(kind: str, *data: int) -> Lowering:
    """A function for an operator that only moves elements; `data` are its inputs that hold them.

    TensorFlow itself says which element goes where: it moves the numbers of the places.
    """

    def lowering(*inputs: Var, align: str = "RIGHT_LEFT") -> Var:
        held = [inputs[place] for place in data]
        names = [argument.name for argument in definition(kind).input_arg]
        given = dict(zip(names, numbered(inputs, data), strict=True))
        aligned = {"align": align} if "V3" in kind and "Diag" in kind else {}
        moved = getattr(tf.raw_ops, kind)(**given, **aligned).numpy()
        flat = [mb.reshape(x=value, shape=[-1]) for value in held]
        whole = mb.concat(values=flat, axis=0) if len(flat) > 1 else flat[0]
        found = mb.gather(x=whole, indices=moved.ravel().astype(np.int32), axis=0)
        return mb.reshape(x=found, shape=moved.shape)

    return lowering


def numbered(inputs: Sequence[Var], data: Sequence[int]) -> Iterator[np.ndarray]:
    """For inputs that are `data` the numbers of their elements, counted on; else the value."""
    count = 0
    for place, value in enumerate(inputs):
        if place not in data:
            yield known(value, "position")
            continue
        size = int(np.prod(value.shape))
        yield np.arange(count, count + size, dtype=np.int32).reshape(value.shape)
        count += size


def definition(kind: str) -> Any:
    """TensorFlow's own definition of an operator."""
    from tensorflow.python.framework import op_def_registry

    return op_def_registry.get(kind)


lower("MatrixDiagV3")(rearranged("MatrixDiagV3", 0, 4))
lower("MatrixDiagPartV3")(rearranged("MatrixDiagPartV3", 0, 2))
lower("MatrixSetDiagV3")(rearranged("MatrixSetDiagV3", 0, 1))
lower("MatrixSetDiag")(rearranged("MatrixSetDiag", 0, 1))


@lower("Bucketize")
def bucketize(x: Var, *, boundaries: list[float]) -> Var:
    """How many of the boundaries, which are sorted, are not above each element."""
    found: Var = None
    for boundary in boundaries:
        is_above = mb.greater_equal(x=x, y=like(x, boundary))
        reached = mb.cast(x=is_above, dtype="int32")
        found = reached if found is None else mb.add(x=found, y=reached)
    return mb.fill_like(ref_tensor=mb.cast(x=x, dtype="int32"), value=0) if found is None else found


@lower("NonMaxSuppressionV5")
def non_max_suppression(
    boxes: Var,
    scores: Var,
    count: Var,
    overlap: Var,
    least: Var,
    softness: Var,
    *,
    pad_to_max_output_size: bool = False,
) -> list[Var]:
    """Boxes that overlap no better one: indices and scores, best first and 0 behind; how many.

    Boxes are [n, 4], each two opposite corners (y, x, y, x).
    """
    if not pad_to_max_output_size:
        raise ValueError("the number of its results is open")
    if known(softness, "soft_nms_sigma") != 0:
        raise ValueError("it lowers scores instead of leaving boxes out")
    size = min(int(known(count, "number of boxes")), boxes.shape[0])
    y, x, end_y, end_x = mb.split(x=boxes, num_splits=4, axis=-1)
    sides = [mb.abs(x=mb.sub(x=b, y=a)) for a, b in ((x, end_x), (y, end_y))]
    centres = [mb.mul(x=mb.add(x=a, y=b), y=like(a, 0.5)) for a, b in ((x, end_x), (y, end_y))]
    rated = mb.expand_dims(x=scores, axes=[0, -1])
    framed = mb.expand_dims(x=mb.concat(values=[*centres, *sides], axis=-1), axes=[0])
    indices = suppressed(framed, rated, size, overlap)
    threshold = max(float(known(least, "threshold")), float(lowest(np.float32)))
    safe = mb.maximum(x=indices, y=0)
    chosen = mb.greater(x=mb.gather(x=scores, indices=safe, axis=0), y=np.float32(threshold))
    is_kept = mb.logical_and(x=chosen, y=mb.greater_equal(x=indices, y=0))
    kept, best = mb.cast(x=is_kept, dtype="int32"), mb.gather(x=scores, indices=safe, axis=0)
    best = mb.select(cond=is_kept, a=best, b=mb.fill_like(ref_tensor=best, value=like(best, 0)))
    return [mb.mul(x=safe, y=kept), best, mb.reduce_sum(x=kept, axes=[0], keep_dims=False)]


def suppressed(boxes: Var, scores: Var, size: int, overlap: Var) -> Var:
    """MIL's suppression over [1, n, 4] and [1, n, 1]: indices [size], those of no box -1.

    From iOS 17 on boxes come last and there is no threshold of scores.
    """
    limit = {"max_boxes": size, "iou_threshold": np.float32(known(overlap, "overlap"))}
    if is_current_opset_version_compatible_with(AvailableTarget.iOS17):
        boxes, scores = (mb.transpose(x=value, perm=[0, 2, 1]) for value in (boxes, scores))
        *_, indices = mb.non_maximum_suppression(boxes=boxes, scores=scores, **limit)
    else:
        *_, indices, _ = mb.non_maximum_suppression(
            boxes=boxes, scores=scores, score_threshold=lowest(np.float32), **limit
        )
    return mb.squeeze(x=indices, axes=[0])


@lower("RFFT2D")
def rfft_2d(x: Var, length: Var) -> Var:
    """The spectrum of real rows and columns, as products with matrices of sines and cosines.

    The last two axes are cut, or filled up with zeros, to the lengths; of the last one the half is
    kept that tells all.
    """
    height, width = known(length, "length").tolist()
    x = fitted(fitted(x, -1, width), -2, height)
    turns = spectrum(width)[:, : width // 2 + 1]
    real, imaginary = (mb.matmul(x=x, y=part) for part in (turns.real, turns.imag))
    if height > 1:
        a, b = spectrum(height).real, spectrum(height).imag
        real, imaginary = (
            mb.sub(x=mb.matmul(x=a, y=real), y=mb.matmul(x=b, y=imaginary)),
            mb.add(x=mb.matmul(x=a, y=imaginary), y=mb.matmul(x=b, y=real)),
        )
    return mb.complex(real_data=real, imag_data=imaginary)


def spectrum(size: int) -> np.ndarray:
    """The matrix whose product with a row is its discrete Fourier transform."""
    turns = np.outer(np.arange(size), np.arange(size)) % size
    return np.asarray(np.exp(-2j * np.pi * turns / size), np.complex64)


def fitted(x: Var, axis: int, size: int) -> Var:
    """An axis, counted from the end, cut or filled up with zeros to a size."""
    along, missing = x.rank + axis, size - x.shape[axis]
    if missing <= 0:
        return part(x, along, 0, size) if missing else x
    return mb.pad(x=x, pad=[0, 0] * along + [0, missing] + [0, 0] * (-axis - 1))


@lower("Reshape")
def reshape(x: Var, shape: Var) -> Var:
    """Another shape, of complex numbers too."""
    if not types.is_complex(x.dtype):
        return mb.reshape(x=x, shape=shape)
    parts = (mb.complex_real(data=x), mb.complex_imag(data=x))
    real, imaginary = (mb.reshape(x=part, shape=shape) for part in parts)
    return mb.complex(real_data=real, imag_data=imaginary)


@lower("ComplexAbs")
def complex_abs(x: Var) -> Var:
    """The length of complex numbers."""
    real, imaginary = mb.complex_real(data=x), mb.complex_imag(data=x)
    return mb.sqrt(x=mb.add(x=mb.square(x=real), y=mb.square(x=imaginary)))


@lower("Angle")
def angle(x: Var) -> Var:
    """The angle of complex numbers."""
    return atan2(mb.complex_imag(data=x), mb.complex_real(data=x))


@lower("BlockLSTMV2")
def lstm(
    length: Var,  # noqa: ARG001  (all steps)
    x: Var,
    cell: Var,
    hidden: Var,
    weights: Var,
    *operands: Var,
    use_peephole: bool = False,
    cell_clip: float = 0.0,
) -> list[Var | None]:
    """An LSTM over sequences [time, batch, inputs]. Of the cell states only the last is there.

    coremltools has an entry for it that becomes the same, but not where the program is of float16.
    """
    if use_peephole or cell_clip > 0:
        raise ValueError("its cell is clipped, or seen by its gates")
    units = hidden.shape[-1]
    rows = known(weights, "weight").reshape(-1, 4, units)[:, CELL_LAST].reshape(-1, 4 * units)
    bias = known(operands[-1], "bias").reshape(4, units)[CELL_LAST].ravel()
    kernel, recurrent = np.split(np.ascontiguousarray(rows.T), [x.shape[-1]], axis=1)
    outputs, _, cell = mb.lstm(
        x=x,
        initial_h=hidden,
        initial_c=cell,
        weight_ih=kernel,
        weight_hh=recurrent,
        bias=bias,
        output_sequence=True,
    )
    return [None, mb.expand_dims(x=cell, axes=[0]), None, None, None, None, outputs]

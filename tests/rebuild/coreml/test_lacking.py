"""Operators that coremltools lacks, against TensorFlow itself: converted, then evaluated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rebuild.coreml.convert import pipeline
from rebuild.coreml.evaluate import Evaluator
from rebuild.coreml.quiet import import_coremltools, silence
from rebuild.coreml.settings import Target
from rebuild.coreml.trace import Traced, frozen

coremltools = import_coremltools()

import tensorflow as tf  # noqa: E402

import rebuild.coreml.lacking  # noqa: E402, F401  (registers them)

raw = tf.raw_ops
REALS = np.random.default_rng(0).uniform(-2, 2, (4, 5)).astype(np.float32)
OTHERS = np.random.default_rng(1).uniform(-2, 2, (4, 5)).astype(np.float32)
WHOLE = np.random.default_rng(2).integers(-200, 200, (4, 5)).astype(np.int32)
PARTS = np.random.default_rng(3).integers(1, 9, (4, 5)).astype(np.int32)
STRANGE = np.array([0.0, np.nan, np.inf, -np.inf, 1e30], np.float32)
ANGLES = np.array([[0, 1, -1, 0, 0, 2, -2, 2, -2], [0, 0, 0, 1, -1, 3, 3, -3, -3]], np.float32)
HALVES = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.2, -0.7], np.float32)
BOXES = np.random.default_rng(4).uniform(0, 1, (12, 4)).astype(np.float32)
SCORES = np.random.default_rng(5).uniform(0, 1, 12).astype(np.float32)

SORTED, UNSORTED = np.int32([0, 0, 2, 2]), np.int32([2, 0, -1, 2])
DIAGONAL = np.arange(1, 5, dtype=np.float32)
MASK = np.int32(0b0110_1001)


def suppressed(boxes: Any, scores: Any) -> Any:
    """The boxes that are kept, and how many they are."""
    return raw.NonMaxSuppressionV5(
        boxes=boxes,
        scores=scores,
        max_output_size=6,
        iou_threshold=0.3,
        score_threshold=0.25,
        soft_nms_sigma=0.0,
        pad_to_max_output_size=True,
    )


def sliced(x: Any, part: Any, starts: Any) -> Any:
    """`x` with a part of it replaced."""
    from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice

    return dynamic_update_slice(x, part, starts)


CASES: dict[str, tuple[Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "EnsureShape": (lambda x: tf.ensure_shape(x, [4, None]) + x, (REALS,)),
    "Erfc": (tf.math.erfc, (REALS,)),
    "Expm1": (tf.math.expm1, (REALS,)),
    "Rint": (tf.math.rint, (HALVES,)),
    "OnesLike": (lambda x: raw.OnesLike(x=x), (REALS,)),
    "IsNan": (lambda x: tf.cast(tf.math.is_nan(x), tf.int32), (STRANGE,)),
    "IsInf": (lambda x: tf.cast(tf.math.is_inf(x), tf.int32), (STRANGE,)),
    "Atan2": (tf.math.atan2, (ANGLES[0], ANGLES[1])),
    "TruncateMod": (tf.truncatemod, (WHOLE, PARTS)),
    "TruncateMod_real": (tf.truncatemod, (REALS, OTHERS)),
    "TruncateDiv": (tf.truncatediv, (WHOLE, PARTS)),
    "Invert": (tf.bitwise.invert, (WHOLE,)),
    "LeftShift": (lambda x: tf.bitwise.left_shift(x, 3), (WHOLE,)),
    "RightShift": (lambda x: tf.bitwise.right_shift(x, 3), (WHOLE,)),
    "BitwiseAnd": (tf.bitwise.bitwise_and, (WHOLE, PARTS)),
    "BitwiseAnd_low": (lambda x: tf.bitwise.bitwise_and(x, 15), (WHOLE,)),
    "BitwiseAnd_mask": (lambda x: tf.bitwise.bitwise_and(x, MASK), (WHOLE,)),
    "BitwiseOr": (tf.bitwise.bitwise_or, (WHOLE, PARTS)),
    "BitwiseXor": (tf.bitwise.bitwise_xor, (WHOLE, PARTS)),
    "Roll": (lambda x: tf.roll(x, [1, -7], [0, 1]), (REALS,)),
    "Cumprod": (lambda x: tf.math.cumprod(x, 1), (REALS,)),
    "Cumprod_ends": (lambda x: tf.math.cumprod(x, 0, exclusive=True, reverse=True), (REALS,)),
    "XlaDynamicUpdateSlice": (sliced, (REALS, OTHERS[:2, :3], np.int32([3, 1]))),
    "MatrixDiag": (lambda x: tf.linalg.diag(x, k=1), (REALS,)),
    "MatrixDiagPart": (lambda x: tf.linalg.diag_part(x, k=(-1, 1)), (REALS,)),
    "MatrixSetDiag": (lambda x: tf.linalg.set_diag(x, DIAGONAL), (REALS,)),
    "Bucketize": (lambda x: raw.Bucketize(input=x, boundaries=[-1.0, 0.0, 0.5]), (REALS,)),
    "RFFT2D": (lambda x: tf.abs(tf.signal.rfft2d(x, [4, 8])), (REALS,)),
    "RFFT2D_row": (lambda x: tf.math.angle(tf.signal.rfft2d(x[:, None], [1, 5])), (REALS,)),
    "NonMaxSuppressionV5": (lambda b, s: suppressed(b, s).selected_indices, (BOXES, SCORES)),
    "NonMaxSuppressionV5_scores": (lambda b, s: suppressed(b, s).selected_scores, (BOXES, SCORES)),
    "NonMaxSuppressionV5_count": (lambda b, s: suppressed(b, s).valid_outputs, (BOXES, SCORES)),
    "SegmentMean": (lambda x: tf.math.segment_mean(x, SORTED), (REALS,)),
    "Cast_int8": (lambda x: tf.cast(tf.cast(x, tf.int8), tf.int32), (WHOLE,)),
    "Cast_uint8": (lambda x: tf.cast(tf.cast(x, tf.uint8), tf.int32), (WHOLE,)),
    "Cast_bool": (lambda x: tf.cast(tf.cast(x, tf.bool), tf.int32), (WHOLE,)),
    "Const_double": (
        lambda x: tf.cast(tf.cast(x, tf.float64) * np.float64(0.1), "float32"),
        (REALS,),
    ),
}
for _kind in ("Sum", "Prod", "Max", "Min"):
    _of = getattr(tf.math, f"segment_{_kind.lower()}")
    CASES[f"Segment{_kind}"] = (lambda x, of=_of: of(x, SORTED), (REALS,))
    _of = getattr(tf.math, f"unsorted_segment_{_kind.lower()}")
    CASES[f"UnsortedSegment{_kind}"] = (lambda x, of=_of: of(x, UNSORTED, 3), (REALS,))
for _kind in ("update", "add", "sub", "max", "min"):
    _of = getattr(tf, f"tensor_scatter_nd_{_kind}")
    CASES[f"TensorScatter_{_kind}"] = (
        lambda x, y, of=_of: of(x, [[3], [1]], y[:2]),
        (REALS, OTHERS),
    )


@pytest.fixture(scope="module", params=[Target.IOS16, Target.IOS17], ids=lambda each: each.value)
def computed(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    """What a package of all cases gives, by the name of the case."""
    target: Target = request.param
    inputs = {f"{name}_{i}": a for name, (_, given) in CASES.items() for i, a in enumerate(given)}

    def function(*feeds: Any) -> list[Any]:
        taken, results = iter(feeds), []
        for name, (of, given) in CASES.items():
            results.append(tf.identity(of(*(next(taken) for _ in given)), name=f"{name}_out"))
        return results

    signature = [tf.TensorSpec(a.shape, a.dtype, name) for name, a in inputs.items()]
    graph = frozen(tf.function(function, signature, autograph=False).get_concrete_function())
    outputs = [coremltools.TensorType(name=f"{name}_out") for name in CASES]
    with silence():
        program = coremltools.convert(
            graph.as_graph_def(add_shapes=True),
            source="tensorflow",
            outputs=outputs,
            convert_to="mlprogram",
            compute_precision=coremltools.precision.FLOAT32,
            minimum_deployment_target=getattr(coremltools.target, target.value),
            skip_model_load=True,
            pass_pipeline=pipeline(coremltools, target, Traced(graph, (), ()), None),
        )._mil_program
    evaluator = Evaluator(program)
    values = evaluator.run(inputs)
    return dict(zip(CASES, (np.asarray(values[var]) for var in evaluator.outputs), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_an_operator_computes_what_tensorflow_computes(
    computed: dict[str, np.ndarray], name: str
) -> None:
    function, inputs = CASES[name]
    expected = np.asarray(function(*map(tf.constant, inputs)))
    found = computed[name]
    assert found.shape == expected.shape
    # float32 rounds each of the few operations that stand for one
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)

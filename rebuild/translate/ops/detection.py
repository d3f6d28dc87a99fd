"""Detectors' boxes (kernels/non_max_suppression.cc, detection_postprocess.cc)."""

from __future__ import annotations

from typing import Any

import numpy as np

from rebuild.translate.context import Context, number
from rebuild.translate.expression import Expression, Operand, helpers
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import TranslationError, op


@op("NON_MAX_SUPPRESSION_V4", "NON_MAX_SUPPRESSION_V5", needs_tensorflow=True)
def non_max_suppression(
    cx: Context,
    boxes: Operand,
    scores: Operand,
    count: Operand,
    overlap: Operand,
    least: Operand,
    sigma: Operand | None = None,
) -> Expression:
    """Indices of the best boxes [n, 4] that do not overlap, filled up with 0, and their number.

    With `sigma` (V5) overlapping boxes lose score instead, and scores are given too. The kernel
    drops boxes that overlap by the threshold itself; TensorFlow does so only above it.
    """
    version = "V4" if sigma is None else "V5"
    if version != cx.operator.name[-2:]:
        raise TranslationError(f"it has operands of {version}")
    return tensorflow(
        f"raw_ops.NonMaxSuppression{version}",
        boxes=boxes,
        scores=scores,
        max_output_size=count,
        iou_threshold=just_below(overlap),
        score_threshold=least,
        **({} if sigma is None else {"soft_nms_sigma": sigma}),
        pad_to_max_output_size=True,
    )


def just_below(overlap: Operand) -> Any:
    """The threshold above which the overlaps are that are not below `overlap`."""
    if overlap.static is None:
        return tensorflow("math.nextafter", overlap, x2=-1.0)
    if not overlap.static > 0:
        raise TranslationError(
            f"its threshold of overlaps is {overlap.static}, at which boxes that do not touch drop "
            "each other; TensorFlow has no such form"
        )
    return number(np.nextafter(np.float32(overlap.static), np.float32(-1)))


@op("TFLite_Detection_PostProcess", needs_tensorflow=True)
def detection_post_process(
    cx: Context,
    encodings: Operand,
    scores: Operand,
    anchors: Operand,
    *,
    max_detections: int = 0,
    max_classes_per_detection: int = 0,
    detections_per_class: int = 100,
    use_regular_nms: bool = False,
    nms_score_threshold: float = 0.0,
    nms_iou_threshold: float = 0.0,
    num_classes: int = 0,
    y_scale: float = 0.0,
    x_scale: float = 0.0,
    h_scale: float = 0.0,
    w_scale: float = 0.0,
) -> Expression:
    """Boxes, classes, scores and their number; encodings [1,n,4], scores [1,n,classes]."""
    if not 0 < nms_iou_threshold <= 1:
        raise TranslationError(f"its threshold of overlaps is {nms_iou_threshold}, not in (0, 1]")
    if not 0 <= scores.shape[2] - num_classes <= 1:
        raise TranslationError(f"it has {num_classes} classes, and scores of {scores.shape[2]}")
    if min(max_classes_per_detection, detections_per_class) < 1:
        raise TranslationError("it allows no class for a box, or no box for a class")
    options: dict[str, Any] = {"score_threshold": number(np.float32(nms_score_threshold))}
    options["iou_threshold"] = number(np.float32(nms_iou_threshold))
    scales = (y_scale, x_scale, h_scale, w_scale)
    options["scales"] = tuple(number(np.float32(scale)) for scale in scales)
    if use_regular_nms:
        options["detections_per_class"] = detections_per_class
    elif max_classes_per_detection > 1:
        options["classes_per_box"] = max_classes_per_detection
    made = helpers.DetectionPostProcess(max_detections, num_classes, **options)
    return made(encodings, scores, anchors)

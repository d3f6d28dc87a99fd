"""Detectors' boxes, and poolings that tell places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from flatbuffers import flexbuffers

from tests.one_operator import Case, Input

BOXES, SCORES = Input((40, 4), low=0, high=3), Input((40,), low=0, high=1)
SELECTED = {"outputs": 2, "output_dtypes": ("int32", "int32")}
SCORED = {"outputs": 3, "output_dtypes": ("int32", "float32", "int32")}
ENCODINGS, CLASSES = Input((1, 30, 4)), Input((1, 30, 5), low=0, high=1)
ANCHORS = np.random.default_rng(3).uniform(0.2, 0.8, (30, 4)).astype("float32")


def suppression(count: object, overlap: float, least: float, sigma: float | None = None) -> Case:
    operands = [BOXES, SCORES, count, np.float32(overlap), np.float32(least)]
    if sigma is None:
        return Case("NON_MAX_SUPPRESSION_V4", operands, **SELECTED)
    return Case("NON_MAX_SUPPRESSION_V5", [*operands, np.float32(sigma)], **SCORED)


def detection(**options: float) -> Case:
    """A detector whose places are all filled: the kernel leaves the others as they were."""
    scales = {"y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0}
    limits = {"max_detections": 4, "max_classes_per_detection": 1, "num_classes": 4}
    thresholds = {"nms_score_threshold": 0.1, "nms_iou_threshold": 0.5}
    return Case(
        "TFLite_Detection_PostProcess",
        [ENCODINGS, CLASSES, ANCHORS],
        outputs=4,
        custom=bytes(flexbuffers.Dumps({**scales, **limits, **thresholds, **options})),
    )


TOUCHING = np.array([[0, 0, 4, 4], [0, 0, 4, 2], [0, 0, 1, 4], [8, 8, 9, 9]], "float32")
"""Boxes of which the second overlaps the first by a half, the third by a quarter."""


def touching(overlap: object) -> list[object]:
    """The other operands of version 4, of those boxes in this order of score."""
    least = overlap if isinstance(overlap, Input) else np.float32(overlap)
    return [np.array([0.9, 0.8, 0.7, 0.6], "float32"), np.int32(4), least, Input((), low=0, high=0)]


CASES = {
    "suppression": suppression(np.int32(7), 0.5, 0.1),
    "suppression of many": suppression(np.int32(40), 0.3, 0.6),
    "suppression to a given number": suppression(Input((), "int32", 3, 9), 0.5, 0.0),
    "suppression at the threshold": replace(
        suppression(np.int32(4), 0.5, 0.0), operands=[TOUCHING, *touching(0.5)]
    ),
    "suppression at a given threshold": replace(
        suppression(np.int32(4), 0.5, 0.0),
        operands=[TOUCHING, *touching(Input((), low=0.25, high=0.25))],
    ),
    "suppression hard": suppression(np.int32(9), 0.4, 0.2, 0.0),
    "suppression soft": suppression(np.int32(9), 1.0, 0.2, 0.5),
    "suppression soft to a given number": suppression(Input((), "int32", 3, 9), 0.6, 0.4, 0.1),
    "detection": detection(),
    "detection without background": detection(num_classes=5),
    "detection of several classes": detection(max_classes_per_detection=3),
    "detection class by class": detection(use_regular_nms=True, detections_per_class=2),
    "detection of all in classes": detection(use_regular_nms=True, max_detections=200),
    "detection above a score": detection(use_regular_nms=True, nms_score_threshold=0.9),
}
HELPERS = {"DetectionPostProcess": "detection"}

"""Non-maximum suppression."""

from __future__ import annotations

import numpy as np

from rebuild.coreml.registry import mil

Array = np.ndarray


@mil("non_maximum_suppression")
def non_maximum_suppression(
    boxes: Array,
    scores: Array,
    iou_threshold: float,
    max_boxes: int,
    per_class_suppression: bool,
    score_threshold: float | None = None,
) -> tuple[Array, ...]:
    """The best boxes (centre x, y, width, height) that overlap no better one by more than the IoU.

    Until iOS 16 boxes are (N, B, 4) and scores (N, B, K), low scores are left out, and the number
    found is told; since iOS 17 boxes are (N, 4, B) and scores (N, K, B).
    """
    newer = score_threshold is None
    if newer:
        boxes, scores = boxes.swapaxes(1, 2), scores.swapaxes(1, 2)
    least = -np.inf if score_threshold is None else float(score_threshold)
    count = int(max_boxes)
    found = [
        selected(b, s, float(iou_threshold), least, count, bool(per_class_suppression))
        for b, s in zip(boxes, scores, strict=True)
    ]
    chosen = np.full((len(boxes), count), -1, np.int32)
    kept_boxes = np.zeros((len(boxes), count, 4), boxes.dtype)
    kept_scores = np.full((len(boxes), count, scores.shape[-1]), 0, scores.dtype)
    for row, indices in enumerate(found):
        chosen[row, : len(indices)] = indices
        kept_boxes[row, : len(indices)] = boxes[row, indices]
        kept_scores[row, : len(indices)] = scores[row, indices]
    if newer:
        return kept_boxes.swapaxes(1, 2), kept_scores.swapaxes(1, 2), chosen
    return kept_boxes, kept_scores, chosen, np.array([len(i) for i in found], np.int32)


def selected(
    boxes: Array, scores: Array, iou: float, least: float, count: int, by_class: bool
) -> list[int]:
    """The indices of the boxes that stay, best first."""
    best, classes = scores.max(axis=1), scores.argmax(axis=1)
    kept: list[int] = []
    for index in np.argsort(-best, kind="stable"):
        if len(kept) == count or best[index] < least:
            break
        rivals = [k for k in kept if not by_class or classes[k] == classes[index]]
        if all(overlap(boxes[index], boxes[k]) <= iou for k in rivals):
            kept.append(int(index))
    return kept


def overlap(a: Array, b: Array) -> float:
    """Intersection over union of two boxes (centre x, y, width, height)."""
    low = np.maximum(a[:2] - a[2:] / 2, b[:2] - b[2:] / 2)
    high = np.minimum(a[:2] + a[2:] / 2, b[:2] + b[2:] / 2)
    shared = float(np.prod(np.maximum(high - low, 0)))
    union = float(np.prod(a[2:]) + np.prod(b[2:])) - shared
    return shared / union if union > 0 else 0.0

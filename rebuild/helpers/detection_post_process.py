"""What follows a detector's heads (kernels/detection_postprocess.cc)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers


@keras.saving.register_keras_serializable(package="tfli")
class DetectionPostProcess(layers.Layer):
    """Boxes [1, n, 4] (top, left, bottom, right), classes, scores [1, n] and n [1].

    Of encodings [1, boxes, 4], scores [1, boxes, classes] and anchors [boxes, 4] (y, x,
    height, width). Boxes compete with each other by their best class; class by class,
    where `detections_per_class` is given. What is left of the places is 0.
    """

    def __init__(
        self,
        max_detections,
        num_classes,
        score_threshold,
        iou_threshold,
        scales,
        classes_per_box=1,
        detections_per_class=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.max_detections = max_detections
        self.num_classes = num_classes
        self.score_threshold = score_threshold
        self.iou_threshold = iou_threshold
        self.scales = tuple(scales)
        self.classes_per_box = classes_per_box
        self.detections_per_class = detections_per_class

    def decode(self, encodings, anchors):
        """Centres and sizes, relative to the anchors, to corners."""
        parts = tf.cast(encodings[0, :, :4], "float64") / np.float64(self.scales)
        y, x, h, w = tf.unstack(parts, axis=-1)
        anchors = tf.cast(anchors, "float64")
        middle, left, height, width = (anchors[:, column] for column in range(4))
        y, x = y * height + middle, x * width + left
        h, w = tf.exp(h) * height / 2, tf.exp(w) * width / 2
        y, x, h, w = (tf.cast(part, "float32") for part in (y, x, h, w))
        return tf.stack([y - h, x - w, y + h, x + w], axis=-1)

    def suppress(self, boxes, scores, limit):
        """Boxes that overlap no better one: their indices, filled up, and number."""
        good = scores >= self.score_threshold
        kept, _, number = tf.raw_ops.NonMaxSuppressionV5(
            boxes=boxes,
            scores=tf.where(good, scores, -np.inf),
            max_output_size=limit,
            iou_threshold=np.nextafter(np.float32(self.iou_threshold), np.float32(2)),
            score_threshold=-np.inf,
            soft_nms_sigma=0.0,
            pad_to_max_output_size=True,
        )
        return kept, number

    def across_classes(self, boxes, scores):
        """For each box that is kept its best classes."""
        count = min(self.classes_per_box, self.num_classes)
        best, classes = tf.math.top_k(scores, count)
        kept, number = self.suppress(boxes, best[:, 0], self.max_detections)
        spare = [[0, 0], [0, self.classes_per_box - count]]
        best, classes = (
            tf.reshape(tf.pad(tf.gather(each, kept), spare), [-1])
            for each in (best, classes)
        )
        filled = tf.sequence_mask([count], self.classes_per_box)
        here = tf.sequence_mask(number, self.max_detections)[:, None] & filled
        kept = tf.repeat(kept, self.classes_per_box)
        return kept, classes, best, tf.reshape(here, [-1]), number

    def class_by_class(self, boxes, scores):
        """The best boxes of all that are kept in their class."""
        limit = min(self.detections_per_class, self.max_detections)

        def keep(column):
            kept, number = self.suppress(boxes, column, limit)
            found = tf.where(tf.range(limit) < number, tf.gather(column, kept), -np.inf)
            return found, kept

        kinds = (tf.float32, tf.int32)
        found, kept = tf.map_fn(keep, tf.transpose(scores), fn_output_signature=kinds)
        spare = [[0, max(self.max_detections - limit * self.num_classes, 0)]]
        found = tf.pad(tf.reshape(found, [-1]), spare, constant_values=-np.inf)
        best, order = tf.math.top_k(found, self.max_detections)
        kept = tf.gather(tf.pad(tf.reshape(kept, [-1]), spare), order)
        here = best > -np.inf
        return kept, order // limit, best, here, tf.reduce_sum(tf.cast(here, "int32"))

    def call(self, encodings, scores, anchors):
        boxes = self.decode(encodings, anchors)
        scores = scores[0, :, scores.shape[2] - self.num_classes :]
        each = self.detections_per_class
        choose = self.class_by_class if each else self.across_classes
        kept, classes, best, here, number = choose(boxes, scores)
        return (
            tf.where(here[:, None], tf.gather(boxes, kept), 0)[None],
            tf.where(here, tf.cast(classes, "float32"), 0)[None],
            tf.where(here, best, 0)[None],
            tf.cast(tf.reshape(number, [1]), "float32"),
        )

    def get_config(self):
        own = {
            "max_detections": self.max_detections,
            "num_classes": self.num_classes,
            "score_threshold": self.score_threshold,
            "iou_threshold": self.iou_threshold,
            "scales": self.scales,
            "classes_per_box": self.classes_per_box,
            "detections_per_class": self.detections_per_class,
        }
        return {**super().get_config(), **own}

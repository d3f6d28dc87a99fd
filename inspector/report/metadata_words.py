"""What a model's metadata says, in a few words for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.report.records import Object

LONGEST = 64
"""Characters of a description on the page, so that a line of 80 holds it; `--json` has all."""

ORIGINS = {
    "TF_SAVED_MODEL": "a SavedModel",
    "KERAS_MODEL": "a Keras model",
    "TF_CONCRETE_FUNCTIONS": "concrete functions",
    "TF_GRAPH_DEF": "a GraphDef",
    "TF_SESSION": "a session",
    "JAX": "JAX",
    "PYTORCH": "PyTorch",
}
MODES = {
    "PTQ_FLOAT16": "float16 weights",
    "PTQ_DYNAMIC_RANGE": "dynamic range quantisation",
    "PTQ_FULL_INTEGER": "full integer quantisation",
    "PTQ_INT16": "int16 activations",
    "QUANTIZATION_AWARE_TRAINING": "quantisation-aware training",
    "RANDOM_SPARSITY": "random sparsity",
    "BLOCK_SPARSITY": "block sparsity",
    "STRUCTURED_SPARSITY": "structured sparsity",
}
FLAGS = {
    "allow_custom_ops": "custom operators allowed",
    "enable_select_tf_ops": "TensorFlow operators allowed",
    "force_select_tf_ops": "TensorFlow operators only",
}
FILES = {
    "DESCRIPTIONS": "description",
    "TENSOR_AXIS_LABELS": "labels",
    "TENSOR_VALUE_LABELS": "labels",
    "TENSOR_AXIS_SCORE_CALIBRATION": "score calibration",
    "VOCABULARY": "vocabulary",
    "SCANN_INDEX_FILE": "ScaNN index",
}
BOXES = {
    "BOUNDARIES": "left, top, right, bottom",
    "UPPER_LEFT": "left, top, width, height",
    "CENTER": "centre x, centre y, width, height",
}


def conversion_text(found: Object) -> str:
    """The converter and its task: `TensorFlow 2.13.0 from a Keras model; float16 weights`."""
    environment, options = found.get("environment", {}), found.get("options", {})
    version = environment.get("tensorflow_version", "")
    words = f"TensorFlow {version}" if version else ""
    origin = environment.get("model_type", "NONE")
    words += f" from {ORIGINS.get(origin, origin)}" if origin != "NONE" else ""
    modes = [MODES.get(mode, str(mode)) for mode in options.get("model_optimization_modes", [])]
    flags = [text for flag, text in FLAGS.items() if options.get(flag)]
    return "; ".join(filter(None, [words.strip(), *modes, *flags]))


def tensor_text(tensor: Object) -> str:
    """What an input or output is: `RGB image, (x − 127.5) / 127.5` or `90 labels: person · …`."""
    return ", ".join(filter(None, (content_text(tensor), *processing(tensor))))


def content_text(tensor: Object) -> str:
    """What its values are; empty for a plain feature."""
    details = tensor["details"]
    if tensor["content"] == "image":
        return f"{tensor['color_space']} image".strip()
    if tensor["content"] == "audio":
        channels = details.get("channels", 0)
        rate = f"audio at {details.get('sample_rate', 0) / 1000:g} kHz"
        return rate if not channels else f"{rate}, {'mono' if channels == 1 else channels}"
    if tensor["content"] == "boxes":
        return boxes_text(details)
    return str(tensor["content"]) if tensor["content"] == "text" else ""


def boxes_text(details: Object) -> str:
    """The order of a box's numbers, and their unit: `boxes (top, left, bottom, right; 0 to 1)`."""
    order = BOXES.get(details.get("type", ""), "").split(", ")
    index = details.get("index", [])
    if sorted(index) == list(range(len(order))):
        order = [order[index.index(place)] for place in range(len(order))]
    unit = "pixels" if details.get("coordinate_type") == "PIXEL" else "0 to 1"
    return f"boxes ({', '.join(order)}; {unit})" if order != [""] else f"boxes ({unit})"


def processing(tensor: Object) -> Iterator[str]:
    """What is done with the values outside of the model, and what they stand for."""
    if tensor["mean"] or tensor["std"]:
        yield f"(x − {numbers(tensor['mean'])}) / {numbers(tensor['std'])}"
    elif tensor["min"] and tensor["max"]:
        yield f"{numbers(tensor['min'])} to {numbers(tensor['max'])}"
    if tensor["tokenizer"]:
        yield tokenizer_text(tensor["tokenizer"])
    if tensor["score_threshold"] is not None:
        yield f"scores from {tensor['score_threshold']:g}"
    if tensor["score_calibration"]:
        yield "calibrated scores"
    if tensor["labels"]:
        yield labels_text(tensor["labels"])


def tokenizer_text(tokenizer: Object) -> str:
    """`BERT tokenizer (vocab.txt)`."""
    names = ", ".join(tokenizer["files"])
    return f"{tokenizer['kind']} tokenizer" + (f" ({names})" if names else "")


def labels_text(labels: Object) -> str:
    """`90 labels: person · bicycle · …`."""
    count, first = labels["count"], labels["first"]
    rest = " · …" if count > len(first) else ""
    return f"{count} label{'' if count == 1 else 's'}: {' · '.join(first)}{rest}"


def numbers(values: Sequence[float]) -> str:
    """One number, or one a channel in brackets; `?` for none."""
    shown = [f"{value:.6g}" for value in values]
    return shown[0] if len(set(shown)) == 1 else f"[{', '.join(shown)}]" if shown else "?"


def file_text(found: Object) -> str:
    """What a packed file is for: its type and description."""
    if not found["mentioned"]:
        return "not mentioned in the metadata"
    kind = FILES.get(found["type"], "")
    locale = f" ({found['locale']})" if found["locale"] else ""
    return ": ".join(filter(None, [f"{kind}{locale}", found["description"]]))

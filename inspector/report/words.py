"""Records in a few words, for tables: shapes, quantisation, the options that matter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from inspector.calls import CALLERS, NOWHERE
from inspector.read.model import Subgraph
from inspector.read.options import Options
from inspector.read.records import Tensor
from inspector.report.records import Object
from inspector.report.text import bytes_text, printable

PAIRS = {
    "stride": ("stride_h", "stride_w"),
    "filter": ("filter_height", "filter_width"),
    "dilation": ("dilation_h_factor", "dilation_w_factor"),
}
"""Options that belong together, shown as `height×width`."""

SILENT = {
    "asymmetric_quantize_inputs",
    "pot_scale_int16",
    "quantized_bias_type",
    "depth_multiplier",
}
"""Options that say nothing of the computation, or repeat what the shapes say."""

PLAIN: Options = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0}
PLAIN |= {"shrink_axis_mask": 0, "cell_clip": 0, "proj_clip": 0, "weights_format": "DEFAULT"}
PLAIN |= {"version": 0}
"""Values that are as good as no option."""

CALLED_AS = {option: role for options in CALLERS.values() for option, role in options.items()}
"""Options that name subgraphs, and what each is to the operator."""

NAMES = {"fused_activation_function": "activation"}
LONGEST = 40


def address_text(subgraph: Subgraph, index: int) -> str:
    """`17`, or `1:17` in a model of several subgraphs."""
    return f"{subgraph.index}:{index}" if len(subgraph.model.subgraphs) > 1 else str(index)


def shape_of(tensor: Tensor) -> str:
    """A tensor's shape in words, open where the file leaves it open."""
    return sizes_text(tensor.shape_signature or tensor.shape)


def shape_text(sizes: Sequence[int]) -> str:
    """`1×224×224×3`, with `?` where a size is open; `[]` for no dimensions, or none known."""
    return sizes_text(tuple(sizes))


@lru_cache(maxsize=1024)
def sizes_text(sizes: tuple[int, ...]) -> str:
    """As `shape_text`, once for each of the few shapes that a model has."""
    return "×".join("?" if size < 0 else str(size) for size in sizes) or "[]"


def quantization_text(quantization: Object | None) -> str:
    """`0.00784 × (q − 128)`, or how many scales along which axis; of the object in a listing."""
    if quantization is None:
        return ""
    scale, zeros = quantization["scale"], quantization["zero_point"]
    if "custom" in quantization:
        return f"custom, {quantization['custom']['bytes']} bytes"
    if not scale:
        return blocks_text(quantization)
    if len(scale) > 1:
        return f"{len(scale)} scales, axis {quantization['dimension']}"
    zero = zeros[0] if zeros else 0
    stored = f"(q {'+' if zero < 0 else '−'} {abs(zero)})" if zero else "q"
    return f"{scale[0]:.4g} × {stored}"


def blocks_text(quantization: Object) -> str:
    """`blocks of 32`, `blocks of 1×32`, `axes 0, 2`: where scales are tensors of their own."""
    shape, axes = quantization["block_shape"], quantization["dimensions"]
    block = shape_text(shape) if shape else str(quantization["block_size"] or "")
    along = "axes " + ", ".join(map(str, axes)) if axes else ""
    return ", ".join(filter(None, [along, block and f"blocks of {block}"]))


def range_text(found: Object | None) -> str:
    """`−1 … 1`, or of how many channels there is a range; of the object in a listing."""
    if found is None:
        return ""
    least, most = found["min"], found["max"]
    if len(least) == len(most) == 1:
        return f"{least[0]:.4g} … {most[0]:.4g}"
    return f"{max(len(least), len(most))} ranges"


def type_text(tensor: Tensor) -> str:
    """`float32`, `int8 sparse`, `variant of float32 ?×3`."""
    held = [
        f"{variant.dtype} {shape_text(variant.shape) if variant.has_rank else '?'}"
        for variant in tensor.variants
    ]
    within = f" of {', '.join(held)}" if held else ""
    return f"{tensor.dtype}{within}{' sparse' if tensor.sparsity else ''}"


def options_text(options: Options) -> str:
    """The options that shape the computation: `stride=2×2 padding=SAME activation=RELU6`.

    Of a Flex operator or a composite they are the attributes that its own name goes by.
    """
    return " ".join(option_texts(options))


def option_texts(options: Options) -> list[str]:
    """The options that shape the computation, one by one: `stride=2×2`."""
    calls = [f"{role}→{called}" for role, called in called_pairs(options)]
    return calls + [f"{name}={text}" for name, text in option_pairs(options)]


def called_pairs(options: Options) -> list[tuple[str, int]]:
    """The subgraphs that an operator runs, each with what it is to the operator."""
    found = []
    for option, named in unfolded(options).items():
        if option in CALLED_AS:
            indices = named if isinstance(named, list) else [named]
            found += [(CALLED_AS[option], index) for index in indices if index != NOWHERE]
    return found


def option_pairs(options: Options) -> list[tuple[str, str]]:
    """The options that shape the computation, but for subgraphs: a name and a value each."""
    found = []
    left = {name: value for name, value in unfolded(options).items() if name not in CALLED_AS}
    for name, (height, width) in PAIRS.items():
        if height in left and width in left:
            pair = f"{left.pop(height)}×{left.pop(width)}"
            found += [] if pair == "1×1" and name == "dilation" else [(name, pair)]
    for name, value in left.items():
        if tells(name, value):
            found.append((NAMES.get(name, printable(name)), value_text(value)))
    return found


def unfolded(options: Options) -> Options:
    """The options, a TensorFlow node's or a composite's attributes among them instead of below."""
    node, composite = options.get("attributes"), options.get("composite_attributes")
    if isinstance(node, dict) and "op" in options:
        return dict(node)
    if not isinstance(composite, dict):
        return dict(options)
    return {k: v for k, v in options.items() if not k.startswith("composite_")} | composite


def tells(name: str, value: Any) -> bool:
    """Whether an option says more than its absence would."""
    if name in SILENT or value is False or value is None:
        return False
    return value not in ("NONE", "", []) and (name not in PLAIN or value != PLAIN[name])


def dict_text(value: Options) -> str:
    """`253 kB` for bytes that are not given, `{dtype=float32,shape=2,3}` for anything else."""
    count = value.get("bytes")
    if isinstance(count, int) and len(value) == 1:
        return bytes_text(count)
    return "{" + ",".join(f"{printable(k)}={value_text(v)}" for k, v in value.items()) + "}"


def value_text(value: Any) -> str:
    """An option's value on one line, cut where it is long."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        text = ",".join(map(value_text, value[:LONGEST]))
    elif isinstance(value, dict):
        text = dict_text(value)
    else:
        text = "yes" if value is True else printable(str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

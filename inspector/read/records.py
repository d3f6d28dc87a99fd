"""What a model is made of: small immutable records without bytes.

Tensors, their quantisation and operators, of which a model has thousands, are named tuples: a
frozen, slotted dataclass of eleven fields takes four times as long to make, a third of the whole
listing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from inspector.errors import ModelError
from inspector.read.options import Options
from inspector.read.schema import BITS, INTEGERS, TensorType

if TYPE_CHECKING:
    from inspector.read.model import Model


class Quantization(NamedTuple):
    """real = scale * (stored - zero_point), per tensor (one scale) or along `dimension` (several).

    `block_size` is above 0 where each block of so many elements has a scale of its own; then, and
    for multi-axis quantisation, `scales` and `zero_points` are the indices of tensors of the same
    subgraph that hold them (-1: none), and `dimensions` the quantised axes. `block_shape` stands in
    for `block_size` where blocks extend along several axes.

    `custom` is the (byte offset, length) of a `CustomQuantization`, which only its maker reads; the
    scales may then be absent, and LiteRT goes by those that are there.
    """

    scale: tuple[float, ...] = ()
    zero_point: tuple[int, ...] = ()
    dimension: int = 0
    block_size: int = 0
    scales: int = -1
    zero_points: int = -1
    dimensions: tuple[int, ...] = ()
    block_shape: tuple[int, ...] = ()
    custom: tuple[int, int] | None = None

    def axis(self, rank: int) -> int:
        """The axis of a tensor of so many axes that several scales go along.

        That of a vector is its only one, whatever the file says: some converters write the kernel's
        `dimension` to the bias, too. No kernel reads that (kernels/kernel_util.cc,
        `PopulateConvolutionQuantizationParams`, goes by the scales of input and filter), so such
        files run on microcontrollers; LiteRT refuses to load them (core/interpreter_builder.cc).
        """
        return 0 if rank == 1 else self.dimension

    def __repr__(self) -> str:
        from inspector.read.display import scales

        return f"<Quantization: {scales(self)}>"


@dataclass(frozen=True, slots=True)
class Range:
    """The least and greatest real values that a converter saw, one of each or one a channel."""

    minimum: tuple[float, ...]
    maximum: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class VariantType:
    """What a VARIANT tensor holds; without `has_rank` nothing is known of the shape."""

    shape: tuple[int, ...]
    dtype: TensorType
    has_rank: bool


@dataclass(frozen=True, slots=True)
class Dimension:
    """One level of a sparse tensor: dense of `size`, or CSR by `segments` and `indices`."""

    dense: bool
    size: int
    segments: tuple[int, ...] = field(repr=False)
    indices: tuple[int, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sparsity:
    """How a sparse constant is stored, in TACO's terms: order of traversal, blocks, levels."""

    traversal_order: tuple[int, ...]
    block_map: tuple[int, ...]
    dimensions: Sequence[Dimension]


class Tensor(NamedTuple):
    """A tensor of a subgraph. Its address is `(subgraph, index)`; names are labels and may repeat.

    `shape_signature` has -1 where a dimension is unknown; it is empty when the shape is fixed.
    `has_rank` is false when an empty shape may also mean that nothing is known of it. A VARIANT
    may say in `variants` what it holds. `parameters_at` is the byte position of the quantisation
    parameters, which may tell of ranges too (`Model.value_range`), or 0.
    """

    subgraph: int
    index: int  # type: ignore[assignment]  # the field wins over tuple.index
    name: str
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...]
    dtype: TensorType
    buffer: int
    is_variable: bool
    quantization: Quantization | None
    sparsity: Sparsity | None
    external_buffer: int = 0
    has_rank: bool = True
    variants: tuple[VariantType, ...] = ()
    parameters_at: int = 0

    @property
    def elements(self) -> int:
        """The element count that `shape` says."""
        count = 1
        for size in self.shape:
            count *= size
        return count

    @property
    def is_quantized(self) -> bool:
        """Whether the elements are integers that stand for real numbers."""
        return self.quantization is not None and self.dtype in INTEGERS

    @property
    def nbytes(self) -> int:
        """Bytes of the dense tensor, packed types rounded up; 0 where there is no fixed size."""
        return -(-self.elements * BITS.get(self.dtype, 0) // 8)

    def __repr__(self) -> str:
        from inspector.read.display import tensor_line

        return tensor_line(self)

    def _repr_html_(self) -> str:
        from inspector.read.html import tensor_html

        return tensor_html(self)


class Operator(NamedTuple):
    """An operator of a subgraph: operands are tensor indices, -1 an optional one left out.

    `intermediates` are tensors inside of it (the gates of an LSTM), which only tell their
    quantisation.
    """

    subgraph: int
    index: int  # type: ignore[assignment]  # the field wins over tuple.index
    code: int
    name: str
    version: int
    custom: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...]
    model: Model
    at: int

    @property
    def options(self) -> Options:
        """The options by name, decoded at each call; empty if none. Raises `ModelError`."""
        try:
            return self.model.options_at(self.at)
        except ModelError as error:
            raise ModelError(f"{self}: its options cannot be read: {error}") from None

    @property
    def mutating(self) -> tuple[bool, ...]:
        """Of each input whether it is a state that the operator writes; empty where none is.

        Raises `ModelError`.
        """
        return self.model.layout.mutating(self.at)

    @property
    def debug_metadata(self) -> int:
        """Which entry of the model's DEBUG_METADATA is about the operator, or -1."""
        return self.model.layout.debug_metadata(self.at)

    def __str__(self) -> str:
        return f"operator {self.index} ({self.name}) in subgraph {self.subgraph}"

    def __repr__(self) -> str:
        from inspector.read.display import operator_line

        return operator_line(self)

    def _repr_html_(self) -> str:
        from inspector.read.html import operator_html

        return operator_html(self)


@dataclass(frozen=True, slots=True)
class OperatorCode:
    """An entry of the operator code table: the name of a custom operator is its own."""

    code: int
    name: str
    version: int
    custom: bool = False


@dataclass(frozen=True, slots=True)
class ExternalBuffer:
    """A slice of a file beside the model; a tensor's `external_buffer` is the `id` of one.

    `group` is the name of that file. `packing` says how values lie in it: "" or "unpacked" as they
    would in the model, anything else as only the runtime that asked for it knows.
    """

    id: int
    group: str
    offset: int
    length: int
    packing: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A named entry point: argument names to tensor indices of `subgraph`."""

    key: str
    subgraph: int
    inputs: dict[str, int]
    outputs: dict[str, int]

    def __repr__(self) -> str:
        from inspector.read.display import signature_line

        return signature_line(self)

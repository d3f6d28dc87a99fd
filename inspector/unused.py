"""The bytes of a file that nothing refers to.

Counted are buffers that neither a tensor, nor metadata, nor code for a chip names, gaps of `LEAST`
bytes or more between what the tables of the FlatBuffer use (shorter ones are alignment), and what
lies behind the last byte in use. A zip of associated files, which ends the file, is in use. Inside
of buffers, custom options and strings nothing is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from inspector.errors import ModelError
from inspector.read import schema
from inspector.read.flatbuffer import I32, SCALARS, U16_PAIR, U32, WIDTHS, FlatBuffer, Kind
from inspector.read.layout import Layout
from inspector.read.model import Model
from inspector.read.npu import compiled
from inspector.read.option_tables import BUILTIN_OPTIONS, BUILTIN_OPTIONS_2
from inspector.read.options import kind_of
from inspector.stats import Part

LEAST = 64
"""Bytes of the smallest gap that counts."""
LARGEST = 20_000
"""Tensors and operators up to which it is looked: some 15 microseconds each."""
PATIENCE = 1_000_000
"""References that are followed before it is given up; a file that lies may have far more."""
ZIP = b"PK\3\4"
ZIP_WITHIN = 1 << 20
"""Bytes behind the model within which a zip begins, if there is one."""

SPARSE = ("", "Int32Vector", "Uint16Vector", "Uint8Vector")
DETAILS = ("", "CustomQuantization", "BlockwiseQuantization", "MultiAxisQuantization")
UNIONS = {"BuiltinOptions": BUILTIN_OPTIONS, "BuiltinOptions2": BUILTIN_OPTIONS_2}
UNIONS |= {"SparseIndexVector": SPARSE, "QuantizationDetails": DETAILS}
KINDS = {kind.name: kind for kind in vars(schema).values() if isinstance(kind, Kind)}
for name, scalar in zip(SPARSE[1:], ("int", "ushort", "ubyte"), strict=True):
    KINDS[name] = Kind(name, f"values:[{scalar}]")

ELEMENTS: dict[str, tuple[int, Kind | None]] = {"string": (1, None)}
ELEMENTS |= {f"[{scalar}]": (WIDTHS[code], None) for scalar, code in SCALARS.items()}
ELEMENTS |= {f"[{name}]": (4, kind) for name, kind in KINDS.items()}
"""The bytes of an element of each type of vector, and the table that it refers to, if it does."""
BEHIND = {schema.BUFFER: (1, 2), schema.OPERATOR: (9, 10)}
"""The fields that give the offset and the size of bytes outside of the FlatBuffer."""

Span = tuple[int, int]
"""The first byte, and the one behind the last."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Bytes that nothing refers to: of buffers, by index, and of other spans of the file."""

    buffers: dict[int, int]
    gaps: list[Span]
    trailing: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.buffers.values()) + sum(b - a for a, b in self.gaps) + self.trailing


def unused(model: Model, parts: list[Part]) -> Unused | None:
    """What nothing refers to; None where that cannot be told.

    It cannot of schema versions before 3, of a damaged file, or of one with over `LARGEST` tensors
    and operators. `parts` are all subgraphs.
    """
    records = sum(len(graph.tensors) + len(graph.operators) for graph in model.subgraphs)
    if records > LARGEST or type(model.layout) is not Layout:
        return None
    try:
        code = {span for part in parts for span in code_of(model, part)}
        spans = sorted(Walk(model.buffer).go() | code)
        buffers = unused_buffers(model, parts, code)
    except ModelError:
        return None
    gaps, end = between(spans)
    return Unused(buffers, gaps, max(trailing_end(model, end) - end, 0))


def code_of(model: Model, part: Part) -> Iterator[Span]:
    """Where the code for chips lies that operators of a subgraph run. Raises `ModelError`."""
    for found in compiled(model, part.operators):
        if found.offset >= 0:
            yield found.offset, found.offset + found.size


def unused_buffers(model: Model, parts: list[Part], code: set[Span]) -> dict[int, int]:
    """The bytes of each buffer that no tensor, metadata or operator names; buffer 0 is never named.

    Operators name `code` by where it lies.
    """
    named = {tensor.buffer for part in parts for tensor in part.tensors.values()}
    named |= {0, *model.metadata.values()}
    taken = {model.buffer_extent(index) for index in named if index < model.buffer_count}
    found = {}
    for index in range(model.buffer_count):
        place = model.buffer_extent(index)
        start, length = place
        is_code = any(start <= at < start + length for at, _ in code)
        if index not in named and length and place not in taken and not is_code:
            taken.add(place)
            found[index] = length
    return found


def between(spans: list[Span]) -> tuple[list[Span], int]:
    """The gaps between spans, which come by their begin, and where the last of them ends."""
    gaps, end = [], 0
    for start, stop in spans:
        if start - end >= LEAST:
            gaps.append((end, start))
        end = max(end, stop)
    return gaps, end


def trailing_end(model: Model, end: int) -> int:
    """Where the bytes behind the model end: with the file, or with the zip that begins there."""
    if not has_zip(model):
        return model.size
    found = bytes(model.source.cut(end, ZIP_WITHIN)).find(ZIP)
    return end + found if found >= 0 else model.size


def has_zip(model: Model) -> bool:
    """Whether a zip that can be read ends the file."""
    try:
        return bool(model.associated_files)
    except ModelError:
        return False


class Walk:
    """Follows every reference of a FlatBuffer once, and has the `spans` that its parts take."""

    def __init__(self, buffer: FlatBuffer) -> None:
        self.buffer, self.left = buffer, PATIENCE
        self.spans: set[Span] = {(0, 8)}
        self._seen: set[int] = set()
        self._to_do = [(schema.MODEL, U32.unpack_from(buffer.data)[0])]

    def go(self) -> set[Span]:
        """All spans. Raises `ModelError` where the file is damaged or there is too much of it."""
        while self._to_do:
            kind, at = self._to_do.pop()
            if at << 16 | kind.key not in self._seen:
                self._seen.add(at << 16 | kind.key)
                self._table(kind, at)
        return self.spans

    def _table(self, kind: Kind, at: int) -> None:
        """A table, its vtable, and what its fields refer to."""
        layout = self.buffer.layout(kind, at)
        vtable = at - I32.unpack_from(self.buffer.data, at)[0]
        self.spans.add((at, at + layout.size))
        self.spans.add((vtable, vtable + U16_PAIR.unpack_from(self.buffer.data, vtable)[0]))
        fields = self.buffer.table(kind, at)
        for slot, _ in layout.references:
            if fields[slot]:
                self._follow(kind.types[slot], fields[slot], fields[slot - 1])
        if kind in BEHIND:
            start, length = itemgetter(*BEHIND[kind])(fields)
            if start > 1:
                self.spans.add((start, start + length))

    def _follow(self, declared: str, at: int, tag: int) -> None:
        """What an offset of a declared type refers to; `tag` is the field before it."""
        self._spend(1)
        width, tables = ELEMENTS.get(declared, (0, None))
        if not width:
            self._to_do.append((kind_named(declared, tag), at))
            return
        count = self.buffer.extent(at, width, "a vector")
        self.spans.add((at, at + 4 + count * width + (declared == "string")))  # with its last zero
        if tables:
            self._spend(count)
            self._to_do += [(tables, place) for place in self.buffer.tables(at, "a vector")]

    def _spend(self, places: int) -> None:
        """Count what is to be followed."""
        self.left -= places
        if self.left < 0:
            raise ModelError("its tables refer to more places than are followed")


def kind_named(declared: str, tag: int) -> Kind:
    """The table of a declared type; of a union, the one that its tag says. Raises `ModelError`."""
    if declared not in UNIONS:
        return KINDS[declared]
    if not 0 < tag < len(UNIONS[declared]):
        raise ModelError(f"{declared} {tag} is none that the schema has")
    name = UNIONS[declared][tag]
    return KINDS[name] if name in KINDS else kind_of(name)[0]

"""What the bytes of buffers tell: which hold the same, and which hold nothing but zeros.

Few bytes are read: buffers of a length that no other has are the same as none, most others differ
in a sample, and most begin with something else than zeros. Only what is left is read whole, in
small pieces, and only up to a limit: a file that lies may have thousands of buffers over the same
bytes.
"""

from __future__ import annotations

import mmap
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256

from inspector.errors import ModelError
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.model import Model

SAMPLE = 64
"""Bytes at the begin, the middle and the end of a buffer that are looked at first."""
PIECE = 1 << 18
"""Bytes that are read at a time."""
MOST = 1 << 29
"""Bytes that are read in all: half a second's work."""
KEPT_PIECES, TOUCHED = 64, 256
"""Pieces and samples of a mapped file after which it is let go of, or it would count as memory."""
ZEROS = bytes(PIECE)

Place = tuple[int, int]
"""The byte offset and the length of a buffer."""


@dataclass(slots=True)
class Contents:
    """What the buffers of a model hold.

    `duplicates` are the groups of buffers of equal content at different places, each with its
    length, the greatest saving first; `zeros` the buffers of zeros alone, with their lengths.
    `unchecked` are those for which the limit was reached, so that neither is known of them.
    """

    duplicates: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    zeros: dict[int, int] = field(default_factory=dict)
    unchecked: list[int] = field(default_factory=list)

    @property
    def duplicate_bytes(self) -> int:
        """What storing each content once would save."""
        return sum(length * (len(buffers) - 1) for length, buffers in self.duplicates)


def contents_of(model: Model, limit: int = MOST) -> Contents:
    """Compare the buffers of a local file; of those at one place, the first stands for all.

    At most `limit` bytes are read beyond the samples.
    """
    places = buffer_places(model)
    reading = Reading(model.buffer, limit)
    found = Contents()
    for place, index in places.items():
        if not any(reading.head(place)):
            with noting_limit(found.unchecked, [index]):
                reading.check_zero(place)
    found.zeros = {places[place]: place[1] for place in reading.zeros}
    for group in candidates(places, reading):
        with noting_limit(found.unchecked, [places[place] for place in group]):
            for same in alike(group, reading.digest):
                found.duplicates.append((same[0][1], tuple(places[place] for place in same)))
    found.duplicates.sort(key=lambda group: -group[0] * (len(group[1]) - 1))
    return found


def buffer_places(model: Model) -> dict[Place, int]:
    """Where the buffers of a model lie, each place with the first buffer that lies there."""
    found: dict[Place, int] = {}
    for index in range(model.buffer_count):
        with suppress(ModelError):  # told where its tensor is read
            place = model.buffer_extent(index)
            if place[1]:
                found.setdefault(place, index)
    return found


def candidates(places: Iterable[Place], reading: Reading) -> list[list[Place]]:
    """The groups of places that may hold the same: of one length, and alike in samples."""
    groups = alike(places, lambda place: place[1])
    for key in (reading.head, reading.rest):
        groups = [same for group in groups for same in alike(group, key)]
    return groups


def alike(places: Iterable[Place], key: Callable[[Place], Hashable]) -> list[list[Place]]:
    """The groups of places for which the key is the same; a place alone is none."""
    groups: dict[Hashable, list[Place]] = defaultdict(list)
    for place in places:
        groups[key(place)].append(place)
    return [group for group in groups.values() if len(group) > 1]


class LimitError(Exception):
    """More would have to be read than is allowed."""


@contextmanager
def noting_limit(unchecked: list[int], buffers: Iterable[int]) -> Iterator[None]:
    """Leave the block when the limit is reached, and note the buffers as unchecked."""
    try:
        yield
    except LimitError:
        unchecked.extend(index for index in buffers if index not in unchecked)


class Reading:
    """Reads places of a buffer, samples freely and pieces up to `limit` bytes in all."""

    def __init__(self, buffer: FlatBuffer, limit: int) -> None:
        self.buffer, self.left, self.touched = buffer, limit, 0
        self.zeros: set[Place] = set()

    def head(self, place: Place) -> bytes:
        """The first bytes of a place; all of a short one."""
        start, length = place
        return self.sample(start, min(3 * SAMPLE, length))

    def rest(self, place: Place) -> tuple[bytes, bytes]:
        """Bytes of the middle and the end."""
        start, length = place
        few = min(SAMPLE, length)
        return self.sample(start + length // 2, few // 2), self.sample(start + length - few, few)

    def sample(self, start: int, length: int) -> bytes:
        """A few bytes; the system maps many more around them."""
        self.touched += 1
        if self.touched % TOUCHED == 0:
            forget(self.buffer)
        return bytes(self.buffer.cut(start, length))

    def check_zero(self, place: Place) -> None:
        """Note a place of zeros alone among `zeros`; read no further than the first other piece."""
        for piece in self.pieces(place):
            if piece != ZEROS[: len(piece)]:
                return
        self.zeros.add(place)

    def digest(self, place: Place) -> bytes:
        """What stands for the content of a place."""
        if place in self.zeros:
            return b""
        found = sha256()
        for piece in self.pieces(place):
            found.update(piece)
        return found.digest()

    def pieces(self, place: Place) -> Iterator[bytes]:
        """All of a place, in order. Raises `LimitError` when too much has been read."""
        for piece in pieces(self.buffer, *place):
            self.left -= len(piece)
            if self.left < 0:
                raise LimitError
            yield piece


def pieces(buffer: FlatBuffer, start: int, length: int) -> Iterator[bytes]:
    """Bytes of a buffer in pieces that can be held; those of a map do not stay in memory."""
    for count, at in enumerate(range(start, start + length, PIECE), start=1):
        yield bytes(buffer.cut(at, min(PIECE, start + length - at)))
        if count % KEPT_PIECES == 0:
            forget(buffer)


def forget(buffer: FlatBuffer) -> None:
    """Let the system have the pages of a mapped file back; they are read again when needed."""
    data = buffer.data.obj if isinstance(buffer.data, memoryview) else buffer.data
    if isinstance(data, mmap.mmap) and not buffer.is_remote and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)

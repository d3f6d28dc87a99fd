"""A remote file as a map of its size, into which blocks are fetched when they are asked for.

Neighbouring blocks are fetched in one request, distant ones in several at a time, and where the
reading goes on from block to block, more and more of them ahead.
"""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress

from inspector.errors import InputError
from inspector.read.network import file_system, told

BLOCK = 1 << 14
NEAR = 2
"""Runs of missing blocks that are so many blocks apart are fetched as one: a request costs more."""
FARTHEST_AHEAD = 64
"""Blocks that are fetched beyond those asked for, where one is read after the other."""
TOGETHER = 1 << 26
"""Bytes that are asked for at once, so that little more than the map is in memory."""


class RemoteFile:
    """The file, as far as it has been fetched; `requests` and `fetched` count what that cost."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests = self.fetched = 0
        with told(url):
            self.system, self.path = file_system(url)
            self.file = self.system.open(self.path, "rb", cache_type="none")
            self.size = int(self.file.size or 0)
        if not self.size:
            raise InputError(f"{url}: is empty, or the server does not say how long it is")
        self.map = sparse_map(url, self.size)
        self.present = bytearray(-(-self.size // BLOCK))
        self.ranges_work = False
        self.last, self.ahead = range(0), 1

    def need(self, start: int, length: int) -> None:
        """Fetch what is missing of these bytes; those outside of the file are let be."""
        wanted = self.blocks(start, length)
        if wanted and self.present.find(0, wanted.start, wanted.stop) >= 0:
            self.fetch([self.extended(wanted)])

    def need_all(self, places: Iterable[tuple[int, int]]) -> None:
        """Fetch what is missing of many (start, length), in one go."""
        wanted = {block for place in places for block in self.blocks(*place)}
        self.fetch([range(block, block + 1) for block in sorted(wanted)])

    def blocks(self, start: int, length: int) -> range:
        """The blocks that hold these bytes."""
        if length <= 0 or not 0 <= start < self.size:
            return range(0)
        return range(start // BLOCK, (min(start + length, self.size) - 1) // BLOCK + 1)

    def extended(self, wanted: range) -> range:
        """The blocks and those that reading on will need, if it goes on as it does."""
        forward, backward = wanted.start == self.last.stop, wanted.stop == self.last.start
        self.ahead = min(2 * self.ahead, FARTHEST_AHEAD) if forward or backward else 1
        if forward:
            return range(wanted.start, min(wanted.stop + self.ahead, len(self.present)))
        return range(max(wanted.start - self.ahead, 0), wanted.stop) if backward else wanted

    def fetch(self, spans: Iterable[range]) -> None:
        """Fetch the missing blocks of spans that are in order."""
        batch: list[range] = []
        for run in pieces(runs(spans, self.present)):
            batch.append(run)
            if sum(map(len, batch)) * BLOCK >= TOGETHER:
                self.take(batch)
                batch = []
        if batch:
            self.take(batch)

    def take(self, batch: list[range]) -> None:
        """Fetch runs of blocks at the same time, and put them in their place."""
        bounds = [(run.start * BLOCK, min(run.stop * BLOCK, self.size)) for run in batch]
        with told(self.url):
            found = self.read(bounds)
        self.requests += len(bounds)
        for (start, end), data, run in zip(bounds, found, batch, strict=True):
            self.fetched += len(data)
            if len(data) != end - start:
                raise InputError(
                    f"{self.url}: {end - start} bytes from byte {start} were asked for and "
                    f"{len(data)} came; has the file changed? Try again, or download it first"
                )
            self.map[start:end] = data
            self.present[run.start : run.stop] = b"\1" * len(run)
        self.last = batch[-1]

    def read(self, bounds: list[tuple[int, int]]) -> list[bytes]:
        """The bytes between each pair of bounds.

        The first that do not begin the file are read in a way that notices a server that would send
        all of it instead; then it is known to honour ranges, and many are asked for at a time.
        """
        found = []
        while bounds and not self.ranges_work:
            (start, end), *bounds = bounds
            self.file.seek(start)
            found.append(bytes(self.file.read(end - start)))
            self.ranges_work = start > 0
        if not bounds:
            return found
        starts, ends = zip(*bounds, strict=True)
        paths = [self.path] * len(bounds)
        return [*found, *self.system.cat_ranges(paths, [*starts], [*ends], on_error="raise")]

    def close(self) -> None:
        """Let go of the connection and the map; views that are held keep the map alive."""
        self.file.close()
        with suppress(BufferError):
            self.map.close()


def runs(spans: Iterable[range], present: bytearray) -> Iterator[range]:
    """The missing blocks of spans that are in order, those near each other as one run."""
    run = range(0)
    for block in (block for span in spans for block in span if not present[block]):
        if run and block - run.stop <= NEAR and not any(present[run.stop : block]):
            run = range(run.start, block + 1)
            continue
        if run:
            yield run
        run = range(block, block + 1)
    if run:
        yield run


def pieces(found: Iterable[range]) -> Iterator[range]:
    """The runs, cut where they are longer than what is asked for at once."""
    most = TOGETHER // BLOCK
    for run in found:
        for start in range(run.start, run.stop, most):
            yield range(start, min(start + most, run.stop))


def sparse_map(url: str, size: int) -> mmap.mmap:
    """Memory of the file's size, of which only what is written takes any."""
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, size)
        unreserved = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
        return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | unreserved)
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(f"{url}: {size} bytes cannot be mapped: {error}") from None

"""Models inside of something else: a firmware, an executable, a file of another format.

They are found by the identifier `TFL3`, which stands in bytes 4 to 8 of a model, and kept where a
model can be read from there. Programs that read models hold that text too, so most hits are none.
"""

from __future__ import annotations

import re
from functools import partial

from inspector.errors import ModelError
from inspector.read.containers import Container, Member, windowed
from inspector.read.model import IDENTIFIER, Model
from inspector.read.source import Source

MOST_TRIED = 256
"""Places that are tried; a file may repeat the identifier as often as it likes."""


def embedded(source: Source) -> Container | None:
    """The models that lie somewhere in the bytes, named by where: `@4096`; None where none does.

    A model does not say where it ends: each is taken to reach to the next, the last to the end. A
    remote file is not searched, since that would fetch all of it.
    """
    if source.buffer.is_remote:
        return None
    starts: list[int] = []
    for tried, hit in enumerate(re.finditer(IDENTIFIER, source.buffer.data)):
        if tried == MOST_TRIED:
            break
        if begins_at(source, hit.start() - 4):
            starts.append(hit.start() - 4)
    if not starts:
        return None
    ends = [*starts[1:], source.size]
    members = [
        Member(**windowed(source, index, f"@{start}", end - start, partial(int, start)))
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    return Container("file with models inside", source, members)


def begins_at(source: Source, start: int) -> bool:
    """Whether a model with an operator or a tensor can be read from that byte on."""
    if start < 0:
        return False
    try:
        model = Model(source.window(start, source.size - start, source.name))
        return any(len(graph.operators) or len(graph.tensors) for graph in model.subgraphs)
    except ModelError:
        return False

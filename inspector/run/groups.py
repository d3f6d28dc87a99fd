"""Tensors in groups that fit into memory, for captures that do not."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeAlias, TypeVar

from inspector.read.model import Subgraph
from inspector.read.schema import BITS
from inspector.run.isolation import worker_process
from inspector.run.process import ALL, resident
from inspector.run.worker import AT_ONCE

Address: TypeAlias = tuple[int, int]
"""A tensor: its subgraph and its index there."""
Name = TypeVar("Name", bound=Hashable)
"""What tells tensors apart: an index, or an address."""
UNKNOWN = 60_000_000
"""Bytes that a process is taken to need where the system does not say."""
COPIES = 4
"""Of what is under way: read by the interpreter's process, sent, received, written."""
STRING = 64
"""Bytes that a string is taken to have."""
ROOM_AT_LEAST = 1_000_000
SHARE = 0.9
"""Of the memory that is left, what a group may take; the rest is for what comes with it."""


def grouped(tensors: Sequence[Name], sizes: Mapping[Name, int], room: int) -> Iterator[list[Name]]:
    """The tensors in their order, in groups of at most `room` bytes, or of one tensor."""
    group: list[Name] = []
    held = 0
    for tensor in tensors:
        size = sizes.get(tensor, 0)
        if group and held + size > room:
            yield group
            group, held = [], 0
        group.append(tensor)
        held += size
    if group:
        yield group


def sizes_of(graph: Subgraph, shapes: Mapping[int, Sequence[int]]) -> dict[Address, int]:
    """The bytes of each tensor, of the shapes that a run gave them."""
    found = {}
    for tensor, shape in shapes.items():
        if tensor < len(graph.tensors):
            bits = BITS.get(graph.tensors[tensor].dtype, 8 * STRING)
            found[graph.index, tensor] = product(shape) * max(bits, 8) // 8
    return found


def product(shape: Sequence[int]) -> int:
    """The elements of a shape."""
    count = 1
    for size in shape:
        count *= size
    return count


def room_within(budget: int, held: int, largest: int) -> int:
    """What is left of `budget` bytes for a group, beside what is `held` without it.

    `largest` are the bytes of the largest tensor, of which there are some copies for a moment. Some
    room there always is: a group has one tensor at least.
    """
    left = budget - held - COPIES * max(AT_ONCE, largest)
    return max(ROOM_AT_LEAST, int(SHARE * left))


def memory_held() -> int:
    """The bytes that this process and the interpreter's hold now."""
    held = resident(os.getpid(), ALL) or UNKNOWN
    worker = worker_process()
    return held if worker is None else held + (resident(worker, ALL) or UNKNOWN)

"""The memory that a run needs for its activations, in each subgraph and in the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from inspector.lifetimes import memory_of
from inspector.report.overview.section import Look, Section
from inspector.report.records import Object
from inspector.report.text import bytes_text


def fields(look: Look) -> Object:
    """`arenas`, one for each subgraph, and `arena`, that of the first."""
    arenas = {part.subgraph.index: asdict(memory_of(part)) for part in look.parts}
    return {
        "arena": arenas.get(0),
        "arenas": [{"subgraph": index, **arena} for index, arena in arenas.items()],
    }


def lines(found: Object) -> Iterator[tuple[str, str]]:
    """The first subgraph, and the sum of those that it may run."""
    if found["arena"]:
        yield "activations", "; ".join(words(found["arena"]))
    others = [arena for arena in found["arenas"] if arena["subgraph"]]
    needed = sum(arena["planned"] or arena["lower_bound"] for arena in others)
    plural = "subgraph" if len(others) == 1 else "subgraphs"
    if needed:
        yield "", f"{bytes_text(needed)} in {len(others)} more {plural}"


def words(arena: Object) -> Iterator[str]:
    """How much LiteRT plans for, how much any plan must, and what is beside it."""
    planned, least = arena["planned"], bytes_text(arena["lower_bound"])
    if planned is None:
        yield f"{least} at least"
    elif bytes_text(planned) == least:
        yield f"{least} in LiteRT's plan, the least there is"
    else:
        yield f"{bytes_text(planned)} in LiteRT's plan, {least} at least in any"
    if arena["kept"]:
        yield f"{bytes_text(arena['kept'])} of state and unpacked constants"
    if arena["unknown"]:
        plural = "tensor" if arena["unknown"] == 1 else "tensors"
        yield f"{arena['unknown']} {plural} whose size only a run tells"


SECTION = Section(fields, lines)

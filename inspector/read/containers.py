"""What holds models: zips (`.task`), LiteRT-LM files, and anything that a model is embedded in.

A member is told by its name or by its number in the listing. Nothing is ever unpacked to a file: a
member that is stored as it is becomes a window of the container, a compressed one bytes in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from inspector.errors import InputError, InspectorError, ModelError
from inspector.read.magic import HEAD, LITERTLM, ZIP, kind_of
from inspector.read.source import Source

SHOWN = 8
LOOKED_INTO = 1000
LOOKED_INTO_FAR_AWAY = 64
"""Members whose kind is found out; each costs a look at its first bytes, or a request."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a container: it takes `stored` bytes of it, and has `size` of content.

    `declared` is what the container says that it is. `offset` gives the byte at which it begins, or
    -1, `look` its first bytes and `open` all; they raise `ModelError` where it is damaged.
    """

    index: int
    name: str
    stored: int
    size: int
    offset: Callable[[], int]
    look: Callable[[int], bytes]
    open: Callable[[], Source]
    declared: str = ""
    compressed: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Container:
    """Something with members; `details` is what it tells of itself."""

    kind: str
    source: Source
    members: Sequence[Member]
    details: dict[str, Any] = field(default_factory=dict)

    def is_looked_into(self, member: Member) -> bool:
        """Whether a member is one of the first, of which the kind is found out."""
        far = self.source.buffer.is_remote
        return member.index < (LOOKED_INTO_FAR_AWAY if far else LOOKED_INTO)

    def kind_of(self, member: Member) -> str:
        """What a member is by its first bytes (`magic.kind_of`); `unknown` if there are none."""
        if not self.is_looked_into(member):
            return "unknown"
        try:
            return kind_of(member.look(HEAD))
        except InspectorError:
            return "unknown"

    def models(self) -> list[Member]:
        """The members that are TFLite models by their first bytes."""
        return [member for member in self.members if self.kind_of(member) == "model"]

    def member(self, name: str) -> Member:
        """The member of that name or number. Raises `InputError` when there is none, or several."""
        found = [member for member in self.members if member.name == name]
        if not found and name.isdecimal() and int(name) < len(self.members):
            return self.members[int(name)]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(f"::{member.index}" for member in found[:SHOWN])
            raise InputError(
                f"{self.source.name}: {len(found)} members are called {name!r}; "
                f"name one by its number: {numbers}"
            )
        raise InputError(
            f"{self.source.name} has no member {name!r}; it has {listed(self.members)}"
        )


def container_of(source: Source) -> Container | None:
    """The container that the bytes are; None for a model, and for what is nothing of the kind.

    Raises `ModelError` when it is a damaged one.
    """
    head = bytes(source.cut(0, 8))
    if head == LITERTLM:
        from inspector.read.litertlm import sections

        return sections(source)
    if head[4:8] == b"TFL3":
        return None
    from inspector.read.zips import archive, is_archive

    if head[:4] in ZIP or is_archive(source):
        return archive(source)
    from inspector.read.embedded import embedded

    return embedded(source)


def member_source(source: Source, name: str) -> Source:
    """The bytes of a member. Raises `InputError` when there is none, `ModelError` when damaged."""
    container = container_of(source)
    if container is None:
        raise InputError(
            f"{source.name} is no container, so it has no member {name!r}; "
            "zips, .task and .litertlm files have some"
        )
    return container.member(name).open()


def only_model(source: Source) -> Source:
    """The one model of a container; anything else than a container as it is.

    Raises `InputError` when it holds several models, and `ModelError` when it holds none.
    """
    container = container_of(source)
    if container is None:
        return source
    models = container.models()
    if len(models) == 1:
        return models[0].open()
    if models:
        raise InputError(
            f"{source.name} holds {len(models)} models: {listed(models)}; "
            f"name one, as {source.name}::{models[0].name}"
        )
    raise ModelError(
        f"{source.name}: a {container.kind} without a TFLite model; it holds "
        f"{listed(container.members)}"
    )


def listed(members: Sequence[Member]) -> str:
    """The first names, and how many more there are."""
    names = ", ".join(member.name for member in members[:SHOWN])
    left = len(members) - SHOWN
    return (names or "nothing") + (f" and {left} more" if left > 0 else "")


def windowed(
    source: Source, index: int, name: str, size: int, offset: Callable[[], int]
) -> dict[str, Any]:
    """The fields of a member that lies in a container as it is."""
    path = f"{source.name}::{name}"

    def open_window() -> Source:
        start = offset()
        if start < 0 or size < 0 or start + size > source.size:
            raise ModelError(
                f"{path}: claims {size} bytes from byte {start}, and {source.name} has "
                f"{source.size}; the file is damaged, or was cut short"
            )
        return source.window(start, size, path)

    fields = {"index": index, "name": name, "stored": size, "size": size, "offset": offset}
    return fields | {
        "look": lambda length: bytes(open_window().cut(0, length)),
        "open": open_window,
    }

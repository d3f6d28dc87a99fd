"""What a container holds: one object, and the page of `tfli info` that shows it."""

from __future__ import annotations

from shlex import quote
from typing import Any

from inspector.errors import InspectorError
from inspector.read.containers import Container, Member
from inspector.read.model import Model
from inspector.report.overview.section import shortened
from inspector.report.records import Object
from inspector.report.strict_json import dumps
from inspector.report.tables import Column, Table, show
from inspector.report.text import bytes_text, counted
from inspector.report.words import shape_of

UNPACKED_AT_MOST = 1 << 28
"""Bytes of compressed models that are unpacked to look into them."""

LEFT_PACKED = "compressed; it is not unpacked for a listing"
WORDS = {"model": "TFLite model", "litertlm": "LiteRT-LM file"}
OPENABLE = (("model",), ("zip", "litertlm"))
"""Kinds of members that `CONTAINER::MEMBER` opens, first what one rather looks at."""

TOP = (Column("", style="dim"), Column(""))
MEMBERS = (
    Column("#", "right", "dim"),
    Column("member", style="bold", least=32),
    Column("what it is", least=12),
    Column("size", "right"),
    Column("operators", "right"),
    Column("inputs → outputs", least=12),
)
PROBLEMS = (Column("warnings", style="yellow"),)


def contents(container: Container) -> tuple[Object, list[str]]:
    """The object of `tfli info` of a container, and the faults among its `warnings`."""
    faults: list[str] = []
    members, remarks, left = [], [], UNPACKED_AT_MOST
    for member in container.members:
        found = member_object(container, member)
        if found["kind"] == "model":
            left -= member.size if member.compressed else 0
            found |= inside(container, member, faults) if left >= 0 else {"reason": LEFT_PACKED}
        members.append(found)
    packed = sum(found["reason"] == LEFT_PACKED for found in members)
    if packed:
        remarks.append(f"{packed} compressed models were not unpacked to look into them")
    beyond = sum(not container.is_looked_into(member) for member in container.members)
    if beyond:
        remarks.append(f"the last {beyond} members were not looked at; they may be models")
    found = {
        "file": container.source.name,
        "size": container.source.size,
        "container": container.kind,
        "details": container.details,
        "members": members,
        "warnings": [*faults, *remarks],
    }
    return found, faults


def member_object(container: Container, member: Member) -> Object:
    """A member, as far as its container tells and its first bytes do."""
    offset = member.offset() if container.is_looked_into(member) else -1
    return {
        "index": member.index,
        "name": member.name,
        "kind": container.kind_of(member),
        "declared": member.declared or None,
        "offset": None if offset < 0 else offset,
        "size": member.size,
        "stored_size": member.stored,
        "compressed": member.compressed,
        "details": member.details,
        "operators": None,
        "inputs": [],
        "outputs": [],
        "reason": reason(container, member),
    }


def reason(container: Container, member: Member) -> str | None:
    """Why a member cannot be looked at; None where it can."""
    if not container.is_looked_into(member):
        return "not looked at"
    try:
        member.look(1)
    except InspectorError as error:
        return said(container, member, error)
    return None


def inside(container: Container, member: Member, faults: list[str]) -> Object:
    """How many operators a model has, and what goes in and out; or why that cannot be told."""
    try:
        model = Model(member.open())
        graphs = list(model.subgraphs)
        operators = sum(len(graph.operators) for graph in graphs)
        if not graphs:
            return {"operators": operators}
        first = graphs[0]
        sides = {"inputs": first.inputs, "outputs": first.outputs}
        shapes = {
            side: [shape_of(first.tensors[index]) for index in indices if index >= 0]
            for side, indices in sides.items()
        }
        return {"operators": operators, **shapes}
    except InspectorError as error:
        faults.append(f"{member.name}: {said(container, member, error)}")
        return {"reason": said(container, member, error)}


def said(container: Container, member: Member, error: InspectorError) -> str:
    """An error without the name of the member that it begins with."""
    return str(error).removeprefix(f"{container.source.name}::{member.name}: ")


def show_contents(found: Object) -> None:
    """Write the page to stdout."""
    members = found["members"]
    models = [member for member in members if member["kind"] == "model"]
    lines = [
        ["file", f"{found['file']} ({bytes_text(found['size'])})"],
        ["holds", f"{counted(len(members), 'member')}, {counted(len(models), 'TFLite model')}"],
        ["kind", found["container"]],
        *invitation(found["file"], members),
        *([name, note(value)] for name, value in found["details"].items()),
    ]
    show(Table(TOP, shortened(lines)))
    for table in (
        Table(MEMBERS, [row(member) for member in members]),
        Table(PROBLEMS, shortened([[warning] for warning in found["warnings"]])),
    ):
        if table.rows:
            print()
            show(table)


def invitation(file: str, members: list[Object]) -> list[list[str]]:
    """How to look at the first model, or where there is none at the first container, if any.

    The line is fit for a shell whatever the member is called; of several of one name, it has the
    number.
    """
    openable = [member for kinds in OPENABLE for member in members if member["kind"] in kinds]
    if not openable:
        return []
    first = openable[0]
    alone = sum(member["name"] == first["name"] for member in members) == 1
    member = first["name"] if alone and first["name"].isprintable() else first["index"]
    return [["open one", f"tfli info {quote(f'{file}::{member}')}"]]


def row(member: Object) -> list[str]:
    """The cells of one member; of one that cannot be read, the reason."""
    kind = WORDS.get(member["kind"], member["kind"])
    if member["declared"] and member["kind"] in ("unknown", "text"):
        kind = member["declared"]
    operators, flow = "", member["reason"] or ""
    if member["operators"] is not None:
        operators = str(member["operators"])
        flow = f"{', '.join(member['inputs'])} → {', '.join(member['outputs'])}"
    return [
        str(member["index"]),
        member["name"],
        f"{kind}, compressed" if member["compressed"] else kind,
        bytes_text(member["size"]),
        operators,
        flow,
    ]


def note(value: Any) -> str:
    """A note of the container's writer: a text, a number or nothing."""
    return value if isinstance(value, str) else dumps(value)

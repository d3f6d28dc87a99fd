"""`tfli info --extract DIR`: the files packed in a model or a container, and its metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import InputError, ModelError, UnsupportedError
from inspector.filenames import safe_names
from inspector.files import write_folder
from inspector.read.containers import Container, Member
from inspector.read.model import Model
from inspector.report.records import Object
from inspector.report.strict_json import spelled
from inspector.report.tables import Column, Table, show
from inspector.stats import noting

METADATA = "metadata.json"
CHUNK = 1 << 22
LARGE = 1 << 30
MOST_GROWTH = 100
"""Files that make over 1 GB in all, a hundredfold of what they come from, are not written."""

WRITTEN = (
    Column("written", style="bold", least=16),
    Column("bytes", "right"),
    Column("which is", least=16),
)


@dataclass(frozen=True, slots=True)
class Destination:
    """The folder to write to, and whether what is there may be written over."""

    folder: Path
    force: bool = False


def extract_model(model: Model, into: Destination, found: Object) -> list[str]:
    """Write the files packed behind a model, and its metadata as `metadata.json`.

    What was written becomes `extracted` of the object `found`; what could not be is returned.
    Raises `InputError` when there is nothing to write, or no place for it.
    """
    damage: list[str] = []  # told by the overview
    members: Sequence[Member] = ()
    with noting(damage):
        members = model.associated_files
    fields = model.model_metadata.fields
    texts = {METADATA: pretty(fields)} if fields else {}
    if not members and not texts:
        reason = damage or ["has no metadata to extract, and no files packed behind it"]
        raise InputError(f"{model.path}: {reason[0].removeprefix(f'{model.path}: ')}")
    return extract(members, texts, model.size, into, found)


def extract_members(container: Container, into: Destination, found: Object) -> list[str]:
    """Write the members of a container in the same way."""
    if not container.members:
        raise InputError(f"{container.source.name}: has no members to extract")
    return extract(container.members, {}, container.source.size, into, found)


def extract(
    members: Sequence[Member], texts: dict[str, str], size: int, into: Destination, found: Object
) -> list[str]:
    """Write members of something of `size` bytes, and texts by their names.

    Adds `extracted`, a list of `{file, bytes, member}`, to `found`; the member of a text is null.
    What could not be read and is not told there yet is added to its warnings, and returned. Raises
    `ModelError` where all would unpack to far more than what they come from.
    """
    total = sum(member.size for member in members)
    if total > max(LARGE, MOST_GROWTH * size):
        raise ModelError(f"{size} bytes claim to unpack to {total}; nothing was written")
    written: list[Object] = []
    faults: list[str] = []
    names = safe_names([member.name for member in members], texts)
    with write_folder(into.folder, force=into.force) as target:
        for name, text in texts.items():
            size = (target / name).write_bytes(text.encode())
            written.append({"file": str(into.folder / name), "bytes": size, "member": None})
        for member, name in zip(members, names, strict=True):
            if write_member(member, target / name, faults):
                place = str(into.folder / name)
                written.append({"file": place, "bytes": member.size, "member": member.name})
    found["extracted"] = written
    new = [fault for fault in faults if fault not in found["warnings"]]
    found["warnings"] += new
    return new


def write_member(member: Member, path: Path, faults: list[str]) -> bool:
    """Write a member to a file; one that cannot be read is told in `faults`, and not written."""
    try:
        source = member.open()
    except (ModelError, UnsupportedError) as error:
        faults.append(str(error))
        return False
    with path.open("wb") as file:
        for start in range(0, source.size, CHUNK):
            file.write(source.cut(start, CHUNK))
    return True


def pretty(fields: Object) -> str:
    """An object as indented JSON."""
    return json.dumps(spelled(fields), indent=2, ensure_ascii=False) + "\n"


def show_written(found: Object) -> None:
    """Write a line for each file that was written to stdout."""
    rows = [
        [item["file"], f"{item['bytes']:,}", item["member"] or "what TFLITE_METADATA says"]
        for item in found.get("extracted", [])
    ]
    if rows:
        print()
        show(Table(WRITTEN, rows))

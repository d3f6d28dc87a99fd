"""What the metadata says of each input and output, and the files packed behind the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inspector.errors import ModelError, UnsupportedError
from inspector.read.associated import labels
from inspector.read.containers import Member
from inspector.read.metadata_records import AssociatedFile, TensorMetadata, Tokenizer
from inspector.report.metadata_words import file_text, tensor_text, tokenizer_text
from inspector.report.overview.section import Look, Section, named, shortened
from inspector.report.records import Object
from inspector.report.tables import Column, Table
from inspector.report.text import counted
from inspector.stats import noting

FIRST = 5
"""Labels that are shown."""

TENSORS = (
    Column(""),
    Column("name", style="bold", least=10),
    Column("what it is", least=26),
)
FILES = (
    Column("packed file", style="bold", least=16),
    Column("bytes", "right"),
    Column("what it is", least=16),
)


def fields(look: Look) -> Object:
    """`described`, an object for each input and output of the primary subgraph that has metadata.

    And `associated_files`, `{name, bytes, mentioned, type, description, locale}` for each file that
    is packed behind the model.
    """
    primary = look.model.model_metadata.primary
    files = associated_files(look)
    compare_counts(look)
    return {
        "described": {
            "inputs": [tensor_object(look, tensor) for tensor in primary.inputs],
            "outputs": [tensor_object(look, tensor) for tensor in primary.outputs],
            "tokenizer": tokenizer_object(primary.tokenizer),
        },
        "associated_files": files,
    }


def tensor_object(look: Look, tensor: TensorMetadata) -> Object:
    """What is said of an input or output; null or empty where nothing is."""
    calibration = tensor.score_calibration
    return {
        "name": tensor.name,
        "description": tensor.description,
        "content": tensor.content,
        "color_space": tensor.color_space,
        "details": tensor.details,
        "mean": list(tensor.mean),
        "std": list(tensor.std),
        "min": list(tensor.minimum),
        "max": list(tensor.maximum),
        "tokenizer": tokenizer_object(tensor.tokenizer),
        "score_threshold": tensor.score_threshold,
        "score_calibration": calibration and calibration.transformation,
        "labels": labels_object(look, tensor),
    }


def tokenizer_object(tokenizer: Tokenizer | None) -> Object | None:
    """A tokenizer and the names of its files."""
    if tokenizer is None:
        return None
    names = [found.name for found in tokenizer.files]
    return {"kind": tokenizer.kind, "files": names, "pattern": tokenizer.pattern}


def labels_object(look: Look, tensor: TensorMetadata) -> Object | None:
    """How many labels there are, and the first; null where there are none."""
    try:
        found = labels(look.model, tensor) if tensor.label_files else ()
    except (ModelError, UnsupportedError) as error:
        if str(error) not in look.faults:
            look.faults.append(str(error))
        return None
    return {"count": len(found), "first": list(found[:FIRST])} if found else None


def associated_files(look: Look) -> list[Object]:
    """The packed files; one that is mentioned and not packed, or the reverse, is remarked."""
    about = look.model.model_metadata
    mentioned = {found.name: found for found in about.files}
    with noting(look.faults):
        packed = look.model.associated_files
        names = {member.name for member in packed}
        absent = [name for name in mentioned if name not in names]
        extra = [member.name for member in packed if member.name not in mentioned]
        if absent:
            look.remarks.append(f"mentioned in the metadata, and not packed: {named(absent)}")
        if extra and about.fields:
            look.remarks.append(f"packed, and not mentioned in the metadata: {named(extra)}")
        return [file_object(member, mentioned.get(member.name)) for member in packed]
    return []


def file_object(member: Member, mentioned: AssociatedFile | None) -> Object:
    """A packed file, with what the metadata says of it."""
    said = mentioned or AssociatedFile()
    return {
        "name": member.name,
        "bytes": member.size,
        "mentioned": mentioned is not None,
        "type": said.type,
        "description": said.description,
        "locale": said.locale,
    }


def compare_counts(look: Look) -> None:
    """Remark where the metadata has another number of inputs or outputs than the model."""
    primary = look.model.model_metadata.primary
    for graph in (part.subgraph for part in look.parts if part.subgraph.index == 0):
        sides = {
            "input": (primary.inputs, graph.inputs),
            "output": (primary.outputs, graph.outputs),
        }
        look.remarks.extend(
            f"the metadata describes {counted(len(said), side)}, and the model has {len(there)}"
            for side, (said, there) in sides.items()
            if said and len(said) != len(there)
        )


def tables(found: Object) -> Iterator[Table]:
    """The inputs and outputs of which something is said, and the files."""
    described = found["described"]
    both = [*rows("in", described["inputs"]), *rows("out", described["outputs"])]
    whole = described["tokenizer"]
    both += [["in", "all", tokenizer_text(whole)]] if whole else []
    yield Table(TENSORS, shortened(both))
    yield Table(FILES, shortened(file_row(item) for item in found["associated_files"]))


def rows(side: str, tensors: Sequence[Object]) -> Iterator[list[str]]:
    """The cells of those of which more is said than a name."""
    for tensor in tensors:
        words, description = tensor_text(tensor), tensor["description"]
        stop = " " if words.endswith("…") else ". "
        if words or description:
            yield [side, tensor["name"], stop.join(filter(None, [words, description]))]


def file_row(item: Object) -> list[str]:
    """The cells of a packed file."""
    return [item["name"], f"{item['bytes']:,}", file_text(item)]


SECTION = Section(fields, tables=tables)

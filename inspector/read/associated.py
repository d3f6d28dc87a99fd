"""The files packed behind a model: a zip of labels, vocabularies and the like.

Their names are text, and never paths to follow. Source: `MetadataPopulator` in
`tensorflow_lite_support/metadata/python/metadata.py` of tensorflow/tflite-support.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inspector.errors import InputError, ModelError
from inspector.read.metadata_records import TensorMetadata

if TYPE_CHECKING:
    from inspector.read.containers import Member
    from inspector.read.model import Model

LARGEST_LABELS = 1 << 24
"""Bytes of the largest file that is read as labels."""


def packed_files(model: Model) -> Sequence[Member]:
    """The files of the zip that ends the model's file, in its order; none where there is no zip.

    Raises `ModelError` when the zip is damaged.
    """
    from inspector.read.zips import archive, is_archive

    return archive(model.source).members if is_archive(model.source) else ()


def read_file(model: Model, name: str) -> bytes:
    """The content of the packed file of that name; of several, the last, as `unzip` leaves it.

    Raises `InputError` when there is none, `ModelError` when it is damaged or unpacks to far more
    than it is stored in, and `UnsupportedError` when it is encrypted.
    """
    named = [member for member in model.associated_files if member.name == name]
    if not named:
        names = ", ".join(member.name for member in model.associated_files)
        raise InputError(
            f"{model.path}: no file {name!r} is packed behind it; {names or 'none'} is"
        )
    source = named[-1].open()
    return bytes(source.buffer.cut(0, source.size))


def labels(model: Model, tensor: TensorMetadata, locale: str = "") -> tuple[str, ...]:
    """The labels of an output, one a class; those of a locale, or the first that are there.

    A line is a label; only the empty one at the end is none. Empty where there is no label file.
    Raises `ModelError` and `UnsupportedError` as `read_file` does, and when it is no UTF-8.
    """
    sizes = {member.name: member.size for member in model.associated_files}
    there = [f.name for f in tensor.label_files if f.name in sizes and locale in ("", f.locale)]
    if not there:
        return ()
    if sizes[there[0]] > LARGEST_LABELS:
        raise ModelError(f"{there[0]!r} has {sizes[there[0]]} bytes, and labels are few")
    try:
        return lines(read_file(model, there[0]).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ModelError(f"{there[0]!r} holds no labels: byte {error.start} is no UTF-8") from None


def lines(text: str) -> tuple[str, ...]:
    """The lines of a text without their ends; nothing behind the last end is no line."""
    found = [line.removesuffix("\r") for line in text.split("\n")]
    return tuple(found[:-1] if not found[-1] else found)

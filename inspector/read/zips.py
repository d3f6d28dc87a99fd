"""Zips and what is one (`.task`, `.zip`, `.apk`): members read, and never unpacked to a file.

A member that is stored uncompressed, as models in a `.task` are, becomes a window of the archive;
one that is compressed is unpacked into memory, checked against its stated size and checksum.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from functools import partial

from inspector.errors import ModelError, UnsupportedError
from inspector.read.containers import Container, Member, windowed
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.source import Source

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""What lies before a member's bytes: its signature, and how long its name and extra fields are."""

LARGEST_DIRECTORY = 1 << 22
"""Bytes of the largest list of members that is read, some fifty thousand of them."""
LARGE = 1 << 28
MOST_GROWTH = 100
"""A member that unpacks to over 256 MB, a hundredfold of its stored size, is no model."""

ENCRYPTED = 1
DAMAGE = (
    zipfile.BadZipFile,
    OSError,
    RuntimeError,  # NotImplementedError, and passwords
    zlib.error,
    EOFError,
    ValueError,
    IndexError,
    OverflowError,
    struct.error,
)
"""What `zipfile` raises for archives that lie."""


class Reader(io.RawIOBase):
    """The bytes of a source as a file, for `zipfile`; no read is larger than `limit`."""

    def __init__(self, source: Source, limit: int) -> None:
        self.source, self.limit, self.at = source, limit, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The byte that is read next."""
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte, counted from the start, from here or from the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.source.size}[whence]
        if start + offset < 0:
            raise OSError(f"byte {start + offset} lies before the archive")  # as files do
        self.at = start + offset
        return self.at

    def read(self, size: int | None = -1) -> bytes:
        """So many bytes, or fewer where the archive ends."""
        wanted = self.source.size if size is None or size < 0 else size
        if wanted > self.limit and self.source.size - self.at > self.limit:
            raise ValueError(f"its list of members is over {self.limit} bytes long")
        found = bytes(self.source.cut(self.at, wanted))
        self.at += len(found)
        return found


def is_archive(source: Source) -> bool:
    """Whether a zip ends the bytes; something else may stand before it."""
    tail = min(source.size, 22 + 0xFFFF)  # the record that ends a zip, and its comment
    return b"PK\5\6" in bytes(source.cut(source.size - tail, tail))


def archive(source: Source) -> Container:
    """The members of a zip, in its order. Raises `ModelError` when its directory is damaged."""
    try:
        opened = zipfile.ZipFile(Reader(source, LARGEST_DIRECTORY))
    except DAMAGE as error:
        raise ModelError(f"{source.name}: a zip that cannot be read: {error}") from None
    files = [info for info in opened.infolist() if not info.is_dir()]
    members = [member(source, opened, index, info) for index, info in enumerate(files)]
    return Container("zip", source, members)


def member(source: Source, opened: zipfile.ZipFile, index: int, info: zipfile.ZipInfo) -> Member:
    """A member: a window where it is stored as it is."""
    place = partial(content_at, source, info)
    if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & ENCRYPTED:
        return Member(**windowed(source, index, info.filename, info.file_size, place))
    path = f"{source.name}::{info.filename}"
    return Member(
        index,
        info.filename,
        info.compress_size,
        info.file_size,
        place,
        lambda length: unpacked(opened, info, path, length),
        lambda: Source(path, FlatBuffer(whole(opened, info, path))),
        compressed=True,
    )


def content_at(source: Source, info: zipfile.ZipInfo) -> int:
    """The byte at which a member's content begins; -1 where none does."""
    header = source.cut(max(info.header_offset, 0), LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size:
        return -1
    signature, name, extra = LOCAL_HEADER.unpack(header)
    if signature != b"PK\3\4":
        return -1
    return info.header_offset + LOCAL_HEADER.size + int(name) + int(extra)


def whole(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: str) -> bytes:
    """All of a compressed member. Raises `ModelError` where it is not what its zip says."""
    if info.file_size > max(LARGE, MOST_GROWTH * info.compress_size):
        raise ModelError(
            f"{path}: {info.compress_size} bytes that claim to unpack to {info.file_size}; "
            "that is no model; unpack it yourself if you trust it"
        )
    return unpacked(opened, info, path, info.file_size)


def unpacked(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: str, length: int) -> bytes:
    """The first bytes of a compressed member; its checksum is held against it when it ends."""
    if info.flag_bits & ENCRYPTED:
        raise UnsupportedError(f"{path}: is encrypted; decrypt it first")
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise UnsupportedError(
            f"{path}: is compressed by method {info.compress_type}, not by deflate; unpack it first"
        )
    try:
        with opened.open(info) as file:
            found = file.read(length)
            if length == info.file_size:
                found += file.read(1)  # the end, where the checksum is compared
    except DAMAGE as error:
        raise ModelError(f"{path}: cannot be unpacked: {error}") from None
    if len(found) < min(length, info.file_size):
        raise ModelError(
            f"{path}: unpacks to {len(found)} bytes, and its zip says {info.file_size}"
        )
    return found

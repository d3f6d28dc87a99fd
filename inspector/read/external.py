"""Files beside a model in which its tensors have their values: external buffer groups.

A group's name is a path from the model's folder (`ResolveGroupPath` in LiteRT's
`external_weight_loader_litert.cc`). The name is the model's word: what lies outside of that folder,
by `..`, as an absolute path or through a link, is not opened.
"""

from __future__ import annotations

from pathlib import Path

from inspector.errors import InputError, ModelError
from inspector.read.flatbuffer import FlatBuffer
from inspector.read.records import ExternalBuffer
from inspector.read.source import map_file


class Companions:
    """The files of external buffer groups in a model's folder, mapped when they are first read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, FlatBuffer] = {}

    def cut(self, slice_: ExternalBuffer) -> memoryview:
        """The bytes of a slice. Raises `ModelError`, whose words follow "its values"."""
        place = f"{slice_.length} bytes from byte {slice_.offset}"
        file = self._file(slice_.group, place)
        if slice_.offset + slice_.length > file.size:
            raise ModelError(
                f"are {place} of {slice_.group!r}, and that file beside the model ends at byte "
                f"{file.size}; it is another one, or was cut short"
            )
        return file.cut(slice_.offset, slice_.length)

    def _file(self, group: str, place: str) -> FlatBuffer:
        if group not in self._files:
            try:
                self._files[group] = map_file(self.path_of(group), group).buffer
            except InputError as error:
                reason = str(error).removeprefix(f"{group}: ")
                raise ModelError(
                    f"are {place} of {group!r}, expected in {str(self.folder)!r}: {reason}"
                ) from None
        return self._files[group]

    def path_of(self, group: str) -> Path:
        """Where a group's file is. Raises `ModelError` for one outside of the model's folder."""
        try:
            path, folder = (self.folder / group).resolve(), self.folder.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a zero byte
            raise ModelError(f"lie in {group!r}, which names no file: {error}") from None
        if path == folder or not path.is_relative_to(folder):
            raise ModelError(
                f"lie in {group!r}, which is not in the model's folder and is therefore not opened"
            )
        return path

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files.values():
            file.close()

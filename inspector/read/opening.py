"""From what a user names to a model: a path, a URL, `CONTAINER::MEMBER` of either.

A file whose own name has `::` in it is that file. Members nest: `a.zip::b.task::c.tflite`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from inspector.read.model import IDENTIFIER, Model
from inspector.read.source import Source, map_file

SEPARATOR = "::"
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def open_model(path: str | os.PathLike[str]) -> Model:
    """Open the model that `path` names and read its root.

    `path` is a file, a URL (`https://...`, `s3://...`; with the extra `remote`), or a member of
    either, `CONTAINER::MEMBER`. A container that holds one model stands for it; the model's `path`
    then says which. Raises `InputError` when there is nothing of that name or a container holds
    several models, and `ModelError` when it holds none or a damaged one.
    """
    source = open_source(path)
    if is_model(source):
        return Model(source)
    from inspector.read.containers import only_model

    return Model(only_model(source))


def open_source(path: str | os.PathLike[str]) -> Source:
    """The bytes that `path` names, as in `open_model`. Raises `InputError`, `ModelError`."""
    name, members = split(os.fspath(path))
    source = whole(name)
    if members:
        from inspector.read.containers import member_source

        for member in members:
            source = member_source(source, member)
    return source


def is_model(source: Source) -> bool:
    """Whether the bytes begin as a TFLite model does; what follows it does not matter."""
    return bytes(source.cut(4, 4)) == IDENTIFIER


def whole(name: str) -> Source:
    """The file of that name, mapped, or made ready to be read in parts where it is a URL."""
    if not URL.match(name):
        return map_file(Path(name), name)
    if name.lower().startswith("file://"):
        return map_file(path_of(name), name)
    from inspector.read.remote import open_remote

    return open_remote(name)


def path_of(url: str) -> Path:
    """The path that a `file://` URL names."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname  # it imports the whole of HTTP

    return Path(url2pathname(urlsplit(url).path))


def split(text: str) -> tuple[str, list[str]]:
    """The file or URL, and the members of it that are named one inside the other.

    >>> split("hand.task::hand_detector.tflite")
    ('hand.task', ['hand_detector.tflite'])
    """
    if SEPARATOR not in text:
        return text, []
    url = URL.match(text)
    if url:  # an address may have `::` in its host, [::1]
        slash = text.find("/", url.end())
        head, rest = (text[:slash], text[slash:]) if slash > 0 else (text, "")
        path, *members = rest.split(SEPARATOR)
        return head + path, members
    parts = text.split(SEPARATOR)
    for count in range(len(parts), 1, -1):
        name = SEPARATOR.join(parts[:count])
        if os.path.exists(name):  # noqa: PTH110 -- Path would raise for what no file can be called
            return name, parts[count:]
    return parts[0], parts[1:]

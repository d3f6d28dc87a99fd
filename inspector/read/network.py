"""`fsspec`, which reads remote files (extra `remote`), and what goes wrong on the way.

It is imported here only, when a URL is opened.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inspector.errors import InputError

PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs"}
PACKAGES |= {"abfs": "adlfs", "abfss": "adlfs", "sftp": "paramiko", "ssh": "paramiko"}
PACKAGES |= {"hf": "huggingface_hub", "oss": "ossfs", "dropbox": "dropboxdrivefs"}
"""What `pip` must install for a protocol, beside `fsspec`."""

FAILURES = {
    "aiohttp": "ClientError",
    "botocore.exceptions": "BotoCoreError",
    "gcsfs.retry": "HttpError",
    "azure.core.exceptions": "AzureError",
    "asyncio": "TimeoutError",
    "paramiko": "SSHException",
}
"""The errors of the packages below `fsspec` that are no `OSError`, by module."""


def file_system(url: str) -> tuple[Any, str]:
    """What `fsspec` reads a URL with, and the path there. Raises `InputError`."""
    protocol = url.partition("://")[0].lower()
    install = f"pip install 'tflite-inspector[remote]' {PACKAGES.get(protocol, '')}".strip()
    try:
        if protocol in ("http", "https"):
            return http_file_system(protocol), url
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url)
    except ImportError as error:
        missing = error.name or str(error)
        raise InputError(f"{url}: reading it takes a package ({missing}): {install}") from None
    except ValueError as error:
        raise InputError(f"{url}: {error}") from None
    return system, str(path)


def http_file_system(protocol: str) -> Any:
    """For HTTP: bytes as they are stored, through the proxy that is set.

    `url_to_fs` would take the `::` of an address such as `[::1]` apart.
    """
    from fsspec import filesystem

    as_stored = {"Accept-Encoding": "identity"}
    return filesystem(protocol, headers=as_stored, client_kwargs={"trust_env": True})


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what goes wrong on the way into an `InputError` of one line."""
    try:
        yield
    except failures() as error:
        raise InputError(f"{url}: cannot be read: {reason(error)}") from None


def failures() -> tuple[type[BaseException], ...]:
    """The errors that fetching may end in, of the packages that are loaded."""
    loaded = [(sys.modules.get(module), name) for module, name in FAILURES.items()]
    found = [getattr(module, name, None) for module, name in loaded]
    return (OSError, ValueError, *(error for error in found if error))


def reason(error: BaseException) -> str:
    """What the server or the network says, in a line."""
    cause = error.__cause__ or error
    status = getattr(cause, "status", None)
    if status:
        return f"the server answers {status} ({getattr(cause, 'message', '') or 'no reason given'})"
    if isinstance(cause, FileNotFoundError):
        return "there is no such file"
    if "support range requests" in str(cause) or "Cannot seek streaming" in str(cause):
        return "the server does not send parts of a file; download it first"
    return " ".join(str(cause).split()) or type(cause).__name__

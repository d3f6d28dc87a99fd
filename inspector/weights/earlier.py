"""What an earlier export left where a new one is to be written, so that nothing of it stays behind.

Only files that a manifest or an index names as an export's are told; whatever else lies there is
the user's. They are as untrusted as a model: what they name may be an array, and inside, or it is
left alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from inspector.weights.manifest import IN_FOLDER, SCHEMA
from inspector.weights.safetensors_file import INDEX

MOST_BYTES = 1 << 28
"""A manifest that is larger is not read."""

NAMED = ("key", "scale_key", "zero_point_key")
"""Fields of an entry that are keys of arrays."""


def arrays_in(folder: Path) -> list[str]:
    """The `.npy` files that the manifest in a folder lists, as paths inside of the folder."""
    manifest = content(folder / IN_FOLDER)
    listed = manifest.get("arrays") if manifest.get("schema") == SCHEMA else None
    entries = listed if isinstance(listed, list) else []
    keys = [each.get(name) for each in entries if isinstance(each, dict) for name in NAMED]
    names = {f"{key}.npy" for key in keys if isinstance(key, str) and is_plain(key)}
    base = folder.resolve()
    return sorted(name for name in names if (base / name).resolve() == base / name)


def shards_of(path: Path) -> list[str]:
    """The names of the shards that the index of a `.safetensors` lists, all beside it."""
    listed = content(path.with_name(path.name + INDEX)).get("weight_map")
    names = listed.values() if isinstance(listed, dict) else ()
    return sorted({name for name in names if isinstance(name, str) and is_shard(name, path)})


def is_shard(name: str, path: Path) -> bool:
    """Whether a name is one that the shards of `path` would have."""
    own = name.startswith(f"{path.stem}-") and name.endswith(path.suffix)
    return own and is_plain(name) and "/" not in name


def content(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty where there is none that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_plain(key: str) -> bool:
    """Whether a key can be a path inside a folder, and a name in an archive, everywhere."""
    parts = key.split("/")
    return (
        key.isprintable()
        and not {"", ".", "..", "__metadata__"}.intersection(parts)
        and not {"\\", ":"}.intersection(key)
    )

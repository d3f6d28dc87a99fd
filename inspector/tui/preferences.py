"""What is remembered from one time to the next: the theme.

A file that is absent, damaged or not writable is as good as none: nobody is kept from browsing.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from platformdirs import user_config_path

NAME = "browser.json"


def preferences_path() -> Path:
    """Where the platform keeps a user's settings."""
    return user_config_path("tflite-inspector", appauthor=False) / NAME


class Preferences:
    """Named texts in a JSON file; without a path they are kept for this time only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, str] = {}
        if path is not None:
            with suppress(OSError, ValueError):
                found = json.loads(path.read_text("utf-8"))
                if isinstance(found, dict):
                    self._values = {str(k): v for k, v in found.items() if isinstance(v, str)}

    def get(self, name: str) -> str:
        """What is remembered under a name; empty if nothing is."""
        return self._values.get(name, "")

    def put(self, name: str, value: str) -> None:
        """Remember a text."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        if self._path is not None:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                temporary = self._path.with_suffix(".new")
                temporary.write_text(json.dumps(self._values, indent=1), "utf-8")
                temporary.replace(self._path)

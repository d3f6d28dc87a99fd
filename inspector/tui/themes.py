"""Themes of our own beside Textual's: one dark, one light, both of high contrast."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.theme import Theme

from inspector.tui.preferences import Preferences

DEFAULT = "tfli-dark"
PREFERENCE = "theme"
"""What the theme is remembered under."""

THEMES = (
    Theme(
        name="tfli-dark",
        primary="#5fafff",
        secondary="#87afaf",
        accent="#ffaf5f",
        warning="#ffd75f",
        error="#ff6b6b",
        success="#87d787",
        foreground="#d7dae0",
        background="#14161b",
        surface="#1b1e25",
        panel="#252a34",
        dark=True,
    ),
    Theme(
        name="tfli-light",
        primary="#0b5fb0",
        secondary="#4f6f6f",
        accent="#a34f00",
        warning="#8a6200",
        error="#b3261e",
        success="#2e7d32",
        foreground="#1d2127",
        background="#fbfbf9",
        surface="#f2f2ee",
        panel="#e4e5e0",
        dark=False,
    ),
)


def dress(app: App[Any], preferences: Preferences) -> None:
    """Give an application our themes, and of all that it has the one that is remembered."""
    for theme in THEMES:
        app.register_theme(theme)
    remembered = preferences.get(PREFERENCE)
    app.theme = remembered if remembered in app.available_themes else DEFAULT

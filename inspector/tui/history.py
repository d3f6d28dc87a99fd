"""The way that somebody took through a model: back to where they came from, and forth again."""

from __future__ import annotations

from inspector.tui.places import Place

MOST = 1000
"""Steps that are kept."""


class History:
    """Places in the order of the visits; a new visit forgets what lay ahead."""

    def __init__(self) -> None:
        self._behind: list[Place] = []
        self._ahead: list[Place] = []

    def leave(self, place: Place) -> None:
        """Note that somebody goes from `place` to another."""
        if not self._behind or self._behind[-1] != place:
            self._behind.append(place)
        del self._behind[:-MOST]
        self._ahead.clear()

    def back(self, here: Place) -> Place | None:
        """The place before this one; None at the beginning."""
        return self._step(self._behind, self._ahead, here)

    def forward(self, here: Place) -> Place | None:
        """The place that `back` came from; None at the end."""
        return self._step(self._ahead, self._behind, here)

    @staticmethod
    def _step(taken: list[Place], other: list[Place], here: Place) -> Place | None:
        while taken:
            place = taken.pop()
            if place != here:
                other.append(here)
                return place
        return None

"""What the library raises when a model, a file or a request cannot be used."""

from __future__ import annotations


class InspectorError(Exception):
    """The root of all errors that this project raises on purpose; the commands exit with 2."""


class ModelError(InspectorError):
    """A model file is damaged, cut short, or says something that cannot be true.

    The message says what was found, where (subgraph, operator or tensor, byte), and what to do.
    """


class UnsupportedError(InspectorError):
    """The model is sound, but holds something that this version does not handle."""


class InputError(InspectorError):
    """What the user gave beside the model (an array, a path, a name, a flag) does not fit."""


class RunError(InspectorError):
    """The interpreter refused the model or failed while it ran; the message holds its own words."""

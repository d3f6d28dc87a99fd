"""Typer without pydantic, for the plain types that our commands take.

Typer makes a value of the text on a command line; newer ones ask pydantic to, whose import takes
longer than a listing. Text, numbers, paths and choices need no more than the functions here. Where
Typer has no such place to put them (older ones have not), nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

Convert = Callable[[Any], Any]


class LightCommand(TyperCommand):
    """A command whose plain parameters are converted here."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, `--help` too."""
        return lightened(super().get_params(ctx))


class LightGroup(TyperGroup):
    """The program itself, in the same way."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, `--help` too."""
        return lightened(super().get_params(ctx))


def lightened(parameters: list[Any]) -> list[Any]:
    """The same parameters, the plain ones made to convert here."""
    for parameter in parameters:
        convert = converter(parameter)
        if convert:
            vars(parameter)["_runtime_param"] = Light(convert)
    return parameters


class Light:
    """What Typer asks for a parameter's value."""

    def __init__(self, convert: Convert) -> None:
        self.convert = convert

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value for the text that was given, or the default as it is."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        try:
            return self.convert(value)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from None


def converter(parameter: Any) -> Convert | None:
    """How to convert a parameter; None where its type or a check of its value is Typer's matter."""
    descriptor = getattr(parameter, "type_descriptor", None)
    if descriptor is None:
        return None
    info = descriptor.parameter_info
    if info.parser or info.exists or info.resolve_path or info.min is not None:
        return None
    annotation = descriptor.annotation
    if get_origin(annotation) is list:
        one = of_type(get_args(annotation)[0])
        return (lambda values: [one(value) for value in values]) if one else None
    return of_type(annotation)


def of_type(annotation: Any) -> Convert | None:
    """The function that makes a value of this type of a text."""
    if get_origin(annotation) is Literal:
        return one_of({choice: choice for choice in get_args(annotation)})
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return one_of({member.value: member for member in annotation})
    return PLAIN.get(annotation)


def one_of(choices: Mapping[Any, Any]) -> Convert:
    """A function that gives what a choice stands for, and refuses anything else."""

    def choose(text: Any) -> Any:
        if text in choices:
            return choices[text]
        if text in choices.values():  # the default is a value already
            return text
        raise ValueError(f"{text!r} is none of {', '.join(map(str, choices))}.")

    return choose


def whole(text: Any) -> int:
    """The whole number that a text spells."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is no whole number.") from None


def number(text: Any) -> float:
    """The number that a text spells."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number.") from None


PLAIN: dict[type, Convert] = {str: str, int: whole, float: number, Path: Path, bool: bool}

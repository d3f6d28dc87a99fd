"""What a user may say of a model's inputs: the same options for each command that runs models.

`takes_inputs` puts them on a command, which gets them as one `Asked`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from inspector.errors import InputError
from inspector.report.text import say
from inspector.run.preparation import ColourOrder, Numbers, Preparation

if TYPE_CHECKING:
    from inspector.read.model import Model
    from inspector.run.series import Report, Series

Given = Annotated[
    list[str],
    typer.Option(
        "--input",
        metavar="NAME=FILE",
        help="An input: .npy, .npz, a picture, .wav, .txt, .raw; a folder of them: samples.",
    ),
]
Shapes = Annotated[
    list[str],
    typer.Option("--shape", metavar="NAME=1,224,224,3", help="Sizes that an input leaves open."),
]
Seed = Annotated[int, typer.Option(metavar="N", help="Of the random inputs.")]
Samples = Annotated[
    int | None,
    typer.Option(metavar="N", help="How many; 1, or as many files as the folders hold."),
]
Mean = Annotated[
    str | None,
    typer.Option(
        metavar="X[,Y,Z]", help="Values become (x - mean) / std; one number, or one a channel."
    ),
]
Std = Annotated[
    str | None,
    typer.Option(metavar="X[,Y,Z]", help="See --mean; x is 0..255 in a picture, -1..1 in a sound."),
]
Scale = Annotated[
    str | None, typer.Option(metavar="X[,Y,Z]", help="The same said as scale * x + bias.")
]
Bias = Annotated[str | None, typer.Option(metavar="X[,Y,Z]", help="See --scale.")]
Colours = Annotated[
    ColourOrder, typer.Option("--colour-order", help="Of the channels of a picture.")
]
Rate = Annotated[
    int | None,
    typer.Option("--sample-rate", metavar="HZ", help="What an input of sound takes."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of inputs, as they were given."""

    given: Given
    shapes: Shapes
    seed: Seed = 0
    samples: Samples = None
    mean: Mean = None
    std: Std = None
    scale: Scale = None
    bias: Bias = None
    colour_order: Colours = ColourOrder.RGB
    sample_rate: Rate = None

    def series(self, model: Model, subgraph: int = 0, count: int | None = None) -> Series:
        """The samples of a subgraph's inputs, `count` of them unless --samples says it.

        Raises `InputError` for what does not fit, and for an option that nothing given takes.
        """
        from inspector.run.inputs import inputs_of
        from inspector.run.series import Series

        inputs = inputs_of(model, subgraph, self.preparation(), self.shapes)
        found = Series(inputs, self.given, self.seed, self.samples if count is None else count)
        self.check_use({str(report.done.get("kind")) for report in found.reports})
        return found

    def check_use(self, kinds: set[str]) -> None:
        """Raise `InputError` for an option of pictures or sounds where none is given."""
        normalised = [self.mean, self.std, self.scale, self.bias]
        for is_asked, takers, options in (
            (any(normalised), {"picture", "sound"}, "--mean, --std, --scale and --bias are"),
            (self.colour_order is not ColourOrder.RGB, {"picture"}, "--colour-order is"),
            (self.sample_rate is not None, {"sound"}, "--sample-rate is"),
        ):
            if is_asked and takers.isdisjoint(kinds):
                raise InputError(f"{options} of a {' or '.join(sorted(takers))}; none is given")

    def preparation(self) -> Preparation:
        """What is asked for of pictures and sounds. Raises `InputError` where that is unclear."""
        mean, std = numbers("--mean", self.mean), numbers("--std", self.std)
        scale, bias = numbers("--scale", self.scale), numbers("--bias", self.bias)
        if (mean or std) and (scale or bias):
            raise InputError("--mean and --std say the same as --scale and --bias; give one pair")
        if scale or bias:
            mean, std = inverted(scale or (1.0,), bias or (0.0,))
        if self.sample_rate is not None and self.sample_rate < 1:
            raise InputError(f"--sample-rate {self.sample_rate}: give a number of Hz above 0")
        return Preparation(mean, std, self.colour_order, self.sample_rate)


def tell_inputs(reports: Sequence[Report]) -> None:
    """Say on stderr what was done to the files of inputs."""
    for report in reports:
        if report.words:
            say(report.words)


def numbers(option: str, text: str | None) -> Numbers:
    """The numbers of an option. Raises `InputError` where it is none."""
    try:
        return tuple(float(part) for part in text.split(",")) if text is not None else ()
    except ValueError:
        raise InputError(f"{option} {text}: give a number, or one a channel, as 1,2,3") from None


def inverted(scale: Numbers, bias: Numbers) -> tuple[Numbers, Numbers]:
    """The mean and std of which (x - mean) / std is scale * x + bias."""
    channels = max(len(scale), len(bias))
    if {len(scale), len(bias)} - {1, channels} or not all(scale):
        raise InputError(
            "--scale and --bias: give one number each, or one a channel; no scale of 0"
        )
    pairs = zip(spread(scale, channels), spread(bias, channels), strict=True)
    mean = tuple(-offset / factor for factor, offset in pairs)
    return mean, tuple(1 / factor for factor in scale)


def spread(found: Numbers, channels: int) -> Numbers:
    """One number for all channels, or those that there are."""
    return found * channels if len(found) == 1 else found


def takes_inputs(command: Callable[..., int]) -> Callable[..., int]:
    """The command with the options of inputs in the place of its parameter `asked`."""
    names = [field.name for field in fields(Asked)]

    def called(**values: Any) -> int:
        asked = Asked(**{name: values.pop(name) for name in names})
        return command(asked=asked, **values)

    hints = get_type_hints(command, include_extras=True)
    own = inspect.signature(command)
    parameters = []
    for name, parameter in own.parameters.items():
        if name == "asked":
            parameters += options()
        else:
            parameters.append(parameter.replace(annotation=hints[name]))
    called.__doc__ = command.__doc__
    called.__annotations__ = {p.name: p.annotation for p in parameters}
    vars(called)["__signature__"] = own.replace(
        parameters=parameters, return_annotation=hints["return"]
    )
    return called


def options() -> list[inspect.Parameter]:
    """The fields of `Asked` as parameters that are given by name."""
    hints = get_type_hints(Asked, include_extras=True)
    held = inspect.signature(Asked).parameters.values()
    return [
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[parameter.name],
            default=[] if parameter.default is parameter.empty else parameter.default,
        )
        for parameter in held
    ]

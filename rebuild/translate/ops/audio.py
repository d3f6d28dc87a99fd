"""Features of sounds (kernels/audio_spectrogram.cc, mfcc.cc); TensorFlow has the same kernels."""

from __future__ import annotations

from rebuild.translate.context import Context
from rebuild.translate.expression import Expression, Operand
from rebuild.translate.foreign import tensorflow
from rebuild.translate.registry import op


@op("AudioSpectrogram", needs_tensorflow=True)
def audio_spectrogram(
    cx: Context,
    x: Operand,
    *,
    window_size: int = 0,
    stride: int = 0,
    magnitude_squared: bool = False,
) -> Expression:
    """Samples [n, channels] to the strength of frequencies [channels, windows, frequencies]."""
    return tensorflow(
        "raw_ops.AudioSpectrogram",
        input=x,
        window_size=int(window_size),
        stride=int(stride),
        magnitude_squared=bool(magnitude_squared),
    )


@op("Mfcc", needs_tensorflow=True)
def mfcc(
    cx: Context,
    spectrogram: Operand,
    rate: Operand,
    *,
    upper_frequency_limit: float = 0,
    lower_frequency_limit: float = 0,
    filterbank_channel_count: int = 0,
    dct_coefficient_count: int = 0,
) -> Expression:
    """A spectrogram [channels, windows, frequencies] to its mel-frequency cepstrum.

    The kernel drops the fractions of its limits.
    """
    return tensorflow(
        "raw_ops.Mfcc",
        spectrogram=spectrogram,
        sample_rate=cx.integer(rate, "sample rate"),
        upper_frequency_limit=int(upper_frequency_limit),
        lower_frequency_limit=int(lower_frequency_limit),
        filterbank_channel_count=int(filterbank_channel_count),
        dct_coefficient_count=int(dct_coefficient_count),
    )

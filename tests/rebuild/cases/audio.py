"""Spectrograms and cepstra."""

from __future__ import annotations

import numpy as np
from flatbuffers import flexbuffers

from tests.one_operator import Case, Input


def spectrogram(**options: int) -> bytes:
    return bytes(flexbuffers.Dumps({"window_size": 32, "stride": 10, **options}))


def cepstrum(**options: float) -> bytes:
    limits = {"upper_frequency_limit": 4000, "lower_frequency_limit": 20}
    counts = {"filterbank_channel_count": 12, "dct_coefficient_count": 7}
    return bytes(flexbuffers.Dumps({**limits, **counts, **options}))


SPECTRUM = Input((1, 4, 129), low=0, high=1)
RATE = np.array([8000], "int32")
CASES = {
    "spectrogram": Case("AudioSpectrogram", [Input((100, 1))], custom=spectrogram()),
    "spectrogram of squares": Case(
        "AudioSpectrogram", [Input((70, 2))], custom=spectrogram(magnitude_squared=True, stride=32)
    ),
    "cepstrum": Case("Mfcc", [SPECTRUM, RATE], custom=cepstrum()),
    "cepstrum at fractions": Case(
        "Mfcc",
        [Input((2, 3, 65), low=0, high=9), np.int32(16000)],
        custom=cepstrum(upper_frequency_limit=5000.7, dct_coefficient_count=12),
    ),
}

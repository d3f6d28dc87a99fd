"""How far two values are from each other, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inspector.compare.metrics import UNKNOWN, texts
from inspector.report.comparison import error_text


@pytest.mark.parametrize(
    ("other", "words"), [([b"a", b"b"], "0"), ([b"a", b"c"], "50% of strings")]
)
def test_texts_are_counted(other: list[bytes], words: str) -> None:
    assert error_text(texts(np.array([b"a", b"b"], object), np.array(other, object))) == words


def test_integers_are_told_in_steps() -> None:
    assert error_text(replace(UNKNOWN, max_lsb=2.0)) == "2 LSB"

"""coremltools, imported and run without what it writes to the user's screen.

It warns of versions that it was not tested with, of a runtime that only macOS has, and draws a bar
for each of its steps. What it finds wrong with a model it raises.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partialmethod
from types import ModuleType

from inspector.errors import RunError
from rebuild.execute import import_keras, quiet_stderr


def import_coremltools() -> ModuleType:
    """coremltools, with TensorFlow before it so that both are quiet.

    Raises `RunError` when it is not installed.
    """
    import_keras()
    try:
        with quiet_stderr(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import coremltools
    except ImportError as error:
        raise RunError(
            f"Core ML packages need coremltools ({error}): pip install 'tflite-inspector[coreml]'"
        ) from None
    return coremltools  # type: ignore[no-any-return]


@contextmanager
def silence() -> Iterator[None]:
    """Keep coremltools' log, Python's warnings and progress bars away while it works."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), without_bars():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def without_bars() -> Iterator[None]:
    """Turn off the bars of tqdm, which coremltools draws with and offers no switch for."""
    from tqdm import tqdm

    draw = tqdm.__init__
    tqdm.__init__ = partialmethod(draw, disable=True)
    try:
        yield
    finally:
        tqdm.__init__ = draw

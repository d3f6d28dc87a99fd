"""Where the models are that the tests read."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of the small models that come with the project."""
    return ROOT / "fixtures"

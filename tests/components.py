"""Real components that some tests need: a skip that says why, a failure where CI promises them."""

import os
from typing import NoReturn

import pytest

__all__ = ["missing_component"]


def missing_component(reason: str) -> NoReturn:
    """Skip, saying why; a failure where CI promises that the component is there."""
    if os.environ.get("WANGGE_TEST_REQUIRE_COMPONENTS"):
        pytest.fail(reason)
    pytest.skip(reason)

"""Fixtures that every suite shares."""

from pathlib import Path

import pytest
from hypothesis import settings

# the first call of a kernel compiles it, and no test asserts wall-clock time
settings.register_profile("wangge", deadline=None)
settings.load_profile("wangge")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data beside the repository; skips, saying why, where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data folder ../shared/data is not beside this checkout")
    return folder

"""Fixtures that every suite shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from geoserver.kernels import use_kernel_cache
from tests.components import missing_component
from tests.postgis_cluster import ClusterMissingError, postgis_cluster

# numba keys its own cache by file, not by what a kernel calls: stale kernels would answer
use_kernel_cache()

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the suites."""
    parser.addoption(
        "--renew-golden", action="store_true", help="write the golden files anew, then compare"
    )


@pytest.fixture(scope="session")
def postgis_dsn() -> Iterator[str]:
    """Address of a private, empty PostGIS database; skips where it cannot be started."""
    try:
        cluster = postgis_cluster()
        dsn = cluster.__enter__()
    except ClusterMissingError as exc:
        missing_component(str(exc))
    try:
        yield dsn
    finally:
        cluster.__exit__(None, None, None)

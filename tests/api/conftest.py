"""A tiny real city, opened once, behind the application for each kind of anonymous reader."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from geoserver.app import create_app
from geoserver.city import City
from geoserver.settings import Settings
from tests.api.tiny_city import make_city

LOCAL = "http://127.0.0.1"


def app_for(city: City, role: str, **settings: object) -> ASGIApp:
    """The application whose anonymous callers have a role."""
    return create_app(Settings(anonymous=role, **settings), city)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The city for tests that only read."""
    opened = make_city(tmp_path_factory.mktemp("city") / "tiny")
    yield opened
    opened.close()


@pytest.fixture
def own_city(tmp_path: Path) -> Iterator[City]:
    """A city for a test that writes."""
    opened = make_city(tmp_path / "tiny")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client_as(city: City) -> Callable[[str], TestClient]:
    """Gives the client of a role: ``demo``, ``public`` or ``none``; no background threads."""
    clients = {
        role: TestClient(app_for(city, role), base_url=LOCAL, raise_server_exceptions=False)
        for role in ("demo", "public", "none")
    }
    return clients.__getitem__


@pytest.fixture(scope="session")
def client(client_as: Callable[[str], TestClient]) -> TestClient:
    """Client of demo staff."""
    return client_as("demo")

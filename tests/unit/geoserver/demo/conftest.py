"""One small demo city for all tests of this folder."""

import pytest

from geoserver.demo.build import build_demo
from geoserver.demo.city import DemoCity, DemoModel, model_city

NOW_MS = 1_795_400_000_000  # Monday 2026-11-23 10:13 in Shanghai


@pytest.fixture(scope="session")
def small_model() -> DemoModel:
    return model_city("small", seed=1, now_ms=NOW_MS)


@pytest.fixture(scope="session")
def small_city() -> DemoCity:
    return build_demo("small", seed=1, now_ms=NOW_MS)

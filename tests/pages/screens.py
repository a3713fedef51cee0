"""Waiting for the map, and pictures that are kept."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["keep_screen", "read_json", "settle"]

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"


def read_json(address: str) -> Any:  # noqa: ANN401 - JSON is what it is
    """JSON answer at an address of the server under test."""
    with urllib.request.urlopen(address, timeout=180) as response:  # noqa: S310 - own address
        return json.load(response)


def settle(page: Page) -> None:
    """Wait until the map stands still with all its tiles."""
    deadline = time.monotonic() + 60
    while not page.evaluate("() => wall.map.loaded() && !wall.map.isMoving()"):
        assert time.monotonic() < deadline, "the map did not finish loading"
        page.wait_for_timeout(100)


def keep_screen(page: Page, name: str) -> None:
    """Keep a picture of the page among the build artefacts."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")

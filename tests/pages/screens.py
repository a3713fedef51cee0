"""Waiting for the map, and pictures that are kept."""

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

__all__ = ["PATIENCE_S", "eventually", "keep_screen", "read_json", "settle"]

PATIENCE_S = 90
"""How long a page drawn without a graphics card may take on a busy machine."""

SCREENS = Path(__file__).resolve().parents[2] / "build" / "screens"


def read_json(address: str) -> Any:  # noqa: ANN401 - JSON is what it is
    """JSON answer at an address of the server under test."""
    with urllib.request.urlopen(address, timeout=180) as response:  # noqa: S310 - own address
        return json.load(response)


def settle(page: Page) -> None:
    """Wait until the map stands still with all its tiles."""
    eventually(page, "() => wall.map.loaded() && !wall.map.isMoving()")


def eventually(page: Page, condition: str) -> None:
    """Wait until a function in the page gives true.

    Playwright's own wait compiles text in the page, which the policy of the page forbids.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, f"never came true: {condition}"
        page.wait_for_timeout(100)


def keep_screen(page: Page, name: str) -> None:
    """Keep a picture of the page among the build artefacts."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")

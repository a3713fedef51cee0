"""A small demo city behind the real server, and a Chromium that may reach nothing else."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.components import missing_component
from tests.pages.screens import PATIENCE_S, read_json, settle

REPOSITORY = Path(__file__).resolve().parents[2]
WANGGE = Path(sys.executable).with_name("wangge")
START_S = 240
SOFTWARE_GL = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        missing_component("Chromium is not installed (Debian package chromium)")
    if not (REPOSITORY / "geoserver" / "web" / "vendor" / "maplibre-gl").is_dir():
        missing_component("the page assets are not there; run make setup")
    return str(found)


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small demo city."""
    folder = tmp_path_factory.mktemp("pages") / "city"
    made = subprocess.run(
        [WANGGE, "demo", "--preset", "small", "--city", folder, "--no-serve"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    return folder


@pytest.fixture(scope="session")
def server(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the demo city."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [WANGGE, "demo", "--city", city_folder, "--port", str(port)],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, address, log)
        warm_up(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Wait for /health to say that the server is ready."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended:\n{log.read_text()[-2000:]}"
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310 - own address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"the server was not ready after {START_S} s:\n{log.read_text()[-2000:]}")


def warm_up(address: str) -> None:
    """Ask once for what compiles on first use, so that no page waits for a compiler."""
    at = "lon={}&lat={}".format(*read_json(f"{address}/city.json")["center"])
    for path in (
        f"/locate?{at}",
        f"/dispatch/nearest?{at}&k=10",
        f"/dispatch/around?{at}&rings=300",
        "/analysis/hotspots?layer=event&level=grid&days=30",
    ):
        read_json(address + path)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for a file of tests: its driver runs an event loop while it lives."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(SOFTWARE_GL))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Opens pages that must stay without console errors and outside requests to the end."""
    faults: list[str] = []
    contexts = []

    def watched(path: str = "/wall", *, width: int = 1366, height: int = 768) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.on(
            "console",
            lambda m: (
                faults.append(f"console {m.type}: {m.text}")
                if m.type in {"error", "warning"} and "GPU stall" not in m.text
                else None
            ),
        )
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "request",
            lambda r: (
                None
                if r.url.startswith((server, "data:"))
                else faults.append(f"outside request: {r.url}")
            ),
        )
        page.goto(server + path)
        page.wait_for_selector("html[data-ready]", timeout=PATIENCE_S * 1000)
        settle(page)
        return page

    yield watched
    for context in contexts:
        context.close()
    assert not faults

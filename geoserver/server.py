"""The web server around the application: uvicorn on uvloop, stopped gracefully."""

import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from geoserver.memory import keep_freed_memory
from geoserver.settings import Settings
from grids.errors import ParameterError

__all__ = ["bound_socket", "log_config", "run_server"]

_WS_BYTES = 65_536


def log_config(level: str) -> dict[str, object]:
    """Logging of the process: one line per record on standard error, nothing twice."""
    word = level.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "wangge": {"level": word},
            "uvicorn": {"level": "WARNING" if word == "INFO" else word},
            "uvicorn.access": {"level": "CRITICAL"},
        },
    }


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is one sentence before anything is opened.

    Raises
    ------
    ParameterError
        If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as exc:
        found.close()
        raise ParameterError(
            f"cannot listen on {host} port {port}: {exc.strerror}; choose another with --port"
        ) from exc
    found.set_inheritable(True)
    return found


def run_server(
    app: ASGIApp, settings: Settings, listening: socket.socket, *, on_ready: Callable[[str], None]
) -> None:
    """Serve until interrupted, then finish what is under way.

    Parameters
    ----------
    app
        The application.
    settings
        Log level.
    listening
        Bound socket.
    on_ready
        Called with the address once requests are answered.
    """
    keep_freed_memory()
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_WS_BYTES,
        ws_per_message_deflate=False,  # a compression window per client is a gigabyte per 1,500
        access_log=False,
        log_config=log_config(settings.log_level),
        server_header=False,
        timeout_graceful_shutdown=10,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=None,
        backlog=2048,
    )
    server = _Server(config, lambda: on_ready(f"http://{shown}:{port}"))
    server.run(sockets=[listening])
    logging.getLogger("wangge").info("stopped")


class _Server(uvicorn.Server):
    """Server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop gracefully and come back to the caller, who has a city to close."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        if self.started:
            self._on_ready()

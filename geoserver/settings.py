"""Settings of the server: read once at the edge, then taken apart into option values."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from grids.errors import ParameterError

__all__ = ["Settings", "load_settings", "settings_document"]

_PREFIX = "WANGGE_"
_NOT_SETTINGS = ("WANGGE_FAULT_", "WANGGE_TEST_")


class Settings(BaseSettings):
    """Every setting of the server; the environment name is ``WANGGE_`` and the field's name."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    city: Path | None = Field(None, description="Folder of the city, the one that has `city.toml`.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str = Field(
        "", description="Address that links begin with; the Host of the request if empty."
    )
    anonymous: Literal["demo", "public", "none"] = Field(
        "none",
        description="What a request without sign-in may see: `demo` as staff of the demo city "
        "(refused unless the address is loopback), `public` the public layers, `none` nothing.",
    )
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 2,
        ge=1,
        le=256,
        description="Threads of the pool that compute work is split over; default one per core.",
    )
    tile_cache_bytes: int = Field(
        256 * 2**20, ge=0, description="Memory for built tiles; the least recently used go first."
    )
    max_body_bytes: int = Field(
        16 * 2**20, ge=1024, description="Largest request body that is read; beyond it, 413."
    )
    page_items: int = Field(100, ge=1, le=1000, description="Items of a page when none is asked.")
    page_items_max: int = Field(1000, ge=1, le=10_000, description="Most items of a page.")
    batch_points_max: int = Field(
        100_000, ge=1, description="Most points of one `POST /locate` or `POST /positions`."
    )
    count_k: int = Field(
        10, ge=5, description="Counts of people below this are withheld from protected readers."
    )
    position_fresh_s: float = Field(
        300.0, gt=0, description="A unit whose position is older is not sent (reason: stale)."
    )
    dispatch_limit_s: float = Field(
        3600.0, gt=0, description="Farthest road time that a nearest search looks at."
    )
    straight_speed_kmh: float = Field(
        25.0, gt=0, description="Speed of straight-line estimates where no road is near."
    )
    snap_limit_m: float = Field(
        300.0, gt=0, description="Farthest distance from a point to the road it is reached by."
    )
    hotspot_seed: int = Field(1, ge=0, description="Seed of the permutations of hot-spot tests.")
    live_queue: int = Field(
        256, ge=8, description="Messages waiting for one live client before it is dropped."
    )
    live_ping_s: float = Field(20.0, gt=0, description="Time between pings to live clients.")
    live_clients_max: int = Field(2000, ge=1, description="Live clients at one time.")
    live_origins: tuple[str, ...] = Field(
        (), description="Origins besides the server's own that may open `/live`."
    )
    outside_hosts: tuple[str, ...] = Field(
        (), description="Hosts besides the server that pages may load tiles and images from."
    )
    snapshot_save_s: float = Field(
        300.0, gt=0, description="Time between writes of the snapshot file, if something changed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged."
    )
    access_log: bool = Field(
        default=True, description="Log one line per request, without the query."
    )


def load_settings(**given: object) -> Settings:
    """Settings from the environment, with those `given` on top.

    Raises
    ------
    ParameterError
        If a value does not fit, or the environment names a setting that does not exist.
    """
    known = {f"{_PREFIX}{name}".upper() for name in Settings.model_fields}
    named = {k for k in os.environ if k.startswith(_PREFIX) and not k.startswith(_NOT_SETTINGS)}
    if unknown := sorted(named - known):
        raise ParameterError(f"the environment names unknown settings: {', '.join(unknown)}")
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**chosen)  # type: ignore[arg-type]
    except ValidationError as exc:
        first = exc.errors()[0]
        name = _PREFIX + str(first["loc"][0]).upper()
        raise ParameterError(f"setting {name}: {first['msg']}, got {first['input']!r}") from exc


def settings_document() -> str:
    """The text of ``docs/settings.md``, from the descriptions of the fields."""
    lines = [
        "# Settings",
        "",
        "Environment variables, read when the server or a command starts. An unknown name that",
        f"starts with `{_PREFIX}` is an error. Generated from `geoserver/settings.py`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "computed" if field.default_factory else _shown(field.default)
        lines.append(f"| `{_PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown(value: object) -> str:
    """A default as the environment would spell it."""
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"

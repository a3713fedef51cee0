"""A private PostgreSQL cluster with PostGIS, started on a free port and removed afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

__all__ = ["ClusterMissingError", "postgis_cluster"]

_ROOTS = (Path("/usr/lib/postgresql"), Path("/usr/pgsql"), Path("/opt/homebrew/opt/postgresql"))
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",
    "autovacuum": "off",
}


class ClusterMissingError(RuntimeError):
    """The server programs or PostGIS are not installed; the message says which."""


def _programs() -> Path:
    """Folder of the newest server programs."""
    folders = [folder for root in _ROOTS for folder in sorted(root.glob("*/bin"), reverse=True)]
    found = shutil.which("pg_ctl")
    if found:
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise ClusterMissingError("initdb and pg_ctl of PostgreSQL are not installed")


def _free_port() -> int:
    """Port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _run(command: Sequence[str | Path]) -> None:
    """Run a server program as a user that may own a cluster."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*prefix, *command], capture_output=True, text=True, check=False, cwd=tempfile.gettempdir()
    )
    if done.returncode:
        raise ClusterMissingError(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")


def _add_postgis(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Create the extension, or say that it is not installed."""
    query = "SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'"
    if connection.execute(query).fetchone() is None:
        raise ClusterMissingError("the PostGIS extension is not installed")
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")


@contextmanager
def postgis_cluster() -> Iterator[str]:
    """Start a cluster with an empty database that has PostGIS; the value is its DSN.

    Raises
    ------
    ClusterMissingError
        If the programs or the extension are missing, or the cluster does not start.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="wangge-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    cluster, port = folder / "data", _free_port()
    options = "".join(f" -c {name}={value}" for name, value in _SETTINGS.items())
    options += f" -c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={folder}"
    try:
        _run([programs / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8",
              "--no-sync", "--locale=C.UTF-8"])  # fmt: skip
        _run(
            [programs / "pg_ctl", "-D", cluster, "-l", folder / "log", "-w", "-o", options, "start"]
        )
        try:
            dsn = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"
            with psycopg.connect(dsn, autocommit=True) as connection:
                _add_postgis(connection)
            yield dsn
        finally:
            _run([programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)

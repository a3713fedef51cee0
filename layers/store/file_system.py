"""Where a database file may not lie: file systems of other machines, whose locks do not hold."""

from pathlib import Path

from grids.errors import StoreUnavailableError

__all__ = ["file_system_of", "refuse_network_folder"]

_REMOTE = frozenset(
    {"afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "ncpfs", "nfs", "nfs4", "smb3"}
)
_MOUNTS = Path("/proc/self/mounts")


def file_system_of(folder: Path, mounts: str) -> str:
    """Type of the file system that a folder lies on.

    Parameters
    ----------
    folder
        Absolute path.
    mounts
        Text in the form of ``/proc/self/mounts``.

    Returns
    -------
    str
        As the kernel names it; empty if no line covers the folder.
    """
    best, found = -1, ""
    for line in mounts.splitlines():
        place, kind = line.split()[1:3]
        point = Path(place.encode().decode("unicode_escape"))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind
    return found


def refuse_network_folder(path: Path) -> None:
    """Refuse a file on a network file system.

    Raises
    ------
    StoreUnavailableError
        If the folder of `path` lies on one; nothing is done where the system does not say.
    """
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    kind = file_system_of(path.resolve().parent, mounts)
    if kind in _REMOTE:
        raise StoreUnavailableError(
            f"{path} lies on a network file system ({kind}), where locks do not hold: put the "
            "city on a local disk, or use the server store"
        )

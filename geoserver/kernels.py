"""Kernel cache: where compiled kernels are kept, and their compilation ahead of time.

numba keys its files by source path and time stamp, not by what a kernel calls or the constants
it was compiled with: after an upgrade of one module a stale kernel of another could be loaded. So
the folder is named by a hash of all kernel sources, of the modules they import and of the versions
that compile them, and set before numba is imported.
"""

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

__all__ = ["ensure_kernels", "kernel_key", "use_kernel_cache", "warm_kernels"]

_MARK = "compiled"

_PACKAGES = ("grids", "layers", "tiles", "analysis", "geoserver")
_ROOT = Path(__file__).resolve().parents[1]
_IMPORT = re.compile(rf"^from ((?:{'|'.join(_PACKAGES)})\.[\w.]+) import", re.MULTILINE)


def kernel_key() -> str:
    """Name of the cache folder: hash of kernel sources, Python, numba, llvmlite and numpy."""
    digest = hashlib.blake2b(digest_size=8)
    for name in ("numba", "llvmlite", "numpy"):
        digest.update(f"{name}={version(name)};".encode())
    digest.update(sys.version.encode())
    sources = {
        path: path.read_text(encoding="utf-8")
        for package in _PACKAGES
        for path in (_ROOT / package).rglob("*.py")
    }
    kernels = {path for path, text in sources.items() if "njit" in text}
    imported = {path for kernel in kernels for path in _imports(sources[kernel])}
    for path in sorted(kernels | (imported & sources.keys())):
        name = path.relative_to(_ROOT).as_posix()
        digest.update(f"{name}\0{sources[path]}\0".encode())
    return digest.hexdigest()


def _imports(text: str) -> list[Path]:
    """Files of our own modules that a source imports from."""
    return [_ROOT / f"{name.replace('.', '/')}.py" for name in _IMPORT.findall(text)]


def use_kernel_cache() -> Path:
    """Point numba at the cache folder of these sources; the folder.

    An operator's own ``NUMBA_CACHE_DIR`` is kept. Tried in order: ``.kernels`` beside the
    packages, the user's cache folder, a temporary folder of this user.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    key = kernel_key()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = (_ROOT / ".kernels", home / "wangge", Path(tempfile.gettempdir()) / _private_name())
    for place in places:
        if _is_writable(place / key):
            os.environ["NUMBA_CACHE_DIR"] = str(place / key)
            break
    return Path(os.environ.get("NUMBA_CACHE_DIR", ""))


def _private_name() -> str:
    """Folder name of this user in a shared temporary folder."""
    return f"wangge-{os.getuid() if hasattr(os, 'getuid') else 'user'}"


def _is_writable(folder: Path) -> bool:
    """True if the folder is ours, can be made and written: compiled code is loaded from it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            return False
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError:
        return False
    return True


def warm_kernels(on_step: Callable[[str, int, int], None]) -> int:
    """Compile the main kernels by running each once on a tiny city.

    Parameters
    ----------
    on_step
        Called with the name of the step, steps done and steps in all.

    Returns
    -------
    int
        Number of steps run.
    """
    steps = import_module("geoserver.warmup").STEPS
    for done, (name, step) in enumerate(steps.items()):
        on_step(name, done, len(steps))
        step()
    on_step("", len(steps), len(steps))
    return len(steps)


def ensure_kernels(on_step: Callable[[str, int, int], None]) -> bool:
    """Compile the main kernels unless that was done for these sources before.

    The first request would otherwise wait for the compiler, and all others with it.

    Parameters
    ----------
    on_step
        As for `warm_kernels`.

    Returns
    -------
    bool
        True if they had to be compiled.
    """
    mark = use_kernel_cache() / _MARK
    if mark.is_file():
        return False
    warm_kernels(on_step)
    mark.touch()
    return True

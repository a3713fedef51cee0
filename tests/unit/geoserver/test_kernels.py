"""The kernel cache folder follows the sources."""

import os
from pathlib import Path

import pytest

from geoserver import kernels


def test_the_key_is_stable_and_follows_kernel_sources(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for package in ("grids", "layers", "tiles", "analysis", "geoserver"):
        (tmp_path / package).mkdir()
    kernel = tmp_path / "grids" / "ray.py"
    kernel.write_text("from numba import njit\nfrom grids.units import SCALE\n")
    constants = tmp_path / "grids" / "units.py"
    constants.write_text("SCALE = 1\n")
    (tmp_path / "grids" / "other.py").write_text("x = 1\n")
    monkeypatch.setattr(kernels, "_ROOT", tmp_path)
    first = kernels.kernel_key()
    assert first == kernels.kernel_key()
    (tmp_path / "grids" / "other.py").write_text("x = 2\n")
    assert first == kernels.kernel_key()
    constants.write_text("SCALE = 2\n")
    second = kernels.kernel_key()
    assert second != first
    kernel.write_text("from numba import njit\nfrom grids.units import SCALE\n# more\n")
    assert kernels.kernel_key() not in {first, second}


def test_the_folder_is_private_and_writable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kernels, "_is_writable", _refusing(kernels._ROOT, kernels._is_writable))
    folder = kernels.use_kernel_cache()
    assert folder.parent == tmp_path / "cache" / "wangge"
    assert os.environ["NUMBA_CACHE_DIR"] == str(folder)
    assert folder.stat().st_mode & 0o077 == 0


def test_an_operators_folder_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert kernels.use_kernel_cache() == tmp_path


def _refusing(root: Path, writable):  # noqa: ANN001, ANN202
    """A package that lies where nobody may write."""
    return lambda folder: not folder.is_relative_to(root) and writable(folder)

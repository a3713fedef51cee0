"""Every notebook runs on the demo city without a network; none in git carries what it printed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
PACKAGES = {"analysis", "geoserver", "grids", "layers", "tiles"}
OUTSIDE = {"geopandas", "json", "numpy", "os", "pandas", "pathlib", "shapely", "warnings"}
NO_NETWORK = """
import socket

def refused(self, address):
    raise OSError(f"no network in a notebook: {address}")

socket.socket.connect = socket.socket.connect_ex = refused
"""


def name_of(path: Path) -> str:
    return path.stem


@pytest.fixture(scope="session")
def demo_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "yunlan"
    command = "from geoserver.cli import main; main()"
    arguments = ["demo", "--preset", "small", "--no-serve", "--city", str(folder)]
    subprocess.run(
        [sys.executable, "-c", command, *arguments], cwd=REPOSITORY, check=True, timeout=600
    )
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
@pytest.mark.filterwarnings("default")  # of the notebook client; the kernel has its own filters
def test_a_notebook_runs(
    path: Path, demo_city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_CITY", str(demo_city))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.setenv("PYTHONWARNINGS", "error::DeprecationWarning:__main__")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    before = _files(demo_city)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    assert _drawings(notebook), "a notebook shows a map"
    for drawing in _drawings(notebook):
        assert re.search(r"[\u4e00-\u9fff]", drawing)
        assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert _files(demo_city) == before, "a notebook writes nothing into the city"


def _files(folder: Path) -> dict[str, int]:
    """Size of every file of a city, the index of its log aside."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.name: path.stat().st_size for path in found if not path.name.endswith(("-shm", "-wal"))
    }


def _drawings(notebook: nbformat.NotebookNode) -> list[str]:
    """Maps that a notebook shows."""
    return [
        output["data"]["image/svg+xml"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/svg+xml" in output.get("data", {})
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_in_git_has_no_output_and_no_place_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    assert set(document["metadata"]) == {"kernelspec", "language_info"}
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    places = r"(?:^|[\s\"'(=])(?:/(?:home|root|tmp|Users|work|opt|mnt|var)/|[A-Za-z]:\\\\)"
    assert not re.search(places, text)
    assert os.fspath(REPOSITORY) not in text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_uses_public_names_of_packages_that_are_there(path: Path) -> None:
    document = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in document.cells if cell.cell_type == "code")
    for module in re.findall(r"^(?:from|import) ([\w.]+)", code, flags=re.MULTILINE):
        parts = module.split(".")
        assert parts[0] in PACKAGES | OUTSIDE
        assert not any(part.startswith("_") for part in parts)
    assert not re.search(r"\._(?!_)\w+", code), "no private attribute"
    assert document.cells[0].cell_type == "markdown"


def test_notebooks_are_numbered_without_gap() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [
        f"{number:02d}_" for number in range(1, len(NOTEBOOKS) + 1)
    ]
    assert len(NOTEBOOKS) >= 4

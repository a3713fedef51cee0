"""What the style says of structure, checked."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("geoserver", "layers", "grids", "tiles", "analysis")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (REPOSITORY / package).rglob("*.py")
    if "node_modules" not in path.parts and "vendor" not in path.parts
)
JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
LINES = 320


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_source_file_is_short_and_named_by_a_noun(path: Path) -> None:
    assert path.stem not in JUNK_DRAWERS
    assert len(path.read_text().splitlines()) <= LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_opens_with_a_docstring_and_does_not_import_its_package_root(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "a module docstring"
    package = path.relative_to(REPOSITORY).parts[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module != package or path.name == "__init__.py", (
                f"line {node.lineno}: import the concrete module"
            )


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_a_module_exports_exists(path: Path) -> None:
    tree = ast.parse(path.read_text())
    exported: list[str] = []
    defined: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
            if "__all__" in names and node.value is not None:
                exported = list(ast.literal_eval(node.value))
            defined |= names
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.TypeAlias if hasattr(ast, "TypeAlias") else ()):
            defined.add(node.name.id)
    assert set(exported) <= defined
    assert exported == sorted(set(exported), key=exported.index), "no name twice"


def test_lock_files_and_package_settings_name_no_host() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    settings = [
        name
        for name in tracked
        if re.search(r"(\.lock|package-lock\.json|requirements.*\.txt|\.npmrc|pip\.conf)$", name)
    ]
    assert settings
    for name in settings:
        assert not re.search(r"https?://", (REPOSITORY / name).read_text()), name


def test_every_relative_link_of_the_documents_leads_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    broken = [
        f"{name_of(page)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if not target.startswith(("http://", "https://", "mailto:"))
        and not (page.parent / target).exists()
    ]
    assert not broken

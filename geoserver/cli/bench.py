"""``wangge bench``: ratios against peers, side by side, on this machine."""

import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console
from rich.table import Table

from geoserver.cli.progress import Progress
from grids.errors import ParameterError

__all__ = ["collect_benchmarks", "command"]

Row = dict[str, Any]
_FOLDER = Path(__file__).resolve().parents[2] / "tests" / "benchmarks"


@click.command("bench")
@click.option("--only", default="", help="Benchmarks to run, such as P1,P4. [default: all]")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_FOLDER,
    help="Folder with the benchmark files p*_*.py.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("build/bench.json"),
    help="File the rows are written to.", show_default=True,
)  # fmt: skip
def command(only: str, folder: Path, output: Path) -> None:
    """Measure ours and the peer in one run on the same data; print and write the rows."""
    chosen = [name.strip().upper() for name in only.split(",") if name.strip()]
    found = collect_benchmarks(folder, chosen)
    rows: list[Row] = []
    with Progress() as progress:
        for name, run in found.items():
            progress.show(name, 0, 1)
            rows.extend(run())
            progress.show(name, 1, 1)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _print(rows)
    click.echo(f"{output}  ({hardware()})")


def collect_benchmarks(
    folder: Path, chosen: Sequence[str] = ()
) -> Mapping[str, Callable[[], list[Row]]]:
    """Benchmark name such as ``P1`` to the function ``run`` of its file ``p1_*.py``.

    Raises
    ------
    ParameterError
        If a chosen name has no file.
    """
    files = {
        path.stem.partition("_")[0].upper(): path
        for path in sorted(folder.glob("p*_*.py"))
        if "\ndef run(" in path.read_text(encoding="utf-8")  # others are their helpers
    }
    if unknown := [name for name in chosen if name not in files]:
        known = ", ".join(files) or "none"
        raise ParameterError(f"no benchmark {', '.join(unknown)}; there are {known}")
    names = [name for name in files if not chosen or name in chosen]
    names.sort(key=lambda name: (len(name), name))
    return {name: _run_of(files[name]) for name in names}


def _run_of(path: Path) -> Callable[[], list[Row]]:
    """The function ``run`` of a benchmark file."""
    spec = spec_from_file_location(f"wangge_bench_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ParameterError(f"{path} is not a Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return cast("Callable[[], list[Row]]", module.run)


def _print(rows: Sequence[Row]) -> None:
    """The rows as a table."""
    table = Table("id", "what", "ours", "peer", "peer's", "ratio", "equal")
    for row in rows:
        unit = str(row.get("unit", ""))
        table.add_row(
            str(row.get("id", "")),
            str(row.get("what", "")),
            _figure(row.get("ours"), unit),
            str(row.get("peer", "")),
            _figure(row.get("peer_value"), unit),
            _figure(row.get("ratio"), "x"),
            {True: "yes", False: "NO"}.get(cast("bool", row.get("equal")), "not compared"),
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def _figure(value: object, unit: str) -> str:
    """A number with its unit; words as they are; empty for none."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return f"{value:.4g} {unit}".rstrip()
    return str(value)


def hardware() -> str:
    """Processor, cores and Python, in one line."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [li for li in info.read_text().splitlines() if li.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"

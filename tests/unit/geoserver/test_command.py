"""The command: one sentence and exit code 1 for every fault, nothing changed."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from geoserver.cli import main
from geoserver.cli.bench import collect_benchmarks
from geoserver.profile import read_profile
from grids.errors import ParameterError
from tests.api.tiny_city import at, make_city

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No city is named by the environment; what a command sets is taken back."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR", ""))
    monkeypatch.delenv("WANGGE_CITY", raising=False)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def refused(result: Result) -> str:
    """The one sentence of a refusal."""
    assert result.exit_code == 1, result.output
    lines = result.stderr.strip().splitlines()
    assert "Traceback" not in result.stderr
    assert lines[-1].startswith("wangge: ")
    return lines[-1]


def test_help_lists_every_command_without_opening_anything() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name in ("bench", "demo", "grids", "import", "init", "kernels", "locate", "serve"):
        assert f"\n  {name} " in result.output
        assert run(name, "--help").exit_code == 0


def test_init_makes_a_city_once(tmp_path: Path) -> None:
    folder = tmp_path / "nanjing"
    assert run("init", folder, "--name", "南京", "--code", "3201").exit_code == 0
    assert read_profile(folder).name == "南京"
    assert (folder / "city.sqlite").is_file()
    assert "already" in refused(run("init", folder, "--name", "南京", "--code", "3201"))


def test_init_leaves_a_foreign_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    assert "other files" in refused(run("init", tmp_path, "--name", "市", "--code", "99"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["precious.txt"]


def test_a_wrong_option_names_it(tmp_path: Path) -> None:
    assert "code" in refused(run("init", tmp_path / "c", "--name", "市", "--code", "??"))
    levels = run("init", tmp_path / "c", "--name", "市", "--code", "99", "--levels", "grid,city")
    assert "levels" in refused(levels)
    assert not (tmp_path / "c").exists()


def test_no_city_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "--city" in refused(run("serve"))
    assert "wangge init" in refused(run("serve", "--city", tmp_path))


def test_the_city_is_found_in_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tiny"
    make_city(folder).close()
    lon, lat = at(0.9, 0.9)
    monkeypatch.chdir(folder)
    for arguments in (
        ("locate", lon, lat),
        ("--city", folder, "locate", lon, lat),
        ("locate", "--city", folder, lon, lat),
    ):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["chain"][-1]["code"] == "990101001004000036"
    assert "swapped" in refused(run("locate", lat, lon))


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x89PNG\r\n\x1a\n" + bytes(50)])
def test_a_file_that_is_not_what_it_says_changes_nothing(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "tiny"
    make_city(folder).close()
    before = (folder / "city.sqlite").stat().st_size
    for name, command in (
        ("a.osm", ("import", "osm")),
        ("a.osm.pbf", ("import", "osm")),
        ("a.gpkg", ("import", "boundaries")),
        ("a.xlsx", ("import", "table", "component")),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        sentence = refused(run("--city", folder, *command, file))
        assert name in sentence
    assert (folder / "city.sqlite").stat().st_size == before


def test_a_table_is_imported_and_its_rejects_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_city(tmp_path / "tiny").close()
    lon, lat = at(0.5, 0.5)
    file = tmp_path / "parts.csv"
    file.write_text(
        f"编号,经度,纬度,名称\na,{lon},{lat},井盖\nb,999,{lat},路灯\n", encoding="gb18030"
    )
    result = run(
        "--city", "tiny", "import", "table", "component", file, "--crs", "4490",
        "--map", "uid=编号", "--map", "lon=经度", "--map", "lat=纬度", "--map", "name=名称",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "component: 1 new" in result.output
    assert "row 3" in (tmp_path / "parts.csv.rejects.csv").read_text("utf-8-sig")


def test_demo_does_not_touch_a_real_city(tmp_path: Path) -> None:
    run("init", tmp_path / "real", "--name", "南京", "--code", "3201")
    assert "of its own" in refused(run("demo", "--city", tmp_path / "real", "--no-serve"))


def test_benchmarks_are_found_by_name_in_order(tmp_path: Path) -> None:
    for name in ("p10_ten", "p2_two", "p1_one"):
        (tmp_path / f"{name}.py").write_text("\ndef run():\n    return [{'id': 'x'}]\n")
    (tmp_path / "p2_what.py").write_text("HELPER = 1\n")
    assert list(collect_benchmarks(tmp_path)) == ["P1", "P2", "P10"]
    assert collect_benchmarks(tmp_path, ["P2"])["P2"]() == [{"id": "x"}]
    with pytest.raises(ParameterError, match="P7"):
        collect_benchmarks(tmp_path, ["P7"])


def test_bench_writes_rows_with_units(tmp_path: Path) -> None:
    text = "\ndef run():\n    return [{'id':'P1','what':'w','ours':1.5,'unit':'s','peer':'p',"
    text += "'peer_value':3.0,'ratio':2.0,'equal':True}]\n"
    (tmp_path / "p1_x.py").write_text(text)
    result = run("bench", "--folder", tmp_path, "-o", tmp_path / "out" / "bench.json")
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out" / "bench.json").read_text())[0]["ratio"] == 2.0
    assert "1.5 s" in result.output


@pytest.mark.slow
def test_a_served_city_answers_and_stops_gracefully(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    make_city(folder).close()
    command = [sys.executable, "-m", "geoserver.cli", "--city", str(folder), "serve", "--port", "0"]
    log = tmp_path / "log"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            [*command, "--anonymous", "public"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1].removesuffix("/wall")
            with urllib.request.urlopen(f"{url}/health?", timeout=60) as answer:  # noqa: S310
                assert json.load(answer)["status"] == "ready"
            second = subprocess.run(
                command, cwd=REPOSITORY, capture_output=True, text=True, check=False
            )
            assert second.returncode == 1
            assert "in use by process" in second.stderr
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=60) == 0
        finally:
            server.kill()
    assert "GET /health 200" in log.read_text()

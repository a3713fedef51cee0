"""Frames of a tiny real city, read beside the process that writes to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoserver.city import City
from geoserver.frames import CityFrames, open_city
from geoserver.reports.maps import MapLayer, city_map
from geoserver.services.dispatching import NearestQuestion
from geoserver.services.hotspots import HotspotQuestion
from grids.crs import LONLAT, from_lonlat, parse_crs
from grids.errors import (
    CoordinateError,
    CrsError,
    FieldError,
    ForbiddenError,
    GeometryError,
    ParameterError,
    QueryError,
    RefusedError,
    StoreUnavailableError,
    UnknownLayerError,
)
from layers.policy import Role, Scope
from tests.api.tiny_city import NOW, SIDE, SOUTH, SYSTEM, WEST, at, make_city

MOMENT = pd.Timestamp(NOW, unit="ms", tz="UTC").to_pydatetime()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    opened = make_city(tmp_path_factory.mktemp("frames") / "tiny")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def frames(city: City) -> Iterator[CityFrames]:
    with open_city(city.folder, now=MOMENT) as opened:
        yield opened


def test_a_city_opens_beside_its_writer_and_cannot_be_written(
    city: City, frames: CityFrames
) -> None:
    assert frames.city.snapshot.seq == city.snapshot.seq
    with (
        pytest.raises(StoreUnavailableError, match="reading only"),
        frames.city.store.write(SYSTEM, action="no"),
    ):
        pass


def test_what_is_written_later_shows_after_a_refresh(tmp_path: Path) -> None:
    writer = make_city(tmp_path / "own")
    with open_city(writer.folder, now=MOMENT) as frames:
        before = frames.city.snapshot.seq
        with writer.store.write(SYSTEM, action="one more") as work:
            work.put(
                "facility", "f9", {"kind": "school", "name": "新校"}, shapely.Point(at(0.2, 0.2))
            )
        assert "新校" not in set(frames.layer("facility")["name"])
        frames.refresh()
        assert "新校" in set(frames.layer("facility")["name"])
        assert frames.layer("facility").attrs["seq"] > before
    writer.close()


@pytest.mark.parametrize("rights", [{"unmask": True}, {"person_count": True}])
def test_a_scope_whose_looks_are_audited_is_refused(city: City, rights: dict[str, bool]) -> None:
    with pytest.raises(ForbiddenError, match="audited"):
        open_city(city.folder, scope=Scope(Role.ADMIN, "a", **rights))  # type: ignore[arg-type]


@pytest.mark.parametrize("now", ["yesterday", "2025-06-15", 5])
def test_now_is_a_moment_with_a_zone(city: City, now: object) -> None:
    with pytest.raises(ParameterError, match="now must"):
        open_city(city.folder, now=now)  # type: ignore[arg-type]


def test_layers_say_what_there_is_without_counting_people(frames: CityFrames) -> None:
    layers = frames.layers
    assert layers.loc["building", "rows"] == 8
    assert layers.loc["building", "title_zh"] == "建筑物"
    assert pd.isna(layers.loc["person", "rows"])
    assert "name" not in frames.fields("person").index


def test_rows_have_types_stored_geometry_and_grid_codes(city: City, frames: CityFrames) -> None:
    found = frames.layer("event")
    assert found.crs.to_epsg() == 4490
    assert str(found["state"].dtype) == "category"
    assert str(found["reported_at"].dt.tz) == "UTC"
    assert found["reported_at"].max() == pd.Timestamp(NOW - 300_000, unit="ms", tz="UTC")
    assert found["closed_at"].isna().sum() == (found["state"] != "closed").sum()
    assert str(found["severity"].dtype) == "Int64"
    items = {item.id: item for item in city.items("event", found.index.tolist(), SYSTEM)}
    for row in found.itertuples():
        assert row.geometry.equals(items[row.Index].geometry)
    assert found.attrs["seq"] == city.snapshot.seq
    assert found.attrs["grid_version"] == 1


def test_the_grid_of_a_row_is_where_it_is_located(frames: CityFrames) -> None:
    found = frames.layer("event")
    located = frames.locate(found.geometry)
    assert located.index.equals(found.index)
    assert located["code"].astype(str).tolist() == found["grid"].astype(str).tolist()
    tree = frames.city.snapshot.hierarchy
    assert tree is not None
    for row in located.drop_duplicates("code").itertuples():
        chain = tree.ancestry(tree.unit_by_code(row.code).id)
        assert [unit.code for unit in chain] == [getattr(row, unit.level) for unit in chain]


def test_conditions_boxes_and_columns_choose_rows(frames: CityFrames) -> None:
    everything = frames.layer("event")
    closed = frames.layer("event", where={"state": "closed"}, columns=["state", "title"])
    assert list(closed.columns) == ["state", "title", "grid", "geometry"]
    assert closed.index.tolist() == everything.index[everything["state"] == "closed"].tolist()
    several = frames.layer("event", where={"state": ["closed", "handling"], "colour": "blue"})
    assert set(several["state"].astype(str)) == {"handling"}
    since = pd.Timestamp(NOW, unit="ms", tz="UTC") - pd.Timedelta(days=1)
    late = frames.layer(
        "event",
        where={"op": ">=", "args": [{"property": "reported_at"}, {"timestamp": since.isoformat()}]},
    )
    assert late.index.tolist() == everything.index[everything["reported_at"] >= since].tolist()
    box = (*at(0.7, 0.7), *at(1.0, 1.0))
    inside = frames.layer("event", bbox=box)
    assert len(inside) == 20
    unclosed = frames.layer("event", where={"closed_at": None})
    assert unclosed["closed_at"].isna().all()
    assert len(frames.layer("event", where={"state": "no such state"})) == 0


def test_stored_fields_come_by_id_and_masked(frames: CityFrames) -> None:
    found = frames.layer("worker", columns=["code", "name", "phone"])
    assert found["name"].tolist()[0].startswith("机")
    assert "*" in found["name"].tolist()[0]
    assert found["phone"].str.contains("*", regex=False).all()
    address = frames.layer("event", columns=["address"], where={"code": "AJ0003"})
    assert address["address"].tolist() == ["河东路3号旁"]


def test_what_is_hidden_or_not_there_is_refused_by_name(frames: CityFrames) -> None:
    with pytest.raises(UnknownLayerError):
        frames.layer("no_layer")
    with pytest.raises(FieldError, match="no field 'nothing'"):
        frames.layer("event", columns=["nothing"])
    with pytest.raises(QueryError):
        frames.layer("event", where={"reporter_name": "机密报"})
    with pytest.raises(ForbiddenError, match="tell of people"):
        frames.layer("person")
    with pytest.raises(ForbiddenError, match="restricted"):
        frames.layer("camera", columns=["stream"])


def test_a_public_reader_sees_public_layers_only(city: City) -> None:
    with open_city(city.folder, scope=Scope.public(), now=MOMENT) as frames:
        assert "event" not in frames.layers.index
        with pytest.raises(UnknownLayerError):
            frames.layer("event")
        with pytest.raises(FieldError):
            frames.layer("building", columns=["no_such"])
        with pytest.raises(ForbiddenError):
            frames.nearest(*at(0.5, 0.5), 1)


def test_protected_counts_of_people_are_for_everyone(city: City, frames: CityFrames) -> None:
    with open_city(city.folder, scope=Scope.public(), now=MOMENT) as public:
        counts = public.counts("person", "community")
        assert counts.attrs["kind"] == "protected"
        assert counts.equals(frames.counts("person", "community"))
        with pytest.raises(UnknownLayerError):
            public.counts("event", "community")


def test_a_jurisdiction_limits_rows_and_counts(city: City) -> None:
    units = frozenset({next(u.id for u in _units(city) if u.name == "西南社区")})
    scope = Scope(Role.ANALYST, "south-west", units=units)
    with open_city(city.folder, scope=scope, now=MOMENT) as frames:
        assert len(frames.layer("event")) == 1
        counts = frames.counts("event", "community")
        assert counts.isna().sum() == 3
        assert counts.sum() == 1


def _units(city: City) -> tuple:  # type: ignore[type-arg]
    version = city.registry.version()
    assert version is not None
    return version.hierarchy.units


def test_outlines_of_a_level_tile_the_one_above(frames: CityFrames) -> None:
    grids, communities = frames.grids("grid"), frames.grids("community")
    assert len(grids) == 36
    assert grids["area_m2"].sum() == pytest.approx(communities["area_m2"].sum(), rel=1e-9)
    assert grids.geometry.union_all().area == pytest.approx(SIDE**2, rel=1e-9)
    assert communities.index.name == "code"
    with pytest.raises(ParameterError, match="level"):
        frames.grids("quarter")


def test_places_are_read_in_their_reference_system(frames: CityFrames) -> None:
    lonlat = np.array([at(0.3, 0.3), at(0.9, 0.6), at(1.5, 0.5)])
    plain = frames.locate((lonlat[:, 0], lonlat[:, 1]))
    assert plain["code"].isna().tolist() == [False, False, True]
    assert plain.attrs["located"] == 2
    shifted = from_lonlat(lonlat, parse_crs("GCJ-02"))
    again = frames.locate(shifted, crs="GCJ-02")
    assert again["code"].astype(str).tolist() == plain["code"].astype(str).tolist()
    metres = gpd.GeoSeries.from_xy(*lonlat.T, crs="EPSG:4490", index=list("abc")).to_crs(4527)
    projected = frames.locate(metres)
    assert projected.index.tolist() == ["a", "b", "c"]
    assert projected["code"].astype(str).tolist() == plain["code"].astype(str).tolist()


def test_a_wrong_reference_system_is_hinted_at(frames: CityFrames) -> None:
    lonlat = np.array([at(0.05, 0.5), at(0.02, 0.4), at(0.04, 0.9)])
    with pytest.warns(UserWarning, match="longitude and latitude are swapped"):
        told = frames.locate(lonlat[:, ::-1])
    assert "swapped" in told.attrs["hint"]
    east = np.array([at(0.9, 0.5), at(0.95, 0.4), at(0.85, 0.3)])
    with pytest.warns(UserWarning, match="declare crs="):
        assert frames.locate(from_lonlat(east, parse_crs("BD-09")))["code"].isna().all()


def test_distance_to_the_edge_is_measured_and_near_edges_are_ambiguous(frames: CityFrames) -> None:
    step = 1 / 6
    middle, near = at(1.5 * step, 2.5 * step), at(2 * step - 0.001, 2.5 * step)
    found = frames.locate(np.array([middle, near]))
    assert found["distance_to_edge_m"][0] == pytest.approx(SIDE / 12 * 94_500, rel=0.01)
    assert found["ambiguous"].tolist() == [False, True]


def test_places_that_are_no_points_are_refused(frames: CityFrames) -> None:
    with pytest.raises(CrsError, match="no reference system"):
        frames.locate(gpd.GeoSeries([shapely.Point(WEST, SOUTH)]))
    with pytest.raises(GeometryError, match="LineString at row 0"):
        frames.locate(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=4490))
    with pytest.raises(CoordinateError, match=r"\(n, 2\)"):
        frames.locate(np.zeros(3))
    with pytest.raises(CoordinateError):
        frames.locate(([1.0, 2.0], [3.0]))
    missing = gpd.GeoSeries([None, shapely.Point()], crs=4490)
    assert frames.locate(missing)["code"].isna().all()
    assert len(frames.locate((np.empty(0), np.empty(0)))) == 0


def test_counts_agree_with_rows_and_between_levels(frames: CityFrames) -> None:
    rows = frames.layer("event")
    counts = frames.counts("event", "grid")
    expected = rows["grid"].astype(str).value_counts()
    assert {k: v for k, v in counts.items() if v} == expected.to_dict()
    assert counts.attrs["kind"] == "exact"
    assert frames.counts("event", "city").tolist() == [len(rows)]
    closed = frames.counts("event", "city", where={"state": "closed"})
    assert closed.tolist() == [(rows["state"] == "closed").sum()]
    recent = frames.counts("event", "city", 1.0)
    since = pd.Timestamp(recent.attrs["from"], unit="ms", tz="UTC")
    until = pd.Timestamp(recent.attrs["to"], unit="ms", tz="UTC")
    assert recent.tolist() == [rows["reported_at"].between(since, until, inclusive="left").sum()]


def test_counts_of_people_are_protected(frames: CityFrames) -> None:
    counts = frames.counts("person", "grid")
    assert counts.attrs["kind"] == "protected"
    assert counts.attrs["k"] == 10
    shown = counts.dropna()
    assert ((shown == 0) | (shown >= 10)).all()
    assert counts.isna().any()
    with pytest.raises(RefusedError):
        frames.counts("person", "grid", where={"sex": "female"})
    with pytest.raises(ParameterError, match="time field"):
        frames.counts("person", "grid", 30)
    with pytest.raises(ParameterError, match="days"):
        frames.counts("event", "grid", 0)


def test_hot_spots_are_those_of_the_service(city: City, frames: CityFrames) -> None:
    found = frames.hotspots("event", "grid", 30)
    answer = frames.hotspot_tests.hotspots(
        HotspotQuestion("event", "grid", 30, "two-sided"), frames.scope
    )
    assert found.index.tolist() == [cell["code"] for cell in answer["cells"]]  # type: ignore[attr-defined]
    assert found["count"].tolist() == frames.counts("event", "grid", 30).tolist()
    assert found.attrs["family"] == answer["family"]
    assert found.attrs["null_model"]
    assert found.attrs["seq"] == city.snapshot.seq
    outlines = frames.grids("grid").geometry
    assert (found.geometry == outlines).all()
    assert frames.contiguity("grid").count == 36
    with pytest.raises(ForbiddenError):
        frames.hotspots("person", "grid")


def test_nearest_units_are_those_of_the_service(frames: CityFrames) -> None:
    lon, lat = at(0.5, 0.5)
    found = frames.nearest(lon, lat, 3)
    question = NearestQuestion(np.array([[lon, lat]]), 3, frozenset(), LONLAT)
    answer = frames.dispatching.nearest(question, frames.scope)
    assert found["id"].tolist() == [unit["id"] for unit in answer["units"]]  # type: ignore[attr-defined]
    assert found["travel_time_s"].is_monotonic_increasing
    for row in found[found["method"] == "road"].itertuples():
        ends = shapely.get_coordinates(row.geometry)[[0, -1]]
        np.testing.assert_allclose(ends, [(row.lon, row.lat), (lon, lat)], atol=1e-7)
        assert row.straight_m <= row.distance_m + 1
    assert {unit["reason_code"] for unit in found.attrs["rejected"]} >= {"busy"}


def test_nearest_of_a_kind_that_nobody_can_be_is_an_empty_frame(frames: CityFrames) -> None:
    lon, lat = at(0.5, 0.5)
    none = frames.nearest(lon, lat, 3, "repair")
    assert len(none) == 0
    assert none.attrs["rejected"][0]["reason_code"] == "in-maintenance"
    with pytest.raises(ParameterError, match="kind"):
        frames.nearest(lon, lat, 3, "submarine")
    with pytest.raises(ParameterError, match="k must"):
        frames.nearest(lon, lat, 0)


def test_a_map_is_one_svg_with_nothing_from_elsewhere(frames: CityFrames) -> None:
    drawn = frames.map(
        [
            MapLayer(frames.layer("road"), title="道路", stroke="#ff0000"),
            MapLayer(frames.grids("community"), label="name", title="社区"),
            MapLayer(
                frames.layer("event"),
                title="事件",
                by="colour",
                fill={"red": "#cc0000", "blue": "#0000cc"},
                names={"red": "超时"},
            ),
        ],
        title="小城 <试>",
    )
    text = drawn.text
    assert text.count("<circle") == (frames.layer("event")["colour"] != "green").sum()
    assert "西南社区" in text
    assert "小城 &lt;试&gt;" in text
    assert "测试审图号" in text
    assert "事件：超时" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text


def test_pixels_of_a_map_have_one_scale_in_both_directions(tmp_path: Path) -> None:
    square = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0).buffer(500)], crs=None)
    projected = square.set_crs("+proj=aeqd +lat_0=32 +lon_0=118 +datum=WGS84")
    drawn = city_map([MapLayer(projected)], title="圆")
    path = drawn.text.split('<path d="M')[1].split("Z")[0]
    xy = np.array([pair.split() for pair in path.split("L")], dtype=np.float64)
    assert np.ptp(xy[:, 0]) == pytest.approx(np.ptp(xy[:, 1]), rel=0.01)
    drawn.write(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text(encoding="utf-8") == drawn.text


def test_a_map_that_cannot_be_drawn_says_why() -> None:
    empty = gpd.GeoDataFrame(geometry=[], crs=4490)
    with pytest.raises(ParameterError, match="empty"):
        city_map([MapLayer(empty)], title="")
    with pytest.raises(CrsError):
        city_map([MapLayer(gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)]))], title="")
    one = gpd.GeoDataFrame(geometry=[shapely.Point(1, 1)], crs=4490)
    with pytest.raises(FieldError, match="'size'"):
        city_map([MapLayer(one, by="size", fill={1: "red"})], title="")
    with pytest.raises(ParameterError, match="column `by`"):
        city_map([MapLayer(one, fill={1: "red"})], title="")


def test_the_guide_names_what_is_there(frames: CityFrames) -> None:
    guide = Path(__file__).resolve().parents[3] / "docs" / "guide" / "notebooks.md"
    named = set(re.findall(r"city\.(\w+)", guide.read_text(encoding="utf-8")))
    assert named >= {"layer", "grids", "locate", "counts", "hotspots", "nearest", "map"}
    assert [name for name in sorted(named) if not hasattr(frames, name)] == []


def test_words_of_a_category_are_its_titles(frames: CityFrames) -> None:
    assert frames.words("event", "state")["closed"] == "结案"
    with pytest.raises(FieldError):
        frames.words("event", "reporter_name")

"""Reference systems and offsets: known answers, round trips, hints on wrong declarations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import CRS

from grids.crs import (
    BD09,
    GCJ02,
    LONLAT,
    check_lonlat,
    crs_hint,
    from_lonlat,
    likely_crs,
    parse_crs,
    to_lonlat,
)
from grids.errors import CoordinateError, CrsError
from grids.geodesic import distance_m
from grids.offsets import (
    bd09_from_gcj02,
    bd09_from_lonlat,
    gcj02_from_bd09,
    gcj02_from_lonlat,
    lonlat_from_bd09,
    lonlat_from_gcj02,
)

INLAND = st.tuples(st.floats(72.1, 137.7), st.floats(0.9, 55.7))


def one(lon: float, lat: float) -> NDArray[np.float64]:
    return np.array([[lon, lat]])


@pytest.mark.parametrize(
    ("wgs", "gcj", "bd"),
    [
        ((116.397128, 39.916527), (116.403372, 39.917931), (116.409739, 39.924269)),
        ((120.155070, 30.274085), (120.159765, 30.271756), (120.166328, 30.277585)),
    ],
)
def test_published_offsets_are_met(
    wgs: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]
) -> None:
    np.testing.assert_allclose(gcj02_from_lonlat(one(*wgs)), one(*gcj), atol=6e-7)
    np.testing.assert_allclose(bd09_from_lonlat(one(*wgs)), one(*bd), atol=6e-7)
    np.testing.assert_allclose(bd09_from_gcj02(one(*gcj)), one(*bd), atol=1.1e-6)
    np.testing.assert_allclose(lonlat_from_gcj02(one(*gcj)), one(*wgs), atol=1.1e-6)
    np.testing.assert_allclose(lonlat_from_bd09(one(*bd)), one(*wgs), atol=1.6e-6)


@pytest.mark.parametrize(
    ("place", "metres"),
    [((116.4, 39.9), 556), ((120.155, 30.274), 520), ((114.06, 22.54), 606), ((87.6, 43.8), 266)],
)
def test_shifts_have_the_known_size(place: tuple[float, float], metres: float) -> None:
    shift = distance_m(one(*place), gcj02_from_lonlat(one(*place)))[0]
    assert shift == pytest.approx(metres, abs=12)


@given(INLAND)
def test_offsets_are_inverted_to_a_billionth_of_a_degree(place: tuple[float, float]) -> None:
    true = one(*place)
    np.testing.assert_allclose(lonlat_from_gcj02(gcj02_from_lonlat(true)), true, atol=1e-9)
    np.testing.assert_allclose(lonlat_from_bd09(bd09_from_lonlat(true)), true, atol=1e-9)
    np.testing.assert_allclose(gcj02_from_bd09(bd09_from_gcj02(true)), true, atol=1e-9)
    np.testing.assert_allclose(gcj02_from_lonlat(lonlat_from_gcj02(true)), true, atol=1e-9)


def test_abroad_nothing_shifts_and_nan_stays() -> None:
    abroad = np.array([[9.52, 47.14], [-74.0, 40.7], [np.nan, 1.0], [1e300, 5.0]])
    for convert in (gcj02_from_lonlat, lonlat_from_gcj02, bd09_from_lonlat, lonlat_from_bd09):
        np.testing.assert_array_equal(convert(abroad), abroad)


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        (4326, "EPSG:4326", "lonlat"),
        ("4490", "EPSG:4490", "lonlat"),
        ("epsg:4490", "EPSG:4490", "lonlat"),
        ("EPSG:4549", "EPSG:4549", "proj"),
        ("urn:ogc:def:crs:EPSG::4549", "EPSG:4549", "proj"),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326", "lonlat"),
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "CRS84", "lonlat"),
        ("gcj02", "GCJ-02", "gcj02"),
        ("GCJ-02", "GCJ-02", "gcj02"),
        ("bd-09", "BD-09", "bd09"),
        ("BD09", "BD-09", "bd09"),
        (CRS.from_epsg(4549).to_wkt(), "EPSG:4549", "proj"),
    ],
)
def test_systems_are_known_by_their_names(text: str | int, name: str, kind: str) -> None:
    crs = parse_crs(text)
    assert (crs.name, crs.kind) == (name, kind)


@pytest.mark.parametrize("text", ["", "EPSG:99999", "WGS", "GCJ-03", "999999", "PROJCS[broken"])
def test_unknown_systems_are_refused(text: str) -> None:
    with pytest.raises(CrsError, match="crs"):
        parse_crs(text)


@pytest.mark.parametrize("code", [4549, 4528, 4547, 32651, 3857, 4508])
def test_projected_systems_go_there_and_back_in_xy_order(code: int) -> None:
    crs = parse_crs(code)
    lonlat = np.random.default_rng(code).uniform((119.0, 29.5), (121.0, 31.0), (50, 2))
    xy = from_lonlat(lonlat, crs)
    np.testing.assert_allclose(to_lonlat(xy, crs), lonlat, atol=1e-9)


def test_gauss_krueger_has_easting_first_and_its_central_meridian() -> None:
    east, north = from_lonlat(one(120.0, 30.0), parse_crs(4549))[0]
    assert east == pytest.approx(500_000, abs=1e-6)
    assert north == pytest.approx(3_320_113.4, abs=0.1)
    assert from_lonlat(one(120.0, 30.0), parse_crs(4528))[0, 0] == pytest.approx(40_500_000)


def test_a_wkt_without_a_code_is_used_as_it_is() -> None:
    local = CRS.from_proj4(
        "+proj=tmerc +lat_0=0 +lon_0=120.2 +k=1 +x_0=50000 +ellps=GRS80"
    ).to_wkt()
    crs = parse_crs(local)
    assert crs.kind == "proj"
    np.testing.assert_allclose(to_lonlat(one(50_000, 0), crs), one(120.2, 0), atol=1e-9)


def test_shapes_nan_and_failures_of_a_transformation() -> None:
    crs = parse_crs(4549)
    assert to_lonlat(np.empty((0, 2)), crs).shape == (0, 2)
    assert np.isnan(to_lonlat(np.array([[np.nan, 3e6]]), crs)).all()
    with pytest.raises(CoordinateError, match=r"\(n, 2\)"):
        to_lonlat(np.zeros(2), LONLAT)
    with pytest.raises(CoordinateError, match="row 0"):
        to_lonlat(one(1e300, 1e300), crs)


def test_positions_off_the_globe_are_named_and_swaps_seen() -> None:
    check_lonlat(one(120.0, 30.0))
    with pytest.raises(CoordinateError, match="swapped"):
        check_lonlat(one(30.0, 120.0))
    for bad in (one(math.nan, 3), one(200, 30), one(4e7, 3e6)):
        with pytest.raises(CoordinateError, match="row 0"):
            check_lonlat(bad)


def near_hangzhou(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (np.abs(lonlat - (120.155, 30.274)) < 0.0006).all(axis=1)
    return inside


def test_a_wrong_declaration_is_explained() -> None:
    true = one(120.155, 30.274)
    assert likely_crs(true, near_hangzhou) is None
    assert crs_hint(true, near_hangzhou) is None
    assert likely_crs(true[:, ::-1], near_hangzhou) == "swapped"
    assert likely_crs(from_lonlat(true, GCJ02), near_hangzhou) == "GCJ-02"
    assert likely_crs(from_lonlat(true, BD09), near_hangzhou) == "BD-09"
    assert likely_crs(from_lonlat(true, parse_crs(4528)), near_hangzhou) == "EPSG:4528"
    assert likely_crs(from_lonlat(true, parse_crs(4549)), near_hangzhou) == "EPSG:4549"
    assert likely_crs(one(9.5, 47.1), near_hangzhou) is None
    assert likely_crs(one(np.nan, 47.1), near_hangzhou) is None
    assert "crs=GCJ-02" in str(crs_hint(from_lonlat(true, GCJ02), near_hangzhou))
    assert "swapped" in str(crs_hint(true[:, ::-1], near_hangzhou))

"""What a camera sees: a sector and a reach."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoserver.services.cameras import azimuth_deg, sees
from grids.geodesic import distance_m

ANGLES = st.floats(0, 359.99)


def look(bearing: float, opening: float, towards: float, *, reach: float = 100.0) -> bool:
    one = [np.array([value]) for value in (bearing, opening, reach, towards)]
    return bool(sees(one[0], one[1], one[2], towards_deg=one[3], metres=np.array([50.0]))[0])


@given(ANGLES, st.floats(1, 359), st.floats(0.02, 0.98))
def test_inside_the_opening_it_sees_and_outside_not(
    bearing: float, fov: float, share: float
) -> None:
    assert look(bearing, fov, (bearing + share * fov / 2) % 360)
    assert look(bearing, fov, (bearing - share * fov / 2) % 360)
    beyond = fov / 2 + share * (180 - fov / 2)
    assert not look(bearing, fov, (bearing + beyond) % 360)


def test_a_camera_without_bearing_turns_and_one_without_reach_is_blind() -> None:
    assert look(np.nan, np.nan, 123.0)
    assert not look(0.0, 60.0, 0.0, reach=np.nan)
    assert not look(0.0, 60.0, 0.0, reach=49.0)


@given(ANGLES)
def test_the_azimuth_leads_back_to_the_place(angle: float) -> None:
    start = np.array([[118.7, 32.0]])
    step = 0.002 * np.array([[np.sin(np.radians(angle)), np.cos(np.radians(angle))]])
    end = start + step * [[1 / np.cos(np.radians(32.0)), 1.0]]
    assert abs((azimuth_deg(start, end)[0] - angle + 180) % 360 - 180) < 0.5
    assert distance_m(start, end)[0] > 0

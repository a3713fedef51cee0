"""The ground plan and what stands on it."""

import numpy as np
import shapely

from geoserver.demo.built_city import HALF_WIDTH_M
from geoserver.demo.city import DemoModel


def _overlap(shapes: np.ndarray, others: np.ndarray) -> float:
    """Largest area any of `shapes` shares with one of `others`."""
    pairs = shapely.STRtree(others).query(shapes, predicate="intersects")
    if pairs.shape[1] == 0:
        return 0.0
    return float(shapely.area(shapely.intersection(shapes[pairs[0]], others[pairs[1]])).max())


def test_buildings_are_valid_and_of_a_size_people_can_use(small_model: DemoModel) -> None:
    outline = small_model.built.outline
    assert shapely.is_valid(outline).all()
    assert shapely.area(outline).min() > 20.0
    assert (small_model.built.floors >= 1).all()


def test_no_building_stands_in_water(small_model: DemoModel) -> None:
    terrain, built = small_model.ground.terrain, small_model.built
    water = [course.surface for course in terrain.courses] + list(terrain.lakes) + built.ponds
    assert _overlap(built.outline, np.array(water)) == 0.0


def test_no_building_stands_on_a_road(small_model: DemoModel) -> None:
    roads = small_model.roads
    on_ground = roads.road_class != "path"
    half = np.array([HALF_WIDTH_M[name] for name in roads.road_class[on_ground]])
    surface = shapely.buffer(roads.line[on_ground], half, cap_style="flat")
    assert _overlap(small_model.built.outline, surface) < 0.5


def test_no_building_overlaps_another(small_model: DemoModel) -> None:
    outline = small_model.built.outline
    pairs = shapely.STRtree(outline).query(outline, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()


def test_parcels_cover_the_city_without_gap_or_overlap(small_model: DemoModel) -> None:
    ground = small_model.ground
    assert shapely.coverage_is_valid(ground.parcels)
    area = float(shapely.area(ground.parcels).sum())
    assert abs(area - ground.terrain.boundary.area) < 1e-4 * area


def test_no_parcel_edge_cuts_a_building(small_model: DemoModel) -> None:
    built = small_model.built
    holder = small_model.ground.parcels[built.parcel]
    assert shapely.covers(shapely.buffer(holder, 0.05), built.outline).all()


def test_road_network_is_one_piece_and_every_place_can_be_left(small_model: DemoModel) -> None:
    from scipy.sparse import coo_matrix  # noqa: PLC0415 - an oracle of this test alone
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 - as above

    roads = small_model.roads
    both = roads.oneway == 0
    start = np.concatenate([roads.ends[:, 0], roads.ends[both, 1]])
    stop = np.concatenate([roads.ends[:, 1], roads.ends[both, 0]])
    size = int(roads.ends.max()) + 1
    graph = coo_matrix((np.ones(start.size), (start, stop)), shape=(size, size))
    count, label = connected_components(graph, directed=True, connection="strong")
    assert np.bincount(label, minlength=count).max() == np.unique(roads.ends).size


def test_addresses_are_unique(small_model: DemoModel) -> None:
    full = small_model.addresses.full
    assert len(set(full)) == len(full)

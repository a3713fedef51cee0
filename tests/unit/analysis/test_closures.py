"""Closures and live speeds."""

import numpy as np
import pytest

from analysis.closures import RoadWeights
from grids.errors import ParameterError
from tests.unit.analysis.road_samples import lattice


def test_a_closure_shows_in_the_next_weights_and_not_in_those_already_taken() -> None:
    weights = RoadWeights(lattice(1, size=4))
    before = weights.current
    edge = int(np.flatnonzero(np.isfinite(before.seconds))[0])
    after = weights.close(np.array([edge]))
    assert np.isinf(after.seconds[edge])
    assert np.isfinite(before.seconds[edge])
    assert (before.epoch, after.epoch, weights.current.epoch) == (0, 1, 1)
    assert weights.current is after


def test_an_edge_closed_twice_opens_when_both_closures_are_lifted() -> None:
    weights = RoadWeights(lattice(1, size=4))
    base = weights.current.seconds
    edges = np.flatnonzero(np.isfinite(base))[:3]
    weights.close(edges)
    weights.close(edges[:1])
    weights.reopen(edges)
    assert np.isinf(weights.current.seconds[edges[0]])
    weights.reopen(edges[:1])
    np.testing.assert_array_equal(weights.current.seconds, base)
    with pytest.raises(ParameterError, match="closed"):
        weights.reopen(edges[:1])


def test_a_live_speed_outlives_a_closure_and_cannot_open_a_one_way() -> None:
    network = lattice(2, size=4, oneway=0.9)
    weights = RoadWeights(network)
    base = weights.current.seconds
    edges = np.arange(network.edge_count)
    weights.set_speed(edges, 36.0)
    usable = np.isfinite(base)
    np.testing.assert_allclose(weights.current.seconds[usable], network.length_m[usable] / 10)
    assert np.isinf(weights.current.seconds[~usable]).all()
    weights.close(edges[:2])
    weights.reopen(edges[:2])
    np.testing.assert_allclose(weights.current.seconds[usable], network.length_m[usable] / 10)
    weights.set_speed(edges, None)
    np.testing.assert_array_equal(weights.current.seconds, base)


def test_a_what_if_changes_nothing() -> None:
    weights = RoadWeights(lattice(1, size=4))
    edge = np.flatnonzero(np.isfinite(weights.current.seconds))[:1]
    assert np.isinf(weights.what_if(edge).seconds[edge]).all()
    assert np.isfinite(weights.current.seconds[edge]).all()
    assert weights.current.epoch == 0


def test_weights_cannot_be_written() -> None:
    weights = RoadWeights(lattice(1, size=4))
    with pytest.raises(ValueError, match="read-only"):
        weights.current.seconds[0] = 1.0


def test_malformed_changes_are_named() -> None:
    weights = RoadWeights(lattice(1, size=4))
    with pytest.raises(ParameterError, match="edges"):
        weights.close(np.array([10**6]))
    with pytest.raises(ParameterError, match="speed_kmh"):
        weights.set_speed(np.array([0]), 0.0)

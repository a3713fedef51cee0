"""The direction field streets follow: districts laid out at their own angles, bent by water."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geoserver.demo.noise import Noise

__all__ = ["DirectionField", "build_field"]


@dataclass(frozen=True, slots=True)
class DirectionField:
    """Major street direction on a raster, as the double angle.

    Parameters
    ----------
    origin
        (2,) float64 metres of the raster's lower left node.
    cell_m
        Distance of nodes.
    cosine, sine
        (rows, cols) float64 of twice the angle from east.
    """

    origin: NDArray[np.float64]
    cell_m: float
    cosine: NDArray[np.float64]
    sine: NDArray[np.float64]

    def angle(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) float64 angle from east in radians at the nearest node, in (-pi/2, pi/2]."""
        index = np.rint((xy - self.origin) / self.cell_m).astype(np.int64)
        col = np.clip(index[:, 0], 0, self.cosine.shape[1] - 1)
        row = np.clip(index[:, 1], 0, self.cosine.shape[0] - 1)
        angles: NDArray[np.float64] = 0.5 * np.arctan2(self.sine[row, col], self.cosine[row, col])
        return angles


def _district_angles(
    nodes: NDArray[np.float64], radius_m: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Summed double-angle tensors of district layouts: most face nearly north."""
    spread = 0.30 * radius_m
    centres = [np.zeros(2)]
    for ring, count in ((0.42, 5), (0.80, 9), (1.2, 9)):
        turn = rng.uniform(0, 2 * np.pi)
        theta = turn + np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.15, count)
        centres += list(
            np.stack([np.cos(theta), np.sin(theta)], axis=1) * ring * radius_m
            + rng.normal(0, 0.06 * radius_m, (count, 2))
        )
    tilt = np.radians(rng.normal(0.0, 13.0, len(centres)))
    steep = rng.random(len(centres)) < 0.25
    tilt[steep] += np.radians(rng.choice([-24.0, 26.0], steep.sum()))
    tilt[0] = np.radians(rng.uniform(-6, 6))
    cosine = np.zeros(len(nodes))
    sine = np.zeros(len(nodes))
    for centre, angle in zip(centres, tilt, strict=True):
        weight = np.exp(-((np.hypot(*(nodes - centre).T) / spread) ** 2) * 2.2)
        cosine += weight * np.cos(2 * angle)
        sine += weight * np.sin(2 * angle)
    size = np.hypot(cosine, sine) + 1e-9
    return cosine / size, sine / size


def _along(
    nodes: NDArray[np.float64], line: NDArray[np.float64], reach_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Double-angle tensor of the nearest tangent of `line` and its weight."""
    distance, nearest = cKDTree(line).query(nodes)
    tangent = np.gradient(line, axis=0)
    angle = np.arctan2(tangent[:, 1], tangent[:, 0])[nearest]
    weight = np.exp(-((distance / reach_m) ** 2))
    return np.cos(2 * angle), np.sin(2 * angle), weight


def build_field(
    guides: list[tuple[NDArray[np.float64], float, float]],
    *,
    radius_m: float,
    rng: np.random.Generator,
) -> DirectionField:
    """The field of a city.

    Parameters
    ----------
    guides
        Lines streets run along, each as (n, 2) float64 metres, reach in metres and gain.
    radius_m
        Mean radius of the city; the raster covers 1.5 times as much.
    rng
        Source of the district angles.
    """
    cell = max(15.0, radius_m / 150.0)
    side = np.arange(-1.5 * radius_m, 1.5 * radius_m + cell, cell)
    nodes = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    cosine, sine = _district_angles(nodes, radius_m, rng)
    for line, reach, gain in guides:
        c, s, weight = _along(nodes, line, reach)
        # A guide may serve as major or minor family: turn it by a right angle if that fits.
        agree = np.where(c * cosine + s * sine < 0, -1.0, 1.0)
        cosine = cosine + gain * weight * c * agree
        sine = sine + gain * weight * s * agree
    wobble = 0.10 * Noise.seeded(rng, 0.35 * radius_m)(nodes)
    angle = np.arctan2(sine, cosine) + 2 * wobble
    shape = (side.size, side.size)
    return DirectionField(
        np.array([side[0], side[0]]),
        cell,
        np.cos(angle).reshape(shape),
        np.sin(angle).reshape(shape),
    )

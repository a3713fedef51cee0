"""Smooth random fields over the plane: sums of seeded plane waves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Noise", "blob"]


@dataclass(frozen=True, slots=True)
class Noise:
    """A field of mean about 0 and deviation about 1, smooth over `wavelength_m`.

    Parameters
    ----------
    waves
        (k, 2) float64 wave vectors, radians per metre.
    phases, gains
        (k,) float64.
    """

    waves: NDArray[np.float64]
    phases: NDArray[np.float64]
    gains: NDArray[np.float64]

    @classmethod
    def seeded(cls, rng: np.random.Generator, wavelength_m: float, *, count: int = 24) -> "Noise":
        """A field of `count` waves with lengths from 0.6 to 2.4 times `wavelength_m`."""
        length = wavelength_m * rng.uniform(0.6, 2.4, count)
        angle = rng.uniform(0.0, 2.0 * np.pi, count)
        vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (2 * np.pi / length)[:, None]
        gains = np.sqrt(length / length.sum()) * np.sqrt(2.0)
        return cls(vectors, rng.uniform(0.0, 2.0 * np.pi, count), gains)

    def __call__(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) float64 values at (n, 2) metres."""
        total = np.zeros(len(xy))
        for wave, phase, gain in zip(self.waves, self.phases, self.gains, strict=True):
            total += gain * np.cos(xy @ wave + phase)
        return total


def blob(
    rng: np.random.Generator, centre: tuple[float, float], radius_m: float, *, rough: float = 0.18
) -> NDArray[np.float64]:
    """A closed smooth outline around `centre`.

    Returns
    -------
    NDArray
        (n, 2) float64 metres, not closed, counter-clockwise; n grows with the radius.
    """
    count = int(np.clip(2 * np.pi * radius_m / 14.0, 16, 360))
    theta = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    radius = np.ones(count)
    for order in range(2, 9):
        gain = rough * rng.normal() / order**1.35
        radius += gain * np.cos(order * theta + rng.uniform(0.0, 2.0 * np.pi))
    radius = radius_m * np.clip(radius, 0.5, 1.7)
    return np.stack(
        [centre[0] + radius * np.cos(theta), centre[1] + radius * np.sin(theta)], axis=1
    )

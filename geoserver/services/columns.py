"""Columns of a layer view put end to end: rows of every part, in one order."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grids.geodesic import metres_per_degree
from grids.tile import lonlat_from_world, world_from_lonlat
from layers.columns import LayerTable, NumberColumn, TextColumn
from layers.snapshot import LayerView

__all__ = ["ViewColumns"]

_T = TypeVar("_T", bound=np.generic)
Rows = NDArray[np.bool_] | NDArray[np.int64] | None


class ViewColumns:
    """Rows of a layer as plain columns; every column is read when asked.

    Parameters
    ----------
    parts
        Tables with the rows wanted of each: a mask, row numbers, or None for all.
    """

    def __init__(self, parts: Sequence[tuple[LayerTable, Rows]]) -> None:
        self._parts = parts

    @classmethod
    def of(cls, view: LayerView) -> "ViewColumns":
        """All rows of a view that count."""
        return cls([(part.table, part.alive) for part in view.parts])

    @classmethod
    def around(cls, view: LayerView, lonlat: NDArray[np.float64], radius_m: float) -> "ViewColumns":
        """Rows whose box meets the square around a place.

        Parameters
        ----------
        view
            A layer with geometry.
        lonlat
            (1, 2) float64 degrees.
        radius_m
            Half the side of the square, metres.
        """
        east, north = metres_per_degree(float(lonlat[0, 1]))
        reach = np.array([radius_m / float(east), radius_m / float(north)])
        corners = world_from_lonlat(np.concatenate((lonlat - reach, lonlat + reach)))
        west, south, right, top = (int(value) for value in corners.ravel())
        return cls(view.window((west, top, right, south)))

    def where(self, chosen: NDArray[np.bool_]) -> "ViewColumns":
        """Some of the rows: (n,) bool over those there are."""
        parts: list[tuple[LayerTable, Rows]] = []
        first = 0
        for table, rows in self._parts:
            numbers = np.arange(len(table)) if rows is None else np.arange(len(table))[rows]
            parts.append((table, numbers[chosen[first : first + numbers.size]]))
            first += numbers.size
        return ViewColumns(parts)

    def __len__(self) -> int:
        """Number of rows."""
        return int(self.ids.size)

    @property
    def ids(self) -> NDArray[np.int64]:
        """(n,) int64 ids."""
        return self._joined([table.ids for table, _ in self._parts], np.int64)

    @property
    def leaf(self) -> NDArray[np.int32]:
        """(n,) int32 leaf index in the current grid version, -1 outside."""
        found: list[NDArray[np.generic]] = []
        for table, _ in self._parts:
            column = table.columns.get("leaf")
            if isinstance(column, NumberColumn):
                found.append(column.values)
            else:
                found.append(np.full(len(table), -1, dtype=np.int32))
        return self._joined(found, np.int32)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """(n,) float64 of a number field, null as NaN; instants are exact to the millisecond."""
        found = []
        for table, _ in self._parts:
            column = table.columns.get(name)
            if not isinstance(column, NumberColumn):
                found.append(np.full(len(table), np.nan))
                continue
            values = column.values.astype(np.float64)
            found.append(values if column.valid is None else np.where(column.valid, values, np.nan))
        return self._joined(found, np.float64)

    def texts(self, name: str) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
        """(n,) int32 codes and the (d,) words they stand for; -1 is null."""
        words: dict[str, int] = {}
        found = []
        for table, _ in self._parts:
            column = table.columns.get(name)
            if not isinstance(column, TextColumn):
                found.append(np.full(len(table), -1, dtype=np.int32))
                continue
            codes = [words.setdefault(str(word), len(words)) for word in column.values]
            lookup = np.array([*codes, -1], dtype=np.int32)
            found.append(lookup[column.codes])
        return self._joined(found, np.int32), np.array(list(words), dtype=object)

    def is_word(self, name: str, *wanted: str) -> NDArray[np.bool_]:
        """(n,) bool, True where the text is one of those wanted."""
        codes, words = self.texts(name)
        hit = np.array([*(word in wanted for word in words), False], dtype=bool)
        return np.asarray(hit[codes])

    def word_list(self, name: str) -> list[str | None]:
        """The text of every row."""
        codes, words = self.texts(name)
        return [None if code < 0 else str(words[code]) for code in codes]

    @property
    def lonlat(self) -> NDArray[np.float64]:
        """(n, 2) float64 degrees: middle of the box of each row; NaN without geometry."""
        found = []
        for table, _ in self._parts:
            if table.geometry is None:
                found.append(np.full((len(table), 2), np.nan))
                continue
            bounds = table.geometry.bounds.astype(np.int64)
            middle = (bounds[:, :2] + bounds[:, 2:]) // 2
            lonlat = lonlat_from_world(middle.astype(np.int32))
            lonlat[bounds[:, 0] > bounds[:, 2]] = np.nan
            found.append(lonlat)
        return self._joined(found, np.float64, width=2)

    def _joined(
        self, parts: Sequence[NDArray[np.generic]], dtype: type[_T], *, width: int = 0
    ) -> NDArray[_T]:
        """Alive rows of all parts, end to end."""
        alive = [
            values if mask is None else values[mask]
            for values, (_, mask) in zip(parts, self._parts, strict=True)
        ]
        if not alive:
            return np.empty((0, width) if width else 0, dtype=dtype)
        return np.concatenate(alive).astype(dtype, copy=False)

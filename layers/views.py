"""A layer as one scope may see it: the only way to read rows of a snapshot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grids.errors import QueryError
from layers.columns import LayerTable
from layers.delta import LayerState
from layers.model import Access, GeometryKind, LayerSpec
from layers.policy import Scope
from layers.query import Query
from layers.segment import Segment
from layers.selection import selected

__all__ = ["LayerView", "Page", "Part", "is_open", "leaf_of_rows", "visible_spec"]

Found = list[tuple[LayerTable, NDArray[np.int64]]]
"""Tables and the (k,) int64 rows meant of each, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some rows of a layer.

    Parameters
    ----------
    table
        Visible fields, and geometry if the scope may see it.
    alive
        (n,) bool, True for rows that exist and lie inside the jurisdiction; None for all.
    """

    table: LayerTable
    alive: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One page of rows in order of id.

    Parameters
    ----------
    ids
        (k,) int64, ascending.
    next_after
        Value of `Query.after` for the next page; None at the end.
    """

    ids: NDArray[np.int64]
    next_after: int | None


def visible_spec(spec: LayerSpec, scope: Scope) -> LayerSpec:
    """Declaration with only what the scope sees plain; the rest does not exist for it."""
    fields = tuple(field for field in spec.fields if scope.can_read(field))
    names = {field.name for field in fields}
    shows_place = (
        spec.geometry_access is Access.PUBLIC
        or (spec.geometry_access is Access.STAFF and scope.is_staff)
        or (scope.is_staff and scope.unmask)
    )
    return replace(
        spec,
        fields=fields,
        geometry=spec.geometry if shows_place else GeometryKind.NONE,
        time_field=spec.time_field if spec.time_field in names else None,
        tile_fields=tuple(name for name in spec.tile_fields if name in names),
    )


def is_open(shown: LayerSpec) -> bool:
    """True if all that a scope sees of a layer is public anyway.

    A jurisdiction does not limit such a layer: a worker's map has roads and rivers around the
    own grid too.
    """
    return shown.access is Access.PUBLIC and all(
        field.access is Access.PUBLIC for field in shown.fields
    )


class LayerView:
    """Rows of one layer at one moment, as one scope may see them.

    Every method gives only rows inside the jurisdiction and only visible fields. Tables have the
    visible held fields and the column ``leaf``, which must not leave the process.

    Parameters
    ----------
    spec
        What the scope sees of the declaration.
    state
        All rows.
    inside
        (L + 1,) bool by leaf index, as `layers.snapshot.jurisdiction` gives it; None for all.
    geometries
        Stored geometries by id.
    """

    def __init__(
        self,
        spec: LayerSpec,
        state: LayerState,
        *,
        inside: NDArray[np.bool_] | None,
        geometries: Callable[[NDArray[np.int64]], NDArray[np.object_]],
    ) -> None:
        self.spec = spec
        self._state = state
        self._inside = inside
        self._geometries = geometries
        self._tables = tuple(_visible_table(s.table, spec) for s in state.segments)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All rows; for a jurisdiction the masks are made at each call, so hold them."""
        return tuple(
            Part(table, self._alive(segment, alive))
            for table, (segment, alive) in zip(self._tables, self._state, strict=True)
        )

    def _alive(self, segment: Segment, alive: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        if self._inside is None:
            return alive
        inside = self._inside[leaf_of_rows(segment.table)]
        return inside if alive is None else inside & alive

    def _visible(
        self, segment: Segment, alive: NDArray[np.bool_] | None, rows: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Those of some rows that exist and lie inside the jurisdiction."""
        if alive is not None:
            rows = rows[alive[rows]]
        if self._inside is not None:
            rows = rows[self._inside[leaf_of_rows(segment.table)[rows]]]
        return rows

    def window(self, world_bounds: tuple[int, int, int, int]) -> Found:
        """Rows whose bounds meet a window, borders included.

        Parameters
        ----------
        world_bounds
            xmin, ymin, xmax, ymax in world units; may leave the int32 range.

        Returns
        -------
        list
            Tables with rows ascending; parts without rows are left out, so it is empty for a
            layer whose geometry the scope does not see.
        """
        found: Found = []
        if self.spec.geometry is GeometryKind.NONE:
            return found
        for table, (segment, alive) in zip(self._tables, self._state, strict=True):
            if segment.boxes is None:
                continue
            rows = self._visible(segment, alive, segment.boxes.window(world_bounds))
            if rows.size:
                found.append((table, rows))
        return found

    def rows(self, query: Query | None = None) -> Found:
        """Rows that a query wants, in no order; with a limit, those of lowest id.

        Raises
        ------
        QueryError
            If the query names what the scope does not see.
        """
        query = query or Query()
        self._check_fields(query)
        found = self._selected(query)
        if query.limit is not None:
            found = _lowest(found, query.limit)
        return [(table, rows) for table, rows in found if rows.size]

    def page(self, query: Query) -> Page:
        """Ids of one page, ascending, with the cursor of the next.

        Raises
        ------
        QueryError
            If the query names what the scope does not see.
        """
        self._check_fields(query)
        if query.limit is not None and query == Query(limit=query.limit, after=query.after):
            return self._plain_page(query.limit, query.after)
        found = self._selected(query)
        ids = [table.ids[rows] for table, rows in found]
        joined = np.concatenate(ids) if ids else np.empty(0, dtype=np.int64)
        return _page(joined, query.limit)

    def _plain_page(self, limit: int, after: int | None) -> Page:
        """Page without conditions, without a look at rows beyond it."""
        pieces = [np.empty(0, dtype=np.int64)]
        for segment, alive in self._state:
            start = 0 if after is None else int(np.searchsorted(segment.sorted_ids, after, "right"))
            found, step = 0, 2 * limit + 64
            while found <= limit and start < len(segment):
                rows = segment.sorted_rows[start : start + step].astype(np.int64)
                rows = self._visible(segment, alive, rows)
                pieces.append(segment.table.ids[rows])
                found, start, step = found + rows.size, start + step, 2 * step
        return _page(np.concatenate(pieces), limit)

    def count(self, query: Query | None = None) -> int:
        """Number of rows that a query wants; its limit and cursor do not count."""
        if query is None and self._inside is None:
            return len(self._state)
        query = replace(query or Query(), limit=None, after=None)
        return sum(rows.size for _, rows in self._selected(query))

    def find(self, ids: Sequence[int] | NDArray[np.int64]) -> Found:
        """Rows of the ids that exist inside the jurisdiction."""
        wanted = np.unique(np.asarray(ids, dtype=np.int64))
        found: Found = []
        for table, (segment, alive) in zip(self._tables, self._state, strict=True):
            rows = segment.rows_of(wanted)
            rows = self._visible(segment, alive, np.sort(rows[rows >= 0]))
            if rows.size:
                found.append((table, rows))
        return found

    def visible(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which ids exist inside the jurisdiction: what `Store.fetch` asks of its caller."""
        here = [table.ids[rows] for table, rows in self.find(ids)]
        if not here:
            return np.zeros(len(ids), dtype=np.bool_)
        return np.isin(ids, np.concatenate(here))

    def version_key(self, world_bounds: tuple[int, int, int, int]) -> int:
        """Stamp of the last change inside a window; equal stamps mean equal content.

        Parameters
        ----------
        world_bounds
            xmin, ymin, xmax, ymax in world units; may leave the int32 range.
        """
        return self._state.versions.key(world_bounds)

    def _check_fields(self, query: Query) -> None:
        names = {field.name for field in self.spec.fields}
        for name in query.fields or ():
            if name not in names:
                known = ", ".join(sorted(names))
                raise QueryError(f"layer {self.spec.name!r} has no field {name!r}; it has {known}")

    def _selected(self, query: Query) -> Found:
        found: Found = []
        for table, (segment, alive) in zip(self._tables, self._state, strict=True):
            rows = selected(
                query,
                segment,
                self.spec,
                visible=lambda rows, s=segment, a=alive: self._visible(s, a, rows),  # type: ignore[misc]
                geometries=self._geometries,
            )
            found.append((table, rows))
        return found


def _page(ids: NDArray[np.int64], limit: int | None) -> Page:
    """First `limit` of some ids."""
    if limit is None or ids.size <= limit:
        return Page(np.sort(ids), None)
    first = np.sort(np.partition(ids, limit)[:limit])
    return Page(first, int(first[-1]))


def leaf_of_rows(table: LayerTable) -> NDArray[np.int32]:
    """(n,) int32 leaf index of every row of a table, -1 outside."""
    column = table.columns["leaf"]
    return column.values  # type: ignore[return-value]


def _visible_table(table: LayerTable, spec: LayerSpec) -> LayerTable:
    names = [field.name for field in spec.held_fields if field.name in table.columns]
    columns = {name: table.columns[name] for name in names}
    columns["leaf"] = table.columns["leaf"]
    geometry = None if spec.geometry is GeometryKind.NONE else table.geometry
    return replace(table, spec=spec, geometry=geometry, columns=columns)


def _lowest(found: Found, limit: int) -> Found:
    """Rows of the `limit` lowest ids over all tables."""
    ids = np.concatenate([table.ids[rows] for table, rows in found])
    if ids.size <= limit:
        return found
    last = np.partition(ids, limit - 1)[limit - 1]
    return [(table, rows[table.ids[rows] <= last]) for table, rows in found]

"""The query value: which rows of a layer are wanted, the same for items, counts and tiles."""

from dataclasses import dataclass

from grids.errors import QueryError
from layers.cql2.tree import Node

__all__ = ["Query"]

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Query:
    """Rows wanted; all conditions hold together.

    Parameters
    ----------
    filter
        Condition on fields and place; None for none.
    bbox
        xmin, ymin, xmax, ymax in degrees, EPSG:4490: rows whose geometry meets the box, borders
        included. xmin > xmax crosses the antimeridian.
    ids
        Only these ids; None for all.
    datetime
        First and last millisecond (UTC) of the layer's time field, both included; None at an
        end is open. A row without time does not match; a layer without a time field is not
        limited.
    fields
        Names of the fields wanted in the answer; None for all that the scope sees.
    limit
        Most rows wanted, those of lowest id; None for all.
    after
        Only ids above this one: the cursor of the next page.

    Raises
    ------
    QueryError
        If a part is out of range; the message names it.
    """

    filter: Node | None = None
    bbox: Bounds | None = None
    ids: tuple[int, ...] | None = None
    datetime: tuple[int | None, int | None] | None = None
    fields: tuple[str, ...] | None = None
    limit: int | None = None
    after: int | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise QueryError(f"limit must be 1 or more, got {self.limit}")
        if self.bbox is not None:
            _check_bbox(self.bbox)
        if self.datetime is not None:
            start, end = self.datetime
            if start is not None and end is not None and start > end:
                raise QueryError(f"datetime must not end before it starts, got {start}..{end}")


def _check_bbox(bbox: Bounds) -> None:
    xmin, ymin, xmax, ymax = bbox
    # written so that NaN fails too
    if not (-180 <= xmin <= 180 and -180 <= xmax <= 180 and -90 <= ymin <= ymax <= 90):
        raise QueryError(
            "bbox must be xmin, ymin, xmax, ymax with longitudes in [-180, 180] and latitudes "
            f"in [-90, 90], got {bbox}"
        )

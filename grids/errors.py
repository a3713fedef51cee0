"""The one tree of errors; status codes and exit codes are given to them at the edge.

::

    WanggeError
    ├── InputError (ValueError)        the caller's value is wrong
    │   ├── CoordinateError            not finite, out of range, swapped
    │   ├── CrsError                   unknown or missing reference system
    │   ├── LatticeError               extent too large for exact arithmetic
    │   ├── GeometryError              wrong kind, empty or invalid geometry
    │   ├── TileIndexError             z, x or y outside the matrix
    │   ├── CodeFormatError            a unit, component or class code
    │   ├── ParameterError             a parameter: unknown, missing or out of range
    │   ├── QueryError                 filter text or tree
    │   ├── FieldError                 unknown or mistyped field of a layer
    │   ├── FileFormatError            a file is not what its name says, or is cut short
    │   └── NetworkInputError          road edges that cannot form a graph
    ├── NotFoundError (LookupError)    asked for by name or id, and not there (or not visible)
    │   ├── UnknownLayerError
    │   ├── UnknownItemError
    │   ├── UnknownUnitError
    │   └── ZoomRangeError             tile outside the zoom range of its layer
    ├── TopologyError (ValueError)     arcs or faces that do not form a coverage
    ├── HierarchyError (ValueError)    units that do not form a tree
    ├── SignInRequiredError (PermissionError)   nobody is signed in and anonymous sees nothing
    ├── ForbiddenError (PermissionError)
    ├── ConflictError                  a newer version exists, or the key is taken
    ├── RefusedError                   no truthful answer exists, with the reason
    ├── ImportFailedError              nothing was changed; the reason in one sentence
    └── StoreError
        ├── StoreUnavailableError      down, locked, full: try again later
        ├── SchemaVersionError         older or newer than this program
        └── SnapshotFileError          bad checksum or format: it is rebuilt
"""

from typing import ClassVar

__all__ = [
    "CodeFormatError",
    "ConflictError",
    "CoordinateError",
    "CrsError",
    "FieldError",
    "FileFormatError",
    "ForbiddenError",
    "GeometryError",
    "HierarchyError",
    "ImportFailedError",
    "InputError",
    "LatticeError",
    "NetworkInputError",
    "NotFoundError",
    "ParameterError",
    "QueryError",
    "RefusedError",
    "SchemaVersionError",
    "SignInRequiredError",
    "SnapshotFileError",
    "StoreError",
    "StoreUnavailableError",
    "TileIndexError",
    "TopologyError",
    "UnknownItemError",
    "UnknownLayerError",
    "UnknownUnitError",
    "WanggeError",
    "ZoomRangeError",
]


class WanggeError(Exception):
    """Root of every error this project raises on purpose."""

    code: ClassVar[str] = "wangge"


class InputError(WanggeError, ValueError):
    """A value given by the caller is wrong."""

    code = "input"


class CoordinateError(InputError):
    """A coordinate is not finite, out of range or swapped."""

    code = "coordinate"


class CrsError(InputError):
    """A coordinate reference system is unknown, missing or contradicts the data."""

    code = "crs"


class LatticeError(InputError):
    """An extent is too large for exact arithmetic on the integer lattice."""

    code = "lattice"


class GeometryError(InputError):
    """A geometry is of the wrong kind, empty or invalid."""

    code = "geometry"


class TileIndexError(InputError):
    """A tile index lies outside its matrix."""

    code = "tile-index"


class CodeFormatError(InputError):
    """A code does not follow its layout."""

    code = "code-format"


class ParameterError(InputError):
    """A parameter is unknown, missing or out of range."""

    code = "parameter"


class QueryError(InputError):
    """A filter cannot be read or evaluated."""

    code = "query"


class FieldError(InputError):
    """A field is unknown to its layer or has the wrong type."""

    code = "field"


class FileFormatError(InputError):
    """A file is not what its name says, or is cut short."""

    code = "file-format"


class NetworkInputError(InputError):
    """Road edges cannot form a graph."""

    code = "network-input"


class NotFoundError(WanggeError, LookupError):
    """Something asked for by name or id is not there, or not visible to the caller."""

    code = "not-found"


class UnknownLayerError(NotFoundError):
    """No such layer."""

    code = "unknown-layer"


class UnknownItemError(NotFoundError):
    """No such item in the layer."""

    code = "unknown-item"


class UnknownUnitError(NotFoundError):
    """No such grid unit in the version."""

    code = "unknown-unit"


class ZoomRangeError(NotFoundError):
    """The tile lies outside the zoom range of its layers."""

    code = "zoom-range"


class TopologyError(WanggeError, ValueError):
    """Arcs or faces do not form a coverage."""

    code = "topology"


class HierarchyError(WanggeError, ValueError):
    """Units do not form a tree of levels."""

    code = "hierarchy"


class SignInRequiredError(WanggeError, PermissionError):
    """Nobody is signed in, and anonymous readers see nothing here."""

    code = "sign-in-required"


class ForbiddenError(WanggeError, PermissionError):
    """The scope does not allow this."""

    code = "forbidden"


class ConflictError(WanggeError):
    """A newer version exists, or the key is taken."""

    code = "conflict"


class RefusedError(WanggeError):
    """A question cannot be answered truthfully; the message gives the reason."""

    code = "refused"


class ImportFailedError(WanggeError):
    """An import stopped and nothing was changed."""

    code = "import-failed"


class StoreError(WanggeError):
    """The store failed."""

    code = "store"


class StoreUnavailableError(StoreError):
    """The store is down, locked or full; try again later."""

    code = "store-unavailable"


class SchemaVersionError(StoreError):
    """The schema is older or newer than this program."""

    code = "schema-version"


class SnapshotFileError(StoreError):
    """A snapshot file is damaged; it is rebuilt from the store."""

    code = "snapshot-file"

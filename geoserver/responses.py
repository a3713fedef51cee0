"""Bodies of answers: JSON by orjson, with the caching that scoped data allows."""

import numpy as np
import orjson
from starlette.responses import Response

__all__ = ["GEOJSON", "json_response"]

GEOJSON = "application/geo+json"


def json_response(
    body: object, *, status: int = 200, media: str = "application/json", cache: str = "no-store"
) -> Response:
    """A JSON answer; numpy arrays and numbers are written as they are, NaN as null."""
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY, default=_plain)
    return Response(content, status, media_type=media, headers={"Cache-Control": cache})


def _plain(value: object) -> object:
    """Values orjson does not know."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"no JSON for {type(value).__name__}")

"""The pages and their files."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from geoserver.dependencies import StateDep

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/wall")
def get_wall(request: Request, state: StateDep) -> Response:
    """The big-screen map."""
    return state.pages.page("wall", seen=request.headers.get("if-none-match"))


@router.get("/static/{path:path}")
def get_file(path: str, request: Request, state: StateDep, v: str | None = None) -> Response:
    """A file that a page loads; `v` is the version that makes it immutable."""
    return state.pages.file(path, seen=request.headers.get("if-none-match"), version=v)

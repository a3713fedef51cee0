"""Problem documents (RFC 9457): the one table from error class to status code."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from grids.errors import (
    ConflictError,
    ForbiddenError,
    HierarchyError,
    ImportFailedError,
    InputError,
    NotFoundError,
    RefusedError,
    SignInRequiredError,
    StoreUnavailableError,
    TopologyError,
    WanggeError,
)

__all__ = ["PROBLEM_TYPE", "STATUS", "install_problem_handlers", "problem", "status_of"]

PROBLEM_TYPE = "application/problem+json"

STATUS: Mapping[type[WanggeError], int] = {
    InputError: 400,
    SignInRequiredError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    TopologyError: 422,
    HierarchyError: 422,
    RefusedError: 422,
    ImportFailedError: 422,
    StoreUnavailableError: 503,
}
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "1"},
}
_LOG = logging.getLogger("wangge.errors")


def status_of(error: WanggeError) -> int:
    """Status of an error by its nearest class in the table; 500 for a class without a row."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def problem(
    status: int,
    *,
    code: str,
    title: str = "",
    detail: str = "",
    instance: str = "",
    errors: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """A problem document as a response; members without a value are left out."""
    body: dict[str, Any] = {
        "type": f"urn:wangge:problem:{code}",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
    }
    if detail:
        body["detail"] = detail
    if instance:
        body["instance"] = instance
    if errors:
        body["errors"] = list(errors)
    headers = {"Cache-Control": "no-store", **_HEADERS.get(status, {})}
    return Response(orjson.dumps(body), status, headers=headers, media_type=PROBLEM_TYPE)


async def _on_wangge_error(request: Request, error: Exception) -> Response:
    """An error of ours; one without a row in the table is our fault and keeps its text."""
    if not isinstance(error, WanggeError) or (status := status_of(error)) == 500:
        return await _on_fault(request, error)
    title = (type(error).__doc__ or "").partition("\n")[0].rstrip(".")
    path = request.url.path
    return problem(status, code=error.code, title=title, detail=str(error), instance=path)


async def _on_fault(request: Request, error: Exception) -> Response:
    """Anything unforeseen: logged whole, nothing of it sent."""
    _LOG.error("unforeseen error at %s", request.url.path, exc_info=error)
    return problem(500, code="internal", instance=request.url.path)


async def _on_http_error(request: Request, error: Exception) -> Response:
    """A path or method the router does not have, or a body beyond the limit."""
    if not isinstance(error, HTTPException):
        return await _on_fault(request, error)
    codes = {404: "no-such-path", 405: "method-not-allowed", 413: "body-too-large"}
    response = problem(
        error.status_code,
        code=codes.get(error.status_code, "http"),
        detail=f"{request.method} {request.url.path}: {error.detail}",
        instance=request.url.path,
    )
    response.headers.update(error.headers or {})
    return response


async def _on_validation_error(request: Request, error: Exception) -> Response:
    """A parameter (400) or a body (422) that does not fit its declaration, each fault named."""
    if not isinstance(error, RequestValidationError):
        return await _on_fault(request, error)
    found = [_fault(entry) for entry in error.errors()]
    status = 422 if any("pointer" in entry for entry in found) else 400
    first = found[0]
    where = first.get("parameter", first.get("pointer", ""))
    detail = f"{where}: {first['detail']}"
    return problem(status, code="parameter", detail=detail, instance=request.url.path, errors=found)


def _fault(entry: Mapping[str, Any]) -> dict[str, str]:
    """One validation fault; the value that came is given back only if it is short text."""
    place, *path = (str(part) for part in entry["loc"])
    came = entry.get("input")
    shown = f", got {came!r}" if isinstance(came, str | int | float) and len(str(came)) < 80 else ""
    detail = f"{entry['msg']}{shown}"
    if place == "body":
        return {"pointer": "#/" + "/".join(path), "detail": detail}
    return {"parameter": ".".join(path), "in": place, "detail": detail}


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` a problem document."""
    app.add_exception_handler(WanggeError, _on_wangge_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_fault)

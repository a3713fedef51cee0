"""What a route asks for: the city's services, the scope of the caller, strict parameters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import HTTPConnection

from geoserver.security import anonymous_scope
from geoserver.state import State
from grids.errors import ParameterError
from layers.policy import Scope

__all__ = [
    "FREE_PARAMETERS",
    "DeclaredParameters",
    "ScopeDep",
    "StateDep",
    "check_parameters",
    "declared_parameters",
]

FREE_PARAMETERS = {"x-free-parameters": True}
"""``openapi_extra`` of a route that checks its own query names (property filters)."""


def _state(connection: HTTPConnection) -> State:
    """What the application was built with."""
    return cast("State", connection.app.state.wangge)


StateDep = Annotated[State, Depends(_state)]


def _scope(state: StateDep) -> Scope:
    """Scope of the caller, by the rule for anonymous requests.

    Raises
    ------
    SignInRequiredError
        If anonymous readers see nothing.
    """
    return anonymous_scope(state.settings)


ScopeDep = Annotated[Scope, Depends(_scope)]


@dataclass(frozen=True, slots=True)
class DeclaredParameters:
    """Query names of one route; `is_free` if the route checks its names itself."""

    names: frozenset[str]
    is_free: bool


def declared_parameters(app: FastAPI) -> Mapping[object, DeclaredParameters]:
    """Query names that each endpoint function of `app` declares."""
    found: dict[object, DeclaredParameters] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            names = frozenset(_query_names(route.dependant))
            is_free = bool((route.openapi_extra or {}).get("x-free-parameters"))
            found[route.endpoint] = DeclaredParameters(names, is_free)
    return found


def _query_names(dependant: Dependant) -> Iterator[str]:
    """Query names of a route and of what it depends on."""
    for field in dependant.query_params:
        yield field.alias
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def check_parameters(connection: HTTPConnection, state: StateDep) -> None:
    """Refusal of query names that the route does not have, repeats and NUL characters.

    Raises
    ------
    ParameterError
        Naming the parameter.
    """
    query = connection.query_params
    for name, value in (*query.multi_items(), *connection.path_params.items()):
        if "\0" in name or "\0" in str(value):
            raise ParameterError(f"parameter {name!r} holds a NUL character")
    names = [name for name, _ in query.multi_items()]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ParameterError(f"parameter {repeated[0]!r} is given more than once")
    declared = state.parameters.get(connection.scope.get("endpoint"))
    if declared is None or declared.is_free:
        return
    unknown = sorted(set(names) - declared.names)
    if unknown:
        known = ", ".join(sorted(declared.names)) or "no parameter"
        raise ParameterError(
            f"unknown parameter {', '.join(map(repr, unknown))}; this path takes {known}"
        )

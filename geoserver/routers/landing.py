"""The way in: landing page, conformance, the city at a glance."""

from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from geoserver.dependencies import ScopeDep, StateDep
from geoserver.links import Links
from geoserver.responses import json_response

router = APIRouter(tags=["city"])

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
_LINKS = (
    ("self", "/", "application/json", "本页"),
    ("service-desc", "/api", "application/vnd.oai.openapi+json;version=3.1", "接口定义 (OpenAPI)"),
    ("conformance", "/conformance", "application/json", "符合性声明"),
    ("data", "/collections", "application/json", "图层"),
    ("city", "/city.json", "application/json", "城市概况"),
    ("style", "/styles/wall.json", "application/json", "地图样式"),
    ("health", "/health", "application/json", "服务状态"),
)


@router.get("/")
def get_landing(request: Request, state: StateDep) -> Response:
    """Links to everything, as HTML for browsers and JSON for programs."""
    profile = state.city.profile
    if _prefers_html(request.headers.get("accept", "")):
        return HTMLResponse(_page(profile.name), headers={"Cache-Control": "no-cache"})
    links = Links(request, state.settings)
    found = [links.to(rel, path, media) | {"title": title} for rel, path, media, title in _LINKS]
    found.append(links.to("wall", "/wall", "text/html") | {"title": "城市运行大屏"})
    body = {
        "title": f"网格 Wangge · {profile.name}",
        "description": "网格化城市治理一张图指挥服务",
        "attribution": profile.attribution,
        "links": found,
    }
    response = json_response(body)
    response.headers["Vary"] = "Accept"
    return response


@router.get("/conformance")
def get_conformance() -> Response:
    """Conformance classes that this server keeps."""
    return json_response({"conformsTo": CONFORMANCE})


@router.get("/city.json")
def get_city(state: StateDep, scope: ScopeDep) -> Response:
    """Name, extent, levels and layers of the city."""
    return json_response(state.glance.city_document(scope))


def _prefers_html(accept: str) -> bool:
    """True for browsers, which name HTML and no JSON."""
    return "text/html" in accept and "json" not in accept


def _page(city: str) -> str:
    """The landing page: plain links, no script, no style of its own."""
    rows = "".join(
        f'<li><a href="{path}">{escape(title)}</a> <code>{path}</code></li>'
        for _, path, _, title in (("", "/wall", "", "城市运行大屏"), *_LINKS[1:])
    )
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>网格 Wangge · {escape(city)}</title></head>"
        f"<body><main><h1>{escape(city)} · 网格 Wangge</h1><ul>{rows}</ul></main></body></html>"
    )

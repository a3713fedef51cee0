"""The wall in Chromium on the small demo city: what a person at it sees and does."""

import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.pages.screens import PATIENCE_S, eventually, keep_screen, read_json, settle

expect.set_options(timeout=PATIENCE_S * 1000)
pytestmark = [pytest.mark.page, pytest.mark.slow]
OpenPage = Callable[..., Page]
SIZES = [(1920, 1080), (3840, 1080), (1366, 768), (7680, 2160)]

BUILDING_IN_VIEW = """() => {
  const { map } = wall;
  const { clientWidth: w, clientHeight: h } = map.getContainer();
  const all = map.getStyle().layers;
  const layers = all.filter((l) => l['source-layer'] === 'building').map((l) => l.id);
  const signs = all.map((l) => l.id).filter((id) => id.startsWith('over-'));
  for (let y = h * 0.3; y < h * 0.7; y += 7) {
    for (let x = w * 0.35; x < w * 0.65; x += 7) {
      const hit = map.queryRenderedFeatures([x, y], { layers })[0];
      const near = [[x - 9, y - 9], [x + 9, y + 9]];
      if (hit && map.queryRenderedFeatures(near, { layers: signs }).length === 0) {
        return { id: hit.id, x, y };
      }
    }
  }
  return null;
}"""
OPEN_GROUND = """() => {
  const { map } = wall;
  const { clientWidth: w, clientHeight: h } = map.getContainer();
  const layers = map.getStyle().layers
    .filter((l) => l['source-layer'] === 'building' || l.id.startsWith('over-')).map((l) => l.id);
  for (let y = h * 0.3; y < h * 0.7; y += 7) {
    for (let x = w * 0.35; x < w * 0.65; x += 7) {
      if (map.queryRenderedFeatures([[x - 9, y - 9], [x + 9, y + 9]], { layers }).length === 0) {
        const { lng, lat } = map.unproject([x, y]);
        return { x, y, lon: lng, lat };
      }
    }
  }
  return null;
}"""


def look(page: Page, server: str, zoom: float) -> None:
    """Look at the middle of the city from a height."""
    lon, lat = read_json(f"{server}/city.json")["center"]
    page.evaluate(
        "([lon, lat, zoom]) => wall.map.jumpTo({center: [lon, lat], zoom})", [lon, lat, zoom]
    )
    settle(page)


def click_map(page: Page, at: dict[str, float]) -> None:
    """Click a pixel of the map."""
    page.locator("#map").click(position={"x": at["x"], "y": at["y"]})


def test_the_wall_opens_within_its_own_walls(open_page: OpenPage, server: str) -> None:
    page = open_page(width=1920, height=1080)
    city = read_json(f"{server}/city.json")
    expect(page.locator("#title")).to_have_text(f"{city['name']} · 一张图")
    expect(page.locator("#line-state")).to_have_text("实时推送")
    expect(page.locator("#kpi b")).to_have_count(4)
    assert page.locator("#streets li").count() >= 1
    page.wait_for_timeout(1500)
    keep_screen(page, "wall")


def test_the_policy_allows_own_scripts_only(server: str) -> None:
    with urllib.request.urlopen(f"{server}/wall", timeout=30) as response:  # noqa: S310 - own address
        policy = response.headers["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["worker-src"] == "'self'"
    assert "unsafe" not in policy
    assert [name for name, rule in rules.items() if "blob:" in rule] in ([], ["img-src"])


def test_chinese_text_has_no_empty_boxes(open_page: OpenPage) -> None:
    page = open_page()
    common = "".join(
        bytes([high, low]).decode("gb2312")
        for high in range(0xB0, 0xD7)
        for low in range(0xA1, 0xFF, 4)
    )
    boxes = page.evaluate(
        """async (text) => {
          await document.fonts.load('32px "Noto Sans SC"', text);
          const ctx = new OffscreenCanvas(48, 48).getContext('2d', { willReadFrequently: true });
          const picture = (character) => {
            ctx.clearRect(0, 0, 48, 48);
            ctx.font = '32px "Noto Sans SC"';
            ctx.fillText(character, 4, 36);
            return ctx.getImageData(0, 0, 48, 48).data.join();
          };
          const box = picture('\\u{10fffe}');
          const blank = picture(' ');
          return [...text].filter((c) => [box, blank].includes(picture(c))).join('');
        }""",
        common + "燚珺昇喆堃龑酆麴",
    )
    assert boxes == ""
    families = page.evaluate(
        "() => [...document.fonts].filter((f) => f.status === 'loaded').map((f) => f.family)"
    )
    assert any(name.strip('"') == "Noto Sans SC" for name in families)
    assert any(name.startswith("maplibre-gl-font-face") for name in families)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_map_leads_and_a_click_hits_the_building_under_the_pointer(
    open_page: OpenPage, server: str, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    stage = page.locator("#stage").bounding_box()
    assert stage is not None
    assert stage["width"] / width >= 0.6
    assert stage["width"] * stage["height"] / (width * height) >= 0.55
    over = page.evaluate(
        "() => ['Width', 'Height'].map((d) => document.body[`scroll${d}`] - window[`inner${d}`])"
    )
    assert max(over) <= 0, "nothing hangs over the edge of the screen"
    look(page, server, 15.8 + (1 if height > 2000 else 0))
    target = page.evaluate(BUILDING_IN_VIEW)
    assert target, "a building in the middle of the city"
    click_map(page, target)
    card = page.locator("#card")
    expect(card).to_be_visible()
    told = read_json(f"{server}/buildings/{target['id']}/summary")
    for word in ("层数", "住户"):
        expect(card).to_contain_text(word)
    expect(card).to_contain_text(f"{told['floors']} 层")
    if told["address"]:
        expect(card).to_contain_text(told["address"])
    keep_screen(page, f"wall-building-{width}x{height}")


def test_a_click_on_the_ground_tells_the_grid(open_page: OpenPage, server: str) -> None:
    page = open_page()
    look(page, server, 15.5)
    at = page.evaluate(OPEN_GROUND)
    click_map(page, at)
    card = page.locator("#card")
    expect(card).to_be_visible()
    chain = read_json(f"{server}/locate?lon={at['lon']}&lat={at['lat']}")["chain"]
    expect(card.locator(".chain")).to_have_text(" · ".join(link["name"] for link in chain[1:]))
    told = read_json(f"{server}/grids/{chain[-1]['code']}/summary")
    expect(card).to_contain_text(told["code"])
    expect(card).to_contain_text(f"{told['counts']['building']:,}")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_place_outside_says_so(open_page: OpenPage, server: str) -> None:
    page = open_page()
    west, south, _, _ = read_json(f"{server}/city.json")["bounds"]
    page.evaluate("(at) => wall.map.jumpTo({center: at, zoom: 15})", [west - 0.2, south - 0.2])
    settle(page)
    page.locator("#map").click(position={"x": 600, "y": 400})
    expect(page.locator("#card")).to_contain_text("不在任何网格内")


def test_war_time_shows_who_comes_first_and_what_is_around(
    open_page: OpenPage, server: str
) -> None:
    page = open_page(width=1920, height=1080)
    look(page, server, 15)
    page.keyboard.press("w")
    expect(page.locator("#aim")).to_be_visible()
    page.locator("#map").click(position={"x": 700, "y": 460})
    units = page.locator("#nearest .units li:not(.passed)")
    expect(units).to_have_count(10)
    times = [
        seconds(text)
        for text in page.locator("#nearest li:not(.passed) b").evaluate_all(
            "all => all.map((b) => b.firstChild.textContent)"
        )
    ]
    assert times == sorted(times)
    for ring in ("300 米", "500 米", "1 公里"):
        expect(page.locator("#impact thead")).to_contain_text(ring)
    for word in ("楼栋", "住户", "摄像头", "消火栓"):
        expect(page.locator("#impact tbody")).to_contain_text(word)
    assert page.locator("#cameras li").count() >= 1
    expect(page.locator("body")).to_have_class("war")
    settle(page)
    eventually(
        page,
        "() => ['scene-route', 'scene-ring', 'scene-unit'].every((id) =>"
        " wall.map.queryRenderedFeatures({ layers: [id] }).length > 0)",
    )
    keep_screen(page, "wall-war")
    page.keyboard.press("Escape")
    expect(page.locator("#nearest")).to_be_hidden()
    expect(page.locator("#mode")).to_have_text("平时")


def seconds(stopwatch: str) -> int:
    """Seconds of a stopwatch reading such as 1:12 or 1:02:05."""
    total = 0
    for part in stopwatch.split(":"):
        total = total * 60 + int(part)
    return total


def test_war_time_opens_by_keyboard_alone(open_page: OpenPage, server: str) -> None:
    page = open_page()
    look(page, server, 15)
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    expect(page.locator("#nearest .units li").first).to_be_visible()
    expect(page.locator("#heard")).to_contain_text("战时：最近力量")


def test_layers_are_switched_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    visibility = "() => wall.map.getLayoutProperty('over-camera', 'visibility')"
    page.locator('#layers [data-layer="camera"] input').focus()
    assert page.evaluate(visibility) == "none"
    page.keyboard.press("Space")
    assert page.evaluate(visibility) == "visible"
    expect(page.locator("#heard")).to_contain_text("已显示")


def test_hot_spots_say_what_they_rest_on(open_page: OpenPage) -> None:
    page = open_page()
    page.locator('#layers [data-layer="hot"] label').click()
    expect(page.locator("#hot-note")).to_contain_text("最小可达 p")
    settle(page)
    keep_screen(page, "wall-hot")


def test_a_case_of_the_stream_opens_its_card(open_page: OpenPage) -> None:
    page = open_page()
    first = page.locator("#cases button").first
    title = first.locator("strong").inner_text()
    first.click()
    expect(page.locator("#card h3")).to_contain_text(title.split(" · ")[0])
    expect(first).to_have_attribute("aria-current", "true")
    expect(page.locator("#card .go")).to_be_visible()


def test_a_broken_line_is_shown_and_comes_back(open_page: OpenPage) -> None:
    page = open_page()
    opened: list[WebSocketRoute] = []

    def relay(route: WebSocketRoute) -> None:
        opened.append(route)
        route.connect_to_server()

    page.route_web_socket("**/live*", relay)
    page.reload()
    page.wait_for_selector("html[data-ready]", timeout=PATIENCE_S * 1000)
    expect(page.locator("#line-state")).to_have_text("实时推送")
    opened[0].close(code=1012)
    expect(page.locator("#line-state")).to_have_class("waiting")
    expect(page.locator("#line-state")).to_have_text("实时推送")
    assert len(opened) >= 2


def test_a_lost_graphics_card_comes_back(open_page: OpenPage) -> None:
    page = open_page(width=1366, height=768)
    page.evaluate(
        """() => new Promise((resolve) => {
          const { map } = wall;
          const card = map.getCanvas().getContext('webgl2').getExtension('WEBGL_lose_context');
          map.once('webglcontextrestored', resolve);
          card.loseContext();
          setTimeout(() => card.restoreContext(), 300);
        })"""
    )
    eventually(page, "() => wall.map.loaded()")
    eventually(page, "() => wall.map.queryRenderedFeatures({layers: ['over-worker']}).length > 0")

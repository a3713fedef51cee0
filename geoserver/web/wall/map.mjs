import { Map as MapLibre } from '/static/vendor/maplibre-gl/maplibre-gl.mjs';
import { getJson } from '../shared/api.mjs';
import { iconNames, iconPixels } from '../shared/icons.mjs';
import { growth, wantsLessMotion } from '../shared/screen.mjs';
import { grownStyle } from './growth.mjs';

/** @typedef {import('maplibre-gl').Map} Map */
/** @typedef {import('../shared/answers.mjs').City} City */
/** @typedef {import('../shared/answers.mjs').LonLat} LonLat */

/** Side of a symbol of size 1 on a 1080-line screen. */
const ICON_PIXELS = 22;

const LOCALE = { 'Map.Title': '地图：方向键移动，加减号缩放，回车查看中心处' };

/**
 * The map with the city's style, shown whole or where the address says (`#map=zoom/lat/lon`).
 * @param {HTMLElement} container
 * @param {City} city
 * @returns {Promise<Map>} when the style is there and layers can be added
 */
export async function openMap(container, city) {
  const map = new MapLibre({
    container,
    style: grownStyle(await getJson('/styles/wall.json'), growth()),
    hash: 'map',
    attributionControl: false,
    locale: LOCALE,
    maxPitch: 70,
    minZoom: 6,
    maxZoom: 20,
    maxCanvasSize: [8192, 8192],
    fadeDuration: wantsLessMotion() ? 0 : 200,
    ...(city.bounds
      ? { bounds: city.bounds, fitBoundsOptions: { padding: 24 } }
      : { center: city.center ?? [105, 35], zoom: city.center ? 12 : 4 }),
  });
  await new Promise((resolve) => map.once('style.load', resolve));
  addIcons(map);
  return map;
}

/** @param {Map} map */
function addIcons(map) {
  const side = Math.round(ICON_PIXELS * growth() * Math.max(1, devicePixelRatio));
  for (const name of iconNames) {
    map.addImage(name, iconPixels(name, side), { pixelRatio: side / (ICON_PIXELS * growth()) });
  }
}

/**
 * The style layers in drawing order, those of tile layers with their source.
 * @param {Map} map
 */
function drawn(map) {
  return map.getLayersOrder().flatMap((id) => map.getLayer(id) ?? []);
}

/**
 * The source that draws a tile layer.
 * @param {Map} map
 * @param {string} tileLayer such as "building"
 * @returns {{source: string, sourceLayer: string} | null}
 */
export function sourceOf(map, tileLayer) {
  const found = drawn(map).find((layer) => layer.sourceLayer === tileLayer);
  return found ? { source: found.source, sourceLayer: tileLayer } : null;
}

/**
 * Where to add what lies on the ground: below the first layer of buildings.
 * @param {Map} map
 * @returns {string | undefined}
 */
export function groundBelow(map) {
  return styleLayersOf(map, 'building')[0] ?? labelsAbove(map);
}

/**
 * Where to add lines: below the first label.
 * @param {Map} map
 * @returns {string | undefined}
 */
export function labelsAbove(map) {
  return drawn(map).find((layer) => layer.type === 'symbol')?.id;
}

/**
 * Names of the style layers that draw a tile layer or what is derived from it (its borders and
 * labels, such as "grid_label").
 * @param {Map} map
 * @param {string} tileLayer
 */
export function styleLayersOf(map, tileLayer) {
  return drawn(map)
    .filter(({ sourceLayer }) =>
      sourceLayer === tileLayer || sourceLayer?.startsWith(`${tileLayer}_`))
    .map((layer) => layer.id);
}

/**
 * Shows these features and no others; does nothing while the graphics card restarts.
 * @param {Map} map
 * @param {string} source a GeoJSON source
 * @param {import('geojson').Feature[]} features
 */
export function showFeatures(map, source, features) {
  const found = /** @type {import('maplibre-gl').GeoJSONSource | undefined} */ (
    map.getSource(source)
  );
  return found?.setData({ type: 'FeatureCollection', features });
}

/** Data of a GeoJSON source that shows nothing yet. */
export const NO_FEATURES = Object.freeze({
  type: /** @type {const} */ ('FeatureCollection'),
  features: [],
});

/**
 * Fetches again the tiles that a change touched, in every source that holds the layer.
 * @param {Map} map
 * @param {Record<string, [number, number, number][] | null>} layers tile layer to z, x, y; null
 *   for all tiles
 */
export function refreshTiles(map, layers) {
  for (const [name, tiles] of Object.entries(layers)) {
    const holders = drawn(map).filter((layer) => layer.sourceLayer === name);
    for (const source of new Set(holders.map((layer) => layer.source))) {
      map.refreshTiles(
        source,
        tiles?.map(([z, x, y]) => ({ z, x, y })),
      );
    }
  }
}

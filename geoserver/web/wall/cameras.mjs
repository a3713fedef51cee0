import { colours } from '../shared/colours.mjs';
import { viewCone } from '../shared/spheres.mjs';
import { NO_FEATURES, showFeatures } from './map.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {{at: [number, number], bearing: number, fov: number, range: number}} View */

const SOURCE = 'camera-views';

/** What cameras see: a sector under the pointer, and the sectors that cover a place. */
export class CameraViews {
  #map;
  /** @type {View | null} */
  #hovered = null;
  /** @type {readonly View[]} */
  #kept = [];

  /** @param {Map} map */
  constructor(map) {
    this.#map = map;
    map.addSource(SOURCE, { type: 'geojson', data: NO_FEATURES });
    map.addLayer({
      id: 'camera-view',
      type: 'fill',
      source: SOURCE,
      paint: { 'fill-color': colours.route, 'fill-opacity': 0.16 },
    });
    map.addLayer({
      id: 'camera-view-edge',
      type: 'line',
      source: SOURCE,
      paint: { 'line-color': colours.route, 'line-opacity': 0.6, 'line-width': 1 },
    });
    if (!map.getLayer('over-camera')) return;
    map.on('mousemove', 'over-camera', (event) => this.#hover(event.features?.[0]));
    map.on('mouseleave', 'over-camera', () => this.#hover(undefined));
  }

  /** @param {import('maplibre-gl').MapGeoJSONFeature | undefined} feature */
  #hover(feature) {
    this.#hovered = feature ? viewOf(feature) : null;
    this.#draw();
  }

  /**
   * Keeps these sectors drawn; none to clear.
   * @param {readonly View[]} views
   */
  keep(views) {
    this.#kept = views;
    this.#draw();
  }

  #draw() {
    const views = this.#hovered ? [...this.#kept, this.#hovered] : this.#kept;
    const features = views.map((view) => ({
      type: /** @type {const} */ ('Feature'),
      properties: {},
      geometry: { type: /** @type {const} */ ('Polygon'), coordinates: [viewCone(view.at, view)] },
    }));
    showFeatures(this.#map, SOURCE, features);
  }
}

/**
 * The sector of a camera as drawn in tiles; null if the catalogue does not say where it looks.
 * @param {{geometry: import('geojson').Geometry, properties: Record<string, any> | null}} feature
 * @returns {View | null}
 */
export function viewOf({ geometry, properties }) {
  const { bearing_deg: bearing, fov_deg: fov, range_m: range } = properties ?? {};
  const known = [bearing, fov, range].every((value) => typeof value === 'number' && value >= 0);
  if (!known || geometry.type !== 'Point') return null;
  const at = /** @type {[number, number]} */ (geometry.coordinates);
  return { at, bearing, fov, range };
}

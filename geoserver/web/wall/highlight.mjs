import { colours } from '../shared/colours.mjs';
import { sourceOf } from './map.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').LonLat} LonLat */
/** @typedef {import('maplibre-gl').FilterSpecification} Filter */

/** @type {Filter} */
const NOTHING = ['==', ['literal', 0], 1];
const PLACE = 'picked-place';

/** Marks on the map what is selected. */
export class Highlight {
  #map;

  /** @param {Map} map */
  constructor(map) {
    this.#map = map;
    const grid = sourceOf(map, 'grid');
    if (grid) this.#addPair('picked-grid', grid, colours.hot, 0.14);
    const building = sourceOf(map, 'building');
    if (building) this.#addPair('picked-building', building, colours.route, 0.35);
    map.addSource(PLACE, { type: 'geojson', data: { type: 'FeatureCollection', features: [] } });
    map.addLayer({
      id: PLACE,
      type: 'circle',
      source: PLACE,
      paint: {
        'circle-radius': 15,
        'circle-color': 'rgba(0,0,0,0)',
        'circle-stroke-color': colours.text,
        'circle-stroke-width': 1.5,
      },
    });
  }

  /**
   * @param {string} id
   * @param {{source: string, sourceLayer: string}} from
   * @param {string} colour
   * @param {number} opacity
   */
  #addPair(id, { source, sourceLayer }, colour, opacity) {
    const shared = { source, 'source-layer': sourceLayer, filter: NOTHING };
    this.#map.addLayer({ id, type: 'fill', ...shared, paint: { 'fill-color': colour, 'fill-opacity': opacity } });
    this.#map.addLayer({
      id: `${id}-edge`,
      type: 'line',
      ...shared,
      paint: { 'line-color': colour, 'line-width': 2 },
    });
  }

  /** @param {string} id @param {Filter} filter */
  #filter(id, filter) {
    for (const layer of [id, `${id}-edge`]) {
      if (this.#map.getLayer(layer)) this.#map.setFilter(layer, filter);
    }
  }

  /** @param {string | null} code */
  grid(code) {
    this.clear();
    if (code !== null) this.#filter('picked-grid', ['==', ['get', 'code'], code]);
  }

  /** @param {number} id */
  building(id) {
    this.clear();
    this.#filter('picked-building', ['==', ['id'], id]);
  }

  /** @param {LonLat | null} at */
  place(at) {
    this.clear();
    if (at) this.#setPlace([{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } }]);
  }

  /** Takes all marks away. */
  clear() {
    this.#filter('picked-grid', NOTHING);
    this.#filter('picked-building', NOTHING);
    this.#setPlace([]);
  }

  /** @param {import('geojson').Feature[]} features */
  #setPlace(features) {
    /** @type {import('maplibre-gl').GeoJSONSource} */ (this.#map.getSource(PLACE)).setData({
      type: 'FeatureCollection',
      features,
    });
  }
}

import { colours } from '../shared/colours.mjs';
import { growth } from '../shared/screen.mjs';
import {
  NO_FEATURES,
  groundBelow,
  labelsAbove,
  showFeatures,
  sourceOf,
  styleLayersOf,
} from './map.mjs';

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
    if (grid)
      this.#addPair('picked-grid', grid, {
        colour: colours.hot,
        opacity: 0.16,
        before: groundBelow(map),
      });
    const building = sourceOf(map, 'building');
    if (building) {
      this.#addPair('picked-building', building, {
        colour: colours.route,
        opacity: 0.4,
        before: labelsAbove(map),
      });
      this.#addBlock('picked-building-block', building);
    }
    map.addSource(PLACE, { type: 'geojson', data: NO_FEATURES });
    map.addLayer({
      id: PLACE,
      type: 'circle',
      source: PLACE,
      paint: {
        'circle-radius': 15 * growth(),
        'circle-color': 'rgba(0,0,0,0)',
        'circle-stroke-color': colours.text,
        'circle-stroke-width': 1.5,
      },
    });
  }

  /**
   * @param {string} id
   * @param {{source: string, sourceLayer: string}} from
   * @param {{colour: string, opacity: number, before: string | undefined}} look
   */
  #addPair(id, { source, sourceLayer }, { colour, opacity, before }) {
    const shared = { source, 'source-layer': sourceLayer, filter: NOTHING };
    this.#map.addLayer(
      { id, type: 'fill', ...shared, paint: { 'fill-color': colour, 'fill-opacity': opacity } },
      before,
    );
    this.#map.addLayer(
      {
        id: `${id}-edge`,
        type: 'line',
        ...shared,
        paint: { 'line-color': colour, 'line-width': 2 },
      },
      labelsAbove(this.#map),
    );
  }

  /**
   * The selected building as a block, where the style draws blocks.
   * @param {string} id
   * @param {{source: string, sourceLayer: string}} from
   */
  #addBlock(id, { source, sourceLayer }) {
    const block = styleLayersOf(this.#map, sourceLayer)
      .map((name) => this.#map.getLayer(name))
      .find((layer) => layer?.type === 'fill-extrusion');
    if (!block) return;
    this.#map.addLayer(
      {
        id,
        type: 'fill-extrusion',
        source,
        'source-layer': sourceLayer,
        minzoom: block.minzoom ?? 0,
        filter: NOTHING,
        paint: {
          'fill-extrusion-height': this.#map.getPaintProperty(block.id, 'fill-extrusion-height'),
          'fill-extrusion-color': '#3b8fab',
          'fill-extrusion-opacity': 0.9,
        },
      },
      labelsAbove(this.#map),
    );
  }

  /** @param {string} id @param {Filter} filter */
  #filter(id, filter) {
    for (const layer of [id, `${id}-edge`, `${id}-block`]) {
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
    if (at)
      this.#setPlace([
        { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: at } },
      ]);
  }

  /** Takes all marks away. */
  clear() {
    this.#filter('picked-grid', NOTHING);
    this.#filter('picked-building', NOTHING);
    this.#setPlace([]);
  }

  /** @param {import('geojson').Feature[]} features */
  #setPlace(features) {
    showFeatures(this.#map, PLACE, features);
  }
}

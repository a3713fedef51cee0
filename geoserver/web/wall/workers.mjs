import { MovingUnits } from '../shared/movers.mjs';
import { NO_FEATURES } from './map.mjs';
import { growing } from './overlays.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('maplibre-gl').GeoJSONSource} GeoJSONSource */

const SOURCE = 'live-positions';

/** A unit that has not been heard of for a while is drawn faint. */
export const STALE_FAINTER = /** @type {import('maplibre-gl').ExpressionSpecification} */ ([
  'case',
  ['boolean', ['get', 'stale'], false],
  0.35,
  1,
]);

/** Workers and vehicles on the map, moving as their positions come in. */
export class Workers {
  #map;
  #units = new MovingUnits();
  #drawing = false;
  #isEmpty = true;

  /**
   * @param {Map} map
   */
  constructor(map) {
    this.#map = map;
    map.addSource(SOURCE, { type: 'geojson', data: NO_FEATURES });
    this.#addLayer('over-worker', 'worker', 0.8, ['!=', ['get', 'layer'], 'resource']);
    this.#addLayer('over-resource', 'vehicle', 0.75, ['==', ['get', 'layer'], 'resource']);
    map.on('style.load', () => {
      this.#units.redraw(); // the graphics card was lost and is back
      this.#isEmpty = true;
      this.#draw();
    });
  }

  /**
   * @param {string} id
   * @param {string} icon
   * @param {number} size
   * @param {import('maplibre-gl').ExpressionSpecification} filter
   */
  #addLayer(id, icon, size, filter) {
    this.#map.addLayer({
      id,
      type: 'symbol',
      source: SOURCE,
      filter,
      layout: {
        'icon-image': icon,
        'icon-size': growing(size),
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
      paint: { 'icon-opacity': STALE_FAINTER },
    });
  }

  /**
   * Takes in a message of the topic "positions".
   * @param {import('../shared/movers.mjs').Batch & {reset?: boolean}} message
   */
  take(message) {
    if (message.reset) this.#units.clear();
    this.#units.take(message);
    this.#draw();
  }

  /** Draws what changed; while the map is at it, further changes gather for the next turn. */
  async #draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      await this.#drawAll();
    } finally {
      this.#drawing = false;
    }
  }

  async #drawAll() {
    for (;;) {
      const source = /** @type {GeoJSONSource | undefined} */ (this.#map.getSource(SOURCE));
      const next = source && this.#units.difference();
      if (!next) return;
      if (this.#isEmpty) await source.setData({ type: 'FeatureCollection', features: next.add });
      else await source.updateData(next);
      this.#isEmpty = false;
    }
  }
}

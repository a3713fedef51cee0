import { byId } from '../shared/elements.mjs';
import { getJson } from '../shared/api.mjs';
import { colours } from '../shared/colours.mjs';
import { HOT_DAYS, hotNote } from './hotwords.mjs';
import { groundBelow, labelsAbove, sourceOf } from './map.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').Hotspots} Hotspots */

/** Grids with significantly many cases, drawn amber. */
export class HotspotLayer {
  #map;
  #on = false;
  /** @type {Promise<Hotspots> | null} */
  #answer = null;

  /**
   * @param {Map} map
   * @param {(total: number) => void} onCount told how many hot grids there are
   * @param {(message: string) => void} onFault
   */
  constructor(map, onCount, onFault) {
    this.#map = map;
    this.onCount = onCount;
    this.onFault = onFault;
  }

  /** @param {boolean} on */
  async show(on) {
    this.#on = on;
    this.#setVisible(on);
    if (!on) return;
    this.#answer ??= getJson('/analysis/hotspots', {
      layer: 'event',
      level: 'grid',
      days: HOT_DAYS,
    });
    try {
      this.#draw(await this.#answer);
    } catch (fault) {
      this.#answer = null;
      this.onFault(`热点网格：${fault instanceof Error ? fault.message : fault}`);
    }
    this.#setVisible(this.#on);
  }

  /** Asks again at the next switch, as after cases changed. */
  forget() {
    this.#answer = null;
  }

  /** @param {Hotspots} answer */
  #draw(answer) {
    const codes = answer.cells.filter((cell) => cell.class === 'hot').map((cell) => cell.code);
    this.onCount(codes.length);
    byId('hot-note').textContent = hotNote(codes.length, answer);
    const base = sourceOf(this.#map, 'grid');
    if (!base) return;
    /** @type {import('maplibre-gl').FilterSpecification} */
    const filter = ['in', ['get', 'code'], ['literal', codes]];
    if (this.#map.getLayer('hot-fill')) {
      for (const id of ['hot-fill', 'hot-edge']) this.#map.setFilter(id, filter);
      return;
    }
    const shared = { source: base.source, 'source-layer': base.sourceLayer, filter };
    this.#map.addLayer(
      {
        id: 'hot-fill',
        type: 'fill',
        ...shared,
        paint: { 'fill-color': colours.hot, 'fill-opacity': 0.2 },
      },
      groundBelow(this.#map),
    );
    this.#map.addLayer(
      {
        id: 'hot-edge',
        type: 'line',
        ...shared,
        paint: { 'line-color': colours.hot, 'line-width': 1.6, 'line-opacity': 0.85 },
      },
      labelsAbove(this.#map),
    );
  }

  /** @param {boolean} on */
  #setVisible(on) {
    byId('hot-note').hidden = !on || !byId('hot-note').textContent;
    for (const id of ['hot-fill', 'hot-edge']) {
      if (this.#map.getLayer(id)) {
        this.#map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
      }
    }
  }
}

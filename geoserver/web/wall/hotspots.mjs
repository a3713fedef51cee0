import { byId } from '../shared/elements.mjs';
import { getJson } from '../shared/api.mjs';
import { colours } from '../shared/colours.mjs';
import { sourceOf } from './map.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').Hotspots} Hotspots */

export const HOT_DAYS = 30;

/** Chinese words of the null models that the statistics can use. */
const NULL_MODELS = /** @type {Record<string, string>} */ ({
  conditional_permutation: '条件置换',
  conditional: '条件置换',
  permutation: '置换',
});

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
    this.#answer ??= getJson('/analysis/hotspots', { layer: 'event', level: 'grid', days: HOT_DAYS });
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
    const before = this.#map.getLayer('over-event') ? 'over-event' : undefined;
    this.#map.addLayer(
      {
        id: 'hot-fill',
        type: 'fill',
        ...shared,
        paint: { 'fill-color': colours.hot, 'fill-opacity': 0.22 },
      },
      before,
    );
    this.#map.addLayer(
      {
        id: 'hot-edge',
        type: 'line',
        ...shared,
        paint: { 'line-color': colours.hot, 'line-width': 1.6, 'line-opacity': 0.85 },
      },
      before,
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

/**
 * What the amber means, in one sentence.
 * @param {number} hot
 * @param {Pick<Hotspots, 'null_model' | 'draws' | 'family' | 'p_min'>} answer
 */
export function hotNote(hot, { null_model, draws, family, p_min }) {
  const found = hot === 0 ? `近 ${HOT_DAYS} 天未发现热点` : `近 ${HOT_DAYS} 天热点 ${hot} 处`;
  const model = NULL_MODELS[null_model] ?? null_model;
  return (
    `${found}。${family.toLocaleString('zh-CN')} 个网格，${model} ` +
    `${draws.toLocaleString('zh-CN')} 次，已控制误报率，最小可达 p ${Number(p_min.toPrecision(2))}`
  );
}

import { element, byId } from '../shared/elements.mjs';
import { iconElement } from '../shared/icons.mjs';
import { count } from '../shared/format.mjs';
import { OVERLAYS, overlayLayers } from './overlays.mjs';
import { growth } from '../shared/screen.mjs';
import { grownLayer } from './growth.mjs';
import { styleLayersOf } from './map.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').City} City */
/** @typedef {import('./overlays.mjs').Overlay} Overlay */

/** The layer tree: what may be switched, how many there are, and the sign each has on the map. */
export class LayerTree {
  #map;
  /** @type {globalThis.Map<string, HTMLElement>} */
  #counts = new globalThis.Map();
  /** @type {globalThis.Map<string, string[]>} */
  #styleLayers = new globalThis.Map();

  /**
   * @param {Map} map
   * @param {City} city
   * @param {(title: string, on: boolean) => void} onSwitch told when a person switches a layer
   */
  constructor(map, city, onSwitch) {
    this.#map = map;
    this.onSwitch = onSwitch;
    for (const overlay of OVERLAYS) {
      const entry = city.layers.find((layer) => layer.name === overlay.name);
      if (!entry || (entry.count === 0 && overlay.name !== 'event')) continue;
      this.#draw(overlay);
      this.addRow({
        name: overlay.name,
        icon: overlay.icon,
        title: entry.title_zh,
        english: entry.title_en,
        total: this.#total(city, entry),
        on: overlay.on,
        apply: (on) => this.#show(overlay.name, on),
      });
    }
  }

  /**
   * How many there are; of grids the basic ones, not all levels together.
   * @param {City} city
   * @param {import('../shared/answers.mjs').LayerEntry} entry
   */
  #total(city, { name, count: all }) {
    if (name === 'event') return null; // open cases, told with the figures of the day
    const basic = city.levels.find((level) => level.level === 'grid');
    return name === 'grid' && basic ? basic.count : all;
  }

  /**
   * Adds a row for something switched by `apply`.
   * @param {{name: string, icon: string, title: string, english: string, total: number | null,
   *   on: boolean, apply: (on: boolean) => void}} row
   */
  addRow({ name, icon, title, english, total, on, apply }) {
    const box = element('input', { type: 'checkbox', checked: on });
    const number = element('span', { className: 'number' }, total === null ? '' : count(total));
    box.addEventListener('change', () => {
      apply(box.checked);
      this.onSwitch(title, box.checked);
    });
    this.#counts.set(name, number);
    const label = element('label', { title: english }, box, iconElement(icon), title, number);
    byId('layers').append(element('li', { data: { layer: name } }, label));
    apply(on);
  }

  /**
   * Shows how many there are.
   * @param {string} name
   * @param {number} total
   */
  setCount(name, total) {
    const cell = this.#counts.get(name);
    if (cell) cell.textContent = count(total);
  }

  /**
   * Tells which style layers a live overlay is drawn by.
   * @param {string} name
   * @param {string[]} styleLayers
   */
  bind(name, styleLayers) {
    this.#styleLayers.set(name, styleLayers);
    const box = byId('layers').querySelector(`[data-layer="${name}"] input`);
    this.#show(name, box instanceof HTMLInputElement && box.checked);
  }

  /** @param {Overlay} overlay */
  #draw(overlay) {
    if (overlay.drawn === 'base') {
      this.#styleLayers.set(overlay.name, styleLayersOf(this.#map, overlay.name));
    }
    if (overlay.drawn !== 'tiles') return;
    const source = `over-${overlay.name}`;
    this.#map.addSource(source, { type: 'vector', url: `/tiles/${overlay.name}.json` });
    const layers = overlayLayers(overlay, source);
    for (const layer of layers) this.#map.addLayer(grownLayer(layer, growth()));
    this.#styleLayers.set(
      overlay.name,
      layers.map((layer) => layer.id),
    );
  }

  /** @param {string} name @param {boolean} on */
  #show(name, on) {
    for (const id of this.#styleLayers.get(name) ?? []) {
      this.#map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
    }
  }
}

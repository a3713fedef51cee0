import { byId, element } from '../shared/elements.mjs';
import { getJson, latestOnly } from '../shared/api.mjs';
import { buildingCard, cardHead, caseCard, gridCard, plainCard } from './cards.mjs';
import { distance } from '../shared/format.mjs';
import { styleLayersOf } from './map.mjs';
import { unitAtZoom } from './zoomlevels.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').LonLat} LonLat */
/** @typedef {[string, ...Node[]]} Card */
/**
 * @typedef {object} Wiring
 * @property {Map} map
 * @property {import('./words.mjs').Words} words
 * @property {import('../shared/format.mjs').Moments} moments
 * @property {import('./highlight.mjs').Highlight} highlight
 * @property {(id: number | null) => void} onCase told which case has its card open
 * @property {(at: LonLat, title: string) => void} onWar asked to open war-time at a place
 * @property {(text: string) => void} say
 */

const POINT_LAYERS = [
  'event',
  'worker',
  'resource',
  'camera',
  'facility',
  'component',
  'organisation',
  'sensor',
  'hazard',
];

/** What is selected on the map, and its card. */
export class Selection {
  #wiring;
  #box = byId('card');
  #open = latestOnly((signal, /** @type {(signal: AbortSignal) => Promise<Card>} */ make) =>
    make(signal),
  );

  /** @param {Wiring} wiring */
  constructor(wiring) {
    this.#wiring = wiring;
  }

  /**
   * Selects what is drawn at a point of the map: a sign first, then a building, then the grid.
   * @param {import('maplibre-gl').Point} point
   * @param {LonLat} at
   */
  async pick(point, at) {
    const { map } = this.#wiring;
    const reach = 5;
    /** @type {[[number, number], [number, number]]} */
    const box = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const signs = POINT_LAYERS.map((name) => `over-${name}`).filter((id) => map.getLayer(id));
    const sign = map.queryRenderedFeatures(box, { layers: signs })[0];
    if (sign) return this.#openSign(sign);
    const building = map.queryRenderedFeatures(point, {
      layers: styleLayersOf(map, 'building'),
    })[0];
    if (building?.id !== undefined) return this.openBuilding(Number(building.id));
    return this.openPlace(at);
  }

  /** @param {import('maplibre-gl').MapGeoJSONFeature} feature */
  #openSign(feature) {
    const layer = feature.layer.id.replace('over-', '');
    const at =
      feature.geometry.type === 'Point'
        ? /** @type {LonLat} */ (feature.geometry.coordinates)
        : null;
    if (layer === 'event') return this.openCase(Number(feature.id));
    this.#wiring.highlight.place(at);
    this.#wiring.onCase(null);
    if (layer === 'worker' || layer === 'resource') {
      const unit = /** @type {any} */ (feature.properties);
      return this.#show((signal) => this.#unitCard(signal, unit));
    }
    return this.#show(async () => this.#signCard(layer, feature.properties));
  }

  /**
   * @param {AbortSignal} signal
   * @param {{layer: string, item: number, kind: string, state: string, stale: boolean}} unit
   * @returns {Promise<Card>}
   */
  async #unitCard(signal, { layer, item, kind, state, stale }) {
    const { words } = this.#wiring;
    /** @type {import('../shared/answers.mjs').Item} */
    const { properties: p } = await getJson(`/collections/${layer}/items/${item}`, {}, { signal });
    return plainCard({
      title: [p.name ?? p.code, words.unit(kind)].filter(Boolean).join(' · '),
      rows: [
        ['编号', p.code],
        ['状态', words.of(layer, 'state', state)],
        ['定位', stale ? '已过期' : '实时'],
        ['单位', p.organisation ?? p.owner],
      ],
    });
  }

  /** @param {string} layer @param {Record<string, any>} p @returns {Card} */
  #signCard(layer, p) {
    const { words } = this.#wiring;
    return plainCard({
      title: p.name ?? words.of(layer, 'kind', p.kind) ?? layer,
      rows: [
        ['种类', words.of(layer, 'kind', p.kind)],
        ['类别', words.of(layer, 'class4', p.class4)],
        ['状态', words.of(layer, 'state', p.state)],
        ['朝向', typeof p.bearing_deg === 'number' ? `${Math.round(p.bearing_deg)}°` : null],
        ['可视距离', typeof p.range_m === 'number' ? distance(p.range_m) : null],
      ],
    });
  }

  /** @param {number} id */
  openCase(id) {
    const { words, moments, onCase, highlight, map, onWar } = this.#wiring;
    onCase(id);
    return this.#show(async (signal) => {
      /** @type {import('../shared/answers.mjs').Item} */
      const item = await getJson(`/collections/event/items/${id}`, {}, { signal });
      const [title, ...body] = caseCard(item, { words, moments, now: Date.now() });
      if (item.geometry?.type === 'Point') {
        const at = /** @type {LonLat} */ (item.geometry.coordinates);
        highlight.place(at);
        if (!map.getBounds().contains(at)) map.easeTo({ center: at });
        const go = element(
          'button',
          { type: 'button', className: 'go', title: 'War-time mode here' },
          '转入战时',
        );
        go.addEventListener('click', () =>
          onWar(at, [title, item.properties.address].filter(Boolean).join(' ')),
        );
        body.push(go);
      }
      return [title, ...body];
    });
  }

  /** @param {number} id */
  openBuilding(id) {
    this.#wiring.onCase(null);
    this.#wiring.highlight.building(id);
    return this.#show(async (signal) =>
      buildingCard(await getJson(`/buildings/${id}/summary`, {}, { signal }), this.#wiring.words),
    );
  }

  /** @param {LonLat} at */
  openPlace([lon, lat]) {
    const { map, words, highlight, onCase } = this.#wiring;
    onCase(null);
    return this.#show(async (signal) => {
      /** @type {{chain: import('../shared/answers.mjs').ChainLink[], reason?: string}} */
      const located = await getJson('/locate', { lon, lat }, { signal });
      const unit = unitAtZoom(located.chain, map.getZoom());
      highlight.grid(unit?.code ?? null);
      if (!unit) return plainCard({ title: '城区之外', rows: [['说明', '此处不在任何网格内']] });
      return gridCard(
        await getJson(`/grids/${encodeURIComponent(unit.code)}/summary`, {}, { signal }),
        words,
      );
    });
  }

  /** Closes the card. */
  clear() {
    this.#open(async () => ['']);
    this.#box.hidden = true;
    this.#wiring.highlight.clear();
    this.#wiring.onCase(null);
  }

  /** True while a card is open. */
  get isOpen() {
    return !this.#box.hidden;
  }

  /** @param {(signal: AbortSignal) => Promise<Card>} make */
  async #show(make) {
    /** @type {Card | null} */
    let card;
    try {
      card = await this.#open(make);
    } catch (fault) {
      card = plainCard({
        title: '无法显示',
        rows: [['原因', fault instanceof Error ? fault.message : String(fault)]],
      });
    }
    if (card === null) return;
    const [title, ...body] = card;
    this.#box.replaceChildren(
      cardHead(title, () => this.clear()),
      ...body,
    );
    this.#box.hidden = false;
    this.#wiring.say(`已选中 ${title}`);
  }
}

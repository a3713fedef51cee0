import { byId } from '../shared/elements.mjs';
import { getJson, latestOnly } from '../shared/api.mjs';
import { circleBounds } from '../shared/spheres.mjs';
import { growth, remPixels, wantsLessMotion } from '../shared/screen.mjs';
import { grownLayer } from './growth.mjs';
import { NO_FEATURES, showFeatures, styleLayersOf } from './map.mjs';
import { FONT } from './overlays.mjs';
import { RADII_M, sceneFeatures, sceneLayers } from './rings.mjs';
import { STALE_FAINTER } from './workers.mjs';
import { impactCard, nearestCard, showCovering } from './scenecards.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').LonLat} LonLat */
/** @typedef {import('../shared/answers.mjs').Nearest} Nearest */
/** @typedef {import('../shared/answers.mjs').Around} Around */
/** @typedef {'peace' | 'aiming' | 'war'} Mode */

const SOURCE = 'scene';
const UNITS = 10;

/** Signs that step back while a scene is shown: units on the way have their own numbers. */
const UNRELATED = ['event', 'worker', 'resource', 'facility', 'component'].map((n) => `over-${n}`);

/** @param {string} id */
const peace = (id) => (/worker|resource/.test(id) ? STALE_FAINTER : 1);

/** War-time mode: a scene, who can be there first, what is around it. */
export class WarRoom {
  /** @type {Mode} */
  #mode = 'peace';
  #wiring;
  /** @type {[string, any][]} style layers of grid borders with the opacity they have in peace */
  #borders;
  #ask = latestOnly((signal, /** @type {LonLat} */ [lon, lat]) =>
    Promise.all([
      getJson('/dispatch/nearest', { lon, lat, k: UNITS }, { signal }),
      getJson('/dispatch/around', { lon, lat, rings: RADII_M.join(',') }, { signal }),
    ]),
  );

  /**
   * @param {{map: Map, views: import('./cameras.mjs').CameraViews,
   *   words: import('./words.mjs').Words, say: (text: string) => void,
   *   onFault: (message: string) => void}} wiring
   */
  constructor(wiring) {
    this.#wiring = wiring;
    const { map } = wiring;
    map.addSource(SOURCE, { type: 'geojson', data: NO_FEATURES });
    for (const layer of sceneLayers(SOURCE, FONT)) map.addLayer(grownLayer(layer, growth()));
    this.#borders = styleLayersOf(map, 'grid')
      .filter((id) => map.getLayer(id)?.type === 'line' && !/^(hot|picked)/.test(id))
      .map((id) => /** @type {[string, any]} */ ([id, map.getPaintProperty(id, 'line-opacity')]));
    this.#show(false);
    byId('mode').addEventListener('click', () => this.toggle());
  }

  get mode() {
    return this.#mode;
  }

  /** From peace to choosing a place; from anything else back to peace. */
  toggle() {
    if (this.#mode === 'peace') this.#enter('aiming', '战时 · 待定位');
    else this.end();
  }

  /** Back to peace: everything that war-time drew goes. */
  end() {
    this.#enter('peace', '平时');
    this.#show(false);
    this.#wiring.views.keep([]);
    for (const id of ['nearest', 'impact', 'covering']) byId(id).hidden = true;
    this.#wiring.say('已结束战时');
  }

  /**
   * Opens war-time at a place.
   * @param {LonLat} scene
   * @param {string} [title] what happened there
   */
  async open(scene, title) {
    const { map, onFault } = this.#wiring;
    this.#enter('war', title ? `战时 · ${title}` : '战时');
    this.#draw(scene, []);
    map.fitBounds(circleBounds(scene, RADII_M[2]), {
      padding: this.#padding(),
      pitch: 0,
      animate: !wantsLessMotion(),
    });
    try {
      const answers = await this.#ask(scene);
      if (answers && this.#mode === 'war') this.#answer(scene, answers[0], answers[1], title);
    } catch (fault) {
      onFault(`战时查询：${fault instanceof Error ? fault.message : fault}`);
    }
  }

  /** Room to leave around the scene for the cards, where the map is wide enough for both. */
  #padding() {
    const { clientWidth: width } = this.#wiring.map.getContainer();
    const rem = remPixels();
    const beside =
      width > 70 * rem ? { left: 23 * rem, right: 19.5 * rem } : { left: rem, right: rem };
    return { top: 1.5 * rem, bottom: 4.5 * rem, ...beside };
  }

  /** @param {LonLat} scene @param {Nearest} nearest @param {Around} around @param {string} [title] */
  #answer(scene, nearest, around, title) {
    const { words, views, say } = this.#wiring;
    this.#draw(scene, nearest.units);
    nearestCard(nearest, words);
    impactCard(around);
    showCovering(around.cameras);
    views.keep(
      around.cameras
        .filter((camera) => camera.sees && typeof camera.bearing === 'number')
        .map((camera) => ({
          at: /** @type {LonLat} */ ([camera.lon, camera.lat]),
          bearing: Number(camera.bearing),
          fov: camera.fov_deg ?? 60,
          range: camera.range_m ?? Math.max(30, camera.distance_m),
        })),
    );
    const place = title ?? around.chain.at(-1)?.name;
    byId('mode').textContent = place ? `战时 · ${place}` : '战时';
    const first = nearest.units[0];
    say(
      first
        ? `战时：最近力量 ${first.name}，共 ${nearest.units.length} 个`
        : '战时：附近没有可用力量',
    );
  }

  /** @param {LonLat} scene @param {readonly import('../shared/answers.mjs').Unit[]} units */
  #draw(scene, units) {
    showFeatures(this.#wiring.map, SOURCE, sceneFeatures(scene, units));
    this.#show(true);
  }

  /** @param {boolean} on */
  #show(on) {
    for (const { id } of sceneLayers(SOURCE, FONT)) {
      this.#wiring.map.setLayoutProperty(id, 'visibility', on ? 'visible' : 'none');
    }
    this.#dim(on);
  }

  /** @param {boolean} on */
  #dim(on) {
    const { map } = this.#wiring;
    for (const id of UNRELATED.filter((layer) => map.getLayer(layer))) {
      map.setPaintProperty(id, 'icon-opacity', on ? 0.35 : peace(id));
    }
    for (const [id, opacity] of this.#borders) {
      map.setPaintProperty(id, 'line-opacity', on ? 0.18 : opacity);
    }
  }

  /** @param {Mode} mode @param {string} label */
  #enter(mode, label) {
    this.#mode = mode;
    const button = byId('mode');
    button.textContent = label;
    button.setAttribute('aria-pressed', String(mode !== 'peace'));
    byId('aim').hidden = mode !== 'aiming';
    document.body.classList.toggle('aiming', mode === 'aiming');
    document.body.classList.toggle('war', mode === 'war');
    if (mode === 'aiming') this.#wiring.say('战时：请在地图上点选现场');
  }
}

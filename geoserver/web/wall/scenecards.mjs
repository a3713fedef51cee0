import { byId, element } from '../shared/elements.mjs';
import { ago, compass, count, distance, stopwatch } from '../shared/format.mjs';
import { iconElement } from '../shared/icons.mjs';
import { chainLine } from './cards.mjs';
import { namedCounts, provenance } from './words.mjs';

/** @typedef {import('../shared/answers.mjs').Nearest} Nearest */
/** @typedef {import('../shared/answers.mjs').Around} Around */
/** @typedef {import('../shared/answers.mjs').CoveringCamera} CoveringCamera */
/** @typedef {import('./words.mjs').Words} Words */

const PASSED_SHOWN = 2;
const CAMERAS_SHOWN = 6;

/**
 * Who can be there first, with the reason; below them who is nearer but was passed over.
 * @param {Nearest} nearest
 * @param {Words} words
 */
export function nearestCard(nearest, words) {
  const rows = nearest.units.map((unit, i) =>
    element(
      'li',
      {},
      element('span', { className: 'rank' }, String(i + 1)),
      element(
        'span',
        {},
        `${unit.name} · ${words.unit(unit.kind)}`,
        element('em', {}, unitLine(unit)),
      ),
      element('b', {}, stopwatch(unit.travel_time_s), element('em', {}, distance(unit.distance_m))),
    ),
  );
  const last = nearest.units.at(-1)?.travel_time_s ?? Infinity;
  const passed = nearest.rejected
    .filter((unit) => unit.travel_time_s === null || unit.travel_time_s <= last)
    .slice(0, PASSED_SHOWN)
    .map((unit) => passedRow(unit, words));
  if (rows.length === 0) rows.push(element('li', {}, '附近没有可用力量'));
  const isRoad = nearest.method === 'road';
  byId('nearest').replaceChildren(
    element(
      'header',
      {},
      element(
        'h3',
        { title: 'Nearest units' },
        isRoad ? '最近力量 · 路网时间' : '最近力量 · 直线估算',
      ),
      element('span', { className: 'side' }, isRoad ? '' : '无路网'),
    ),
    element('ol', { className: 'units' }, ...rows, ...passed),
    element('p', { className: 'note' }, provenance(nearest)),
  );
  byId('nearest').hidden = false;
}

/** @param {import('../shared/answers.mjs').Unit} unit */
function unitLine(unit) {
  const parts = [unit.reason];
  if (unit.position_age_s !== null) parts.push(`位置 ${ago(unit.position_age_s)}`);
  return parts.filter(Boolean).join(' · ');
}

/** @param {import('../shared/answers.mjs').Rejected} unit @param {Words} words */
function passedRow(unit, words) {
  return element(
    'li',
    { className: 'passed' },
    element('span', { className: 'rank' }, '–'),
    element(
      'span',
      {},
      `${unit.name} · ${words.unit(unit.kind)} · 未选`,
      element('em', {}, unit.reason),
    ),
    element('b', {}, unit.travel_time_s === null ? '—' : stopwatch(unit.travel_time_s)),
  );
}

/**
 * What lies within the rings, one column per ring.
 * @param {Around} around
 */
export function impactCard(around) {
  const head = element(
    'tr',
    {},
    element('th', {}, ''),
    ...around.rings.map((ring) => element('th', { scope: 'col' }, distance(ring.radius_m))),
  );
  const rows = namedCounts(around.rings[0] ?? {}).map(({ name, word }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, word),
      ...around.rings.map((ring) => element('td', {}, count(ring[name]))),
    ),
  );
  byId('impact').replaceChildren(
    element('h3', { title: 'What lies around' }, '影响范围'),
    chainLine(around.chain),
    element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows)),
    element('p', { className: 'note' }, provenance(around)),
  );
  byId('impact').hidden = false;
}

/** @param {CoveringCamera} camera */
function cameraLine({ sees, bearing }) {
  const facing = typeof bearing === 'number' ? `朝${compass(bearing)}` : '朝向未登记';
  return `${sees ? '可见现场' : '看不到现场'} · ${facing}`;
}

/**
 * Cameras around the scene: those that look at it first, then by distance.
 * @param {readonly CoveringCamera[]} cameras
 */
export function showCovering(cameras) {
  const sorted = [...cameras].sort(
    (a, b) => Number(b.sees) - Number(a.sees) || a.distance_m - b.distance_m,
  );
  const rows = sorted
    .slice(0, CAMERAS_SHOWN)
    .map((camera) =>
      element(
        'li',
        { className: camera.sees ? '' : 'away' },
        iconElement('camera'),
        element('span', {}, camera.name),
        element('span', {}, distance(camera.distance_m)),
        element('em', {}, cameraLine(camera)),
      ),
    );
  if (rows.length === 0)
    rows.push(element('li', {}, element('span'), element('span', {}, '附近没有登记的摄像头')));
  byId('cameras').replaceChildren(...rows);
  byId('covering').hidden = false;
}

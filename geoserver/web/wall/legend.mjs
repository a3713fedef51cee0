import { byId, element } from '../shared/elements.mjs';
import { iconElement } from '../shared/icons.mjs';
import { distance } from '../shared/format.mjs';
import { niceScale } from './scale.mjs';

/** @typedef {import('./map.mjs').Map} Map */
/** @typedef {import('../shared/answers.mjs').City} City */

/** @type {[string, string][]} */
const STATES = [
  ['done', '已办结'],
  ['progress', '办理中'],
  ['late', '超时或临期'],
];

/**
 * The line at the foot of the map: shapes with words, scale bar, approval number, sources.
 * @param {Map} map
 * @param {City} city
 */
export function showLegend(map, city) {
  const bar = element('i');
  const length = element('span', {});
  const signs = STATES.map(([icon, word]) => element('span', {}, iconElement(icon), word));
  const parts = [...signs, element('span', { className: 'scale' }, length, bar)];
  if (city.map_approval) {
    const named = city.map_approval.includes('审图号') ? '' : '审图号 ';
    parts.push(element('span', {}, named + city.map_approval));
  }
  if (city.attribution) parts.push(element('span', {}, city.attribution));
  byId('legend').replaceChildren(...parts);
  const measure = () => {
    const scale = niceScale(
      map.getCenter().lat,
      map.getZoom(),
      map.getContainer().clientWidth / 10,
    );
    length.textContent = distance(scale.metres);
    bar.style.width = `${scale.pixels}px`;
  };
  map.on('move', measure);
  measure();
}

import { byId, element } from '../shared/elements.mjs';
import { count, share } from '../shared/format.mjs';

/**
 * Share of cases closed on time per street, best first, streets with nothing due last.
 * @param {import('../shared/answers.mjs').Overview} figures
 */
export function showStreets({ by_street: streets, period_days: days }) {
  byId('streets-title').textContent = `各街道按期办结 · ${days} 天`;
  const ranked = streets
    .map((street) => ({
      ...street,
      part: street.due > 0 ? street.closed_on_time / street.due : -1,
    }))
    .sort((a, b) => b.part - a.part || a.code.localeCompare(b.code));
  const rows = ranked.map((street) =>
    element(
      'li',
      { title: `${count(street.closed_on_time)} / ${count(street.due)} 应结` },
      element('span', {}, street.name),
      element('meter', {
        min: 0,
        max: 1,
        value: Math.max(0, street.part),
        'aria-label': street.name,
      }),
      element(
        'span',
        { className: 'number' },
        street.due > 0 ? share(street.closed_on_time, street.due).replace('%', '') : '—',
      ),
    ),
  );
  if (rows.length === 0) rows.push(element('li', { className: 'empty' }, '尚无街道网格'));
  byId('streets').replaceChildren(...rows);
}

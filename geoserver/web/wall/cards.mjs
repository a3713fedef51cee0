import { element } from '../shared/elements.mjs';
import { count, remaining } from '../shared/format.mjs';
import { namedCounts, provenance } from './words.mjs';

/** @typedef {import('../shared/answers.mjs').ChainLink} ChainLink */
/** @typedef {import('../shared/answers.mjs').Item} Item */
/** @typedef {import('./words.mjs').Words} Words */

/**
 * Head of a card: title and a button that closes it.
 * @param {string} title
 * @param {() => void} onClose
 */
export function cardHead(title, onClose) {
  const close = element(
    'button',
    { type: 'button', className: 'close', title: '关闭 (Esc)', 'aria-label': '关闭' },
    '×',
  );
  close.addEventListener('click', onClose);
  return element('header', {}, element('h3', {}, title), close);
}

/**
 * The chain of units a place lies in, from wide to narrow; the city itself goes without saying.
 * @param {readonly ChainLink[]} chain
 */
export function chainLine(chain) {
  const below = chain.filter((link) => link.level !== 'city' || chain.length === 1);
  const text = chain.length === 0 ? '不在任何网格内' : below.map((link) => link.name).join(' · ');
  return element('p', { className: 'chain' }, text);
}

/**
 * Rows of name and value; rows without a value are left out.
 * @param {readonly [string, string | null | undefined][]} rows
 */
function factList(rows) {
  const cells = rows
    .filter(([, value]) => value)
    .flatMap(([name, value]) => {
      const isText = !/^[\d,.]+( \S+)?$/.test(String(value));
      return [
        element('dt', {}, name),
        element('dd', { className: isText ? 'text' : '' }, String(value)),
      ];
    });
  return element('dl', {}, ...cells);
}

/** @param {number | null | undefined} n @param {string} unit */
const measure = (n, unit) => (n === null || n === undefined ? null : `${count(n)} ${unit}`);

/**
 * @param {import('../shared/answers.mjs').BuildingSummary} building
 * @param {Words} words
 * @returns {[string, ...Node[]]} title and body
 */
export function buildingCard(building, words) {
  return [
    building.name || building.address || '楼栋',
    chainLine(building.chain),
    factList([
      ['地址', building.address],
      ['用途', words.of('building', 'use', building.use)],
      ['层数', measure(building.floors, '层')],
      ['单元', building.units ? measure(building.units, '个') : null],
      ['住户', measure(building.households, '户')],
      ['人口', measure(building.people, '人')],
    ]),
    element('p', { className: 'note' }, provenance(building)),
  ];
}

/**
 * @param {import('../shared/answers.mjs').GridSummary} grid
 * @param {Words} words
 * @returns {[string, ...Node[]]} title and body
 */
export function gridCard(grid, words) {
  return [
    grid.name,
    chainLine(grid.chain),
    factList([
      ['层级', words.level(grid.level)],
      ['编码', grid.code],
      ...namedCounts(grid.counts).map(
        ({ word, value }) => /** @type {[string, string]} */ ([word, count(value)]),
      ),
    ]),
    element('p', { className: 'note' }, provenance(grid)),
  ];
}

/**
 * @param {Item} item of the layer `event`
 * @param {{words: Words, moments: import('../shared/format.mjs').Moments, now: number}} context
 * @returns {[string, ...Node[]]} title and body
 */
export function caseCard(item, { words, moments, now }) {
  const p = item.properties;
  /** @param {string} field */
  const when = (field) => {
    const ms = typeof p[field] === 'string' ? Date.parse(p[field]) : p[field];
    return typeof ms === 'number' && ms > 0 ? ms : null;
  };
  const [reported, deadline, closed] = ['reported_at', 'deadline_at', 'closed_at'].map(when);
  return [
    p.title ?? p.code,
    factList([
      ['编号', p.code],
      [
        '状态',
        `${words.of('event', 'colour', p.colour)}${p.state ? ` · ${words.of('event', 'state', p.state)}` : ''}`,
      ],
      ['地址', p.address],
      ['来源', words.of('event', 'source', p.source)],
      ['责任部门', words.of('event', 'department', p.department)],
      ['上报', reported && moments.short(reported, now)],
      ['办结', closed && moments.short(closed, now)],
      ['时限', !closed && deadline ? remaining(deadline, now) : null],
    ]),
  ];
}

/**
 * A card of any other item: its name and what it is.
 * @param {{title: string, rows: [string, string | null | undefined][]}} facts
 * @returns {[string, ...Node[]]} title and body
 */
export function plainCard({ title, rows }) {
  return [title, factList(rows)];
}

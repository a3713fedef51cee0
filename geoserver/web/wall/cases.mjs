import { byId, element } from '../shared/elements.mjs';
import { iconElement, iconOfColour } from '../shared/icons.mjs';
import { count, remaining, span } from '../shared/format.mjs';

/** @typedef {import('../shared/answers.mjs').CaseRow} CaseRow */

/** The order of the stream: red pinned on top by deadline, then the latest report first.
 * @param {CaseRow} a @param {CaseRow} b */
export function caseOrder(a, b) {
  const pinned = Number(b.colour === 'red') - Number(a.colour === 'red');
  if (pinned !== 0) return pinned;
  if (a.colour === 'red')
    return (
      (a.deadline_at ?? Infinity) - (b.deadline_at ?? Infinity) || b.reported_at - a.reported_at
    );
  return b.reported_at - a.reported_at;
}

/**
 * What the second line of a case says: state, time left or taken, grid.
 * @param {CaseRow} row
 * @param {string} state in Chinese
 * @param {number} now ms
 */
export function caseLine(row, state, now) {
  const parts = [state];
  if (row.colour === 'green') {
    if (row.closed_at) parts.push(`用时 ${span((row.closed_at - row.reported_at) / 1000)}`);
  } else if (row.deadline_at) parts.push(remaining(row.deadline_at, now));
  if (row.grid) parts.push(row.grid);
  return parts.filter(Boolean).join(' · ');
}

/** The stream of cases on the right. */
export class CaseStream {
  /** @type {readonly CaseRow[]} */
  #rows = [];
  /** @type {number | null} */
  #current = null;
  /** @type {Set<number>} */
  #announced = new Set();

  /**
   * @param {{words: import('./words.mjs').Words, moments: import('../shared/format.mjs').Moments,
   *   onPick: (id: number) => void, say: (text: string) => void}} wiring
   */
  constructor({ words, moments, onPick, say }) {
    this.words = words;
    this.moments = moments;
    this.onPick = onPick;
    this.say = say;
  }

  /**
   * @param {{recent: readonly CaseRow[], open: number}} figures
   * @param {number} now ms
   */
  show({ recent: rows, open }, now) {
    byId('cases-count').textContent = `未结 ${count(open)}`;
    const first = this.#announced.size === 0;
    const red = rows.filter((row) => row.colour === 'red' && !this.#announced.has(row.id));
    if (!first && red.length > 0)
      this.say(`新增红色事件：${red.map((row) => row.title).join('，')}`);
    this.#announced = new Set([
      0,
      ...rows.filter((row) => row.colour === 'red').map((row) => row.id),
    ]);
    this.#rows = [...rows].sort(caseOrder);
    this.#draw(now);
  }

  /** Marks the case that a card is open for. @param {number | null} id */
  mark(id) {
    this.#current = id;
    for (const button of byId('cases').querySelectorAll('button')) {
      button.setAttribute('aria-current', String(button.dataset.id === String(id)));
    }
  }

  /** @param {number} now ms */
  #draw(now) {
    const focused =
      document.activeElement instanceof HTMLElement ? document.activeElement.dataset.id : undefined;
    const items = this.#rows.map((row) => this.#item(row, now));
    if (items.length === 0) items.push(element('li', { className: 'empty' }, '今日暂无事件'));
    byId('cases').replaceChildren(...items);
    if (focused)
      /** @type {HTMLElement | null} */ (
        byId('cases').querySelector(`[data-id="${focused}"]`)
      )?.focus();
  }

  /** @param {CaseRow} row @param {number} now ms */
  #item(row, now) {
    const state = this.words.of('event', 'state', row.state);
    const title =
      row.title.includes('·') || !row.address ? row.title : `${row.title} · ${row.address}`;
    const button = element(
      'button',
      { type: 'button', data: { id: row.id }, 'aria-current': row.id === this.#current, title },
      iconElement(iconOfColour[row.colour] ?? 'progress'),
      element('strong', {}, title),
      element(
        'time',
        { dateTime: new Date(row.reported_at).toISOString() },
        this.moments.short(row.reported_at, now),
      ),
      element('em', {}, caseLine(row, state, now)),
    );
    button.addEventListener('click', () => this.onPick(row.id));
    return element('li', { className: row.colour }, button);
  }
}

import { byId, svgElement } from '../shared/elements.mjs';
import { remPixels } from '../shared/screen.mjs';
import { barsOf } from './bars.mjs';

/** @typedef {import('../shared/answers.mjs').Bin} Bin */

/** Cases of today per ten minutes, red at the foot of each bar, drawn to the pixel. */
export class Histogram {
  /** @type {readonly Bin[]} */
  #bins = [];
  #box = byId('histogram');

  /** @param {import('../shared/format.mjs').Moments} moments */
  constructor(moments) {
    this.moments = moments;
    new ResizeObserver(() => this.#draw()).observe(this.#box);
  }

  /** @param {readonly Bin[]} bins */
  show(bins) {
    this.#bins = bins;
    this.#draw();
  }

  #draw() {
    const { width, height } = this.#box.getBoundingClientRect();
    const total = this.#bins.reduce((sum, bin) => sum + bin.n, 0);
    const late = this.#bins.reduce((sum, bin) => sum + bin.red, 0);
    this.#box.setAttribute('aria-label', `今日事件 ${total} 件，其中超时或临期 ${late} 件`);
    if (total === 0 || width < 60) {
      this.#box.textContent = total === 0 ? '今日暂无事件' : '';
      return;
    }
    const em = remPixels();
    const foot = em * 1.05;
    const box = { width, height: height - foot, left: em * 1.9 };
    const { bars, ticks, top } = barsOf(this.#bins, box, (ms) => this.moments.minute(ms));
    const svg = svgElement('svg', { 'aria-hidden': 'true' });
    for (const bar of bars.filter(({ bin }) => bin.n > 0)) svg.append(...this.#bar(bar));
    const y = box.height + 0.5;
    svg.append(svgElement('line', { x1: box.left, x2: width, y1: y, y2: y }));
    for (const tick of ticks) {
      svg.append(svgElement('text', { x: tick.x, y: height - foot * 0.15 }, tick.label));
    }
    svg.append(svgElement('text', { x: 0, y: em * 0.7 }, String(top)));
    this.#box.replaceChildren(svg);
  }

  /** @param {import('./bars.mjs').Bar} bar */
  #bar({ x, width, y, height, redY, redHeight, bin }) {
    const words = `${this.moments.minute(bin.t)} 起 10 分钟：${bin.n} 件，红 ${bin.red} 件`;
    const title = svgElement('title', {}, words);
    const rect = svgElement('rect', { class: 'all', x, y, width, height }, title);
    if (bin.red === 0) return [rect];
    return [rect, svgElement('rect', { class: 'red', x, y: redY, width, height: redHeight })];
  }
}

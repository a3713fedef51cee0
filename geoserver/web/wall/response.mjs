import { byId, element } from '../shared/elements.mjs';
import { span } from '../shared/format.mjs';

/**
 * Medians from report to acceptance and from dispatch to arrival.
 * @param {import('../shared/answers.mjs').Overview} figures
 */
export function showResponse({ response, period_days: days }) {
  byId('response-title').textContent = `响应时间 · ${days} 天中位`;
  /** @type {[number | null | undefined, string, string][]} */
  const figures = [
    [response?.median_accept_s, '上报到受理', 'Report to acceptance'],
    [response?.median_arrive_s, '派遣到到场', 'Dispatch to arrival'],
  ];
  const known = figures.filter(([seconds]) => seconds !== null && seconds !== undefined);
  const shown = known.map(([seconds, words, english]) =>
    element(
      'div',
      { title: english },
      element('b', {}, span(Number(seconds))),
      element('span', {}, words),
    ),
  );
  byId('medians').replaceChildren(...(shown.length > 0 ? shown : ['暂无可计样本']));
}

import { byId, element } from '../shared/elements.mjs';
import { change, count, share } from '../shared/format.mjs';

/** @typedef {import('../shared/answers.mjs').Overview} Overview */

/**
 * The four key figures.
 * @param {Overview} figures
 * @returns {{word: string, english: string, value: string, note: string, isLate?: boolean}[]}
 */
export function keyFigures(figures) {
  const versus = change(figures.reported_today, figures.reported_same_day_last_week);
  return [
    {
      word: '今日上报',
      english: 'Reported today, against the same time last week',
      value: count(figures.reported_today),
      note: versus === null ? '上周无数据' : `较上周 ${versus}`,
    },
    {
      word: `按期办结 · ${figures.period_days} 天`,
      english: 'Closed on time, of those due',
      value: share(figures.closed_on_time, figures.due),
      note:
        figures.due > 0
          ? `${count(figures.closed_on_time)} / ${count(figures.due)} 应结`
          : `近 ${figures.period_days} 天无应结事件`,
    },
    {
      word: '可能超时',
      english: 'At risk of missing the deadline',
      value: count(figures.at_risk),
      note: `已超期 ${count(figures.overdue)}`,
      isLate: figures.at_risk > 0,
    },
    {
      word: '在岗网格员',
      english: 'Workers on duty',
      value: count(figures.on_duty),
      note:
        figures.on_duty_expected === null
          ? '无排班数据'
          : `应到 ${count(figures.on_duty_expected)}`,
    },
  ];
}

/** @param {Overview} figures */
export function showKeyFigures(figures) {
  const tiles = keyFigures(figures).map(({ word, english, value, note, isLate }) =>
    element(
      'div',
      { className: isLate ? 'late' : '', title: english },
      element('span', {}, word),
      element('b', {}, value),
      element('small', {}, note),
    ),
  );
  byId('kpi').replaceChildren(...tiles);
}

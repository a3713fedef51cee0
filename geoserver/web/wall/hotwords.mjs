/** @typedef {import('../shared/answers.mjs').Hotspots} Hotspots */

/** Days of cases that the hot-spot layer looks at. */
export const HOT_DAYS = 30;

/**
 * What the amber means, in one sentence.
 * @param {number} hot
 * @param {Pick<Hotspots, 'null_model' | 'draws' | 'family' | 'p_min'>} answer
 */
export function hotNote(hot, { null_model, draws, family, p_min }) {
  const found = hot === 0 ? `近 ${HOT_DAYS} 天未发现热点` : `近 ${HOT_DAYS} 天热点 ${hot} 处`;
  const model = /^conditional permutation/.test(null_model) ? '条件置换' : null_model;
  return (
    `${found}。${family.toLocaleString('zh-CN')} 个网格，${model}至多 ` +
    `${draws.toLocaleString('zh-CN')} 次，已控制误报率，最小可达 p ${Number(p_min.toPrecision(2))}`
  );
}

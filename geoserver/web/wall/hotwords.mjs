/** @typedef {import('../shared/answers.mjs').Hotspots} Hotspots */

/** Days of cases that the hot-spot layer looks at. */
export const HOT_DAYS = 30;

/** Chinese words of the null models that the statistics can use. */
const NULL_MODELS = /** @type {Record<string, string>} */ ({
  conditional_permutation: '条件置换',
  conditional: '条件置换',
  permutation: '置换',
});

/**
 * What the amber means, in one sentence.
 * @param {number} hot
 * @param {Pick<Hotspots, 'null_model' | 'draws' | 'family' | 'p_min'>} answer
 */
export function hotNote(hot, { null_model, draws, family, p_min }) {
  const found = hot === 0 ? `近 ${HOT_DAYS} 天未发现热点` : `近 ${HOT_DAYS} 天热点 ${hot} 处`;
  const model = NULL_MODELS[null_model] ?? null_model;
  return (
    `${found}。${family.toLocaleString('zh-CN')} 个网格，${model} ` +
    `${draws.toLocaleString('zh-CN')} 次，已控制误报率，最小可达 p ${Number(p_min.toPrecision(2))}`
  );
}

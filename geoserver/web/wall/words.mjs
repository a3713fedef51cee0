/** @typedef {import('../shared/answers.mjs').City} City */

/** Plain words for what the counts of cards are called, in the order they are shown. */
const COUNT_WORDS = [
  ['building', '楼栋'],
  ['buildings', '楼栋'],
  ['household', '家庭户'],
  ['households', '住户'],
  ['person', '人口'],
  ['people', '人口'],
  ['event_open', '未结事件'],
  ['events_open', '未结事件'],
  ['event_red', '超时或临期'],
  ['worker', '网格员'],
  ['workers', '网格员'],
  ['resource', '应急力量'],
  ['resources', '应急力量'],
  ['camera', '摄像头'],
  ['cameras', '摄像头'],
  ['hydrants', '消火栓'],
  ['hospitals', '医院'],
  ['schools', '学校'],
  ['shelters', '避难场所'],
  ['hazard', '隐患点'],
  ['hazards', '隐患点'],
  ['component', '城市部件'],
];

/**
 * The counts of an answer that have a word, in a fixed order.
 * @param {Record<string, number | null>} counts
 * @returns {{name: string, word: string, value: number | null}[]}
 */
export function namedCounts(counts) {
  return COUNT_WORDS.filter(([name]) => name in counts).map(([name, word]) => ({
    name,
    word,
    value: counts[name],
  }));
}

export class Words {
  /** @type {Map<string, Record<string, Record<string, string>>>} */
  #layers;
  /** @type {Map<string, string>} */
  #levels;

  /** @param {City} city */
  constructor(city) {
    this.#layers = new Map(city.layers.map((layer) => [layer.name, layer.words ?? {}]));
    this.#levels = new Map(city.levels.map((level) => [level.level, level.title]));
  }

  /**
   * The Chinese title of a category value; the value itself if the catalogue has none.
   * @param {string} layer
   * @param {string} field
   * @param {string | null | undefined} value
   */
  of(layer, field, value) {
    if (!value) return '';
    return this.#layers.get(layer)?.[field]?.[value] ?? value;
  }

  /**
   * What a moving unit is: a worker by role or a vehicle by kind.
   * @param {string} kind
   */
  unit(kind) {
    for (const [layer, field] of [
      ['worker', 'role'],
      ['resource', 'kind'],
    ]) {
      const word = this.#layers.get(layer)?.[field]?.[kind];
      if (word) return word;
    }
    return { worker: '网格员', resource: '力量', vehicle: '车辆' }[kind] ?? kind;
  }

  /** @param {string} level */
  level(level) {
    return this.#levels.get(level) ?? level;
  }
}

/**
 * Where a count comes from: "精确 · 网格版本 3 · 序号 88,412".
 * @param {import('../shared/answers.mjs').Provenance} answer
 */
export function provenance(answer) {
  const parts = [];
  if (answer.kind) parts.push(answer.kind === 'exact' ? '精确' : '保护计数');
  if (answer.grid_version) parts.push(`网格版本 ${answer.grid_version}`);
  if (answer.seq !== undefined) parts.push(`序号 ${answer.seq.toLocaleString('zh-CN')}`);
  return parts.join(' · ');
}

/**
 * Geometry of the histogram of a day. Sixty bars of two parts need no chart library: this is
 * all of it, and a test can read it. Pure.
 */

/** @typedef {import('../shared/answers.mjs').Bin} Bin */
/** @typedef {{x: number, width: number, y: number, height: number, redY: number,
 *   redHeight: number, bin: Bin}} Bar */
/** @typedef {{bars: Bar[], ticks: {x: number, label: string}[], top: number}} Bars */

/** @param {number} n @returns {number} the least of 1, 2, 5, 10, 20, 50 ... that is not below n */
export function niceTop(n) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map((m) => m * power).find((m) => m >= n) ?? 10 * power;
}

const BIN_MS = 600_000;
const BINS_OF_A_DAY = 144;

/**
 * Bars in pixels on the axis of a whole day, which starts with the first bin: a bin keeps its
 * place when others are missing, red cases stand at the foot.
 * @param {readonly Bin[]} bins in order of time
 * @param {{width: number, height: number, left: number}} box `left` is room for the scale
 * @param {(ms: number) => string} clock minute of the day, "14:00"
 * @returns {Bars}
 */
export function barsOf(bins, { width, height, left }, clock) {
  const top = niceTop(Math.max(0, ...bins.map((bin) => bin.n)));
  const step = (width - left) / BINS_OF_A_DAY;
  const start = bins[0]?.t ?? 0;
  /** @param {number} ms */
  const place = (ms) => left + ((ms - start) / BIN_MS) * step;
  const bars = bins.map((bin) => {
    const tall = (bin.n / top) * height;
    const red = (bin.red / top) * height;
    return {
      x: place(bin.t),
      width: Math.max(1, step * 0.78),
      y: height - tall,
      height: tall,
      redY: height - red,
      redHeight: red,
      bin,
    };
  });
  const ticks = Array.from({ length: BINS_OF_A_DAY }, (_, i) => start + i * BIN_MS)
    .map((t) => ({ x: place(t), label: clock(t) }))
    .filter(({ label }) => /^(00|03|06|09|12|15|18|21):00$/.test(label));
  return { bars, ticks, top };
}

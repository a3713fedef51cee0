/** @typedef {import('../shared/answers.mjs').ChainLink} ChainLink */

/** Levels from wide to narrow, each with the zoom from which it is the one that a click means. */
const FROM_ZOOM = /** @type {const} */ ([
  ['city', 0],
  ['district', 0],
  ['street', 10.5],
  ['community', 12.5],
  ['grid', 13.5],
  ['unit', 16],
]);

/**
 * The unit of a chain that a click means at this zoom: the narrowest that is drawn there, or the
 * widest of the chain if all of it is narrower. Pure.
 * @param {readonly ChainLink[]} chain from wide to narrow
 * @param {number} zoom
 * @returns {ChainLink | null}
 */
export function unitAtZoom(chain, zoom) {
  const drawn = new Set(
    FROM_ZOOM.filter(([, from]) => zoom >= from).map(([level]) => String(level)),
  );
  return [...chain].reverse().find((link) => drawn.has(link.level)) ?? chain[0] ?? null;
}

/** How old each feed is, second by second, from answers that come less often. Pure. */

/** @typedef {import('../shared/answers.mjs').Feed} Feed */

/** After this long without an answer nothing on the page may pass for fresh. */
export const SILENCE_MS = 60000;

/**
 * The feeds as they are now.
 * @param {readonly Feed[]} feeds as the server told them
 * @param {number} toldAt ms, when it did
 * @param {number} now ms
 * @param {Readonly<Record<string, number>>} [heard] ms, when a feed was last heard on the live
 *   line, by name
 * @returns {Feed[]}
 */
export function feedsNow(feeds, toldAt, now, heard = {}) {
  const silent = now - toldAt > SILENCE_MS;
  return feeds.map((feed) => {
    const told = feed.age_s === null ? Infinity : feed.age_s + (now - toldAt) / 1000;
    const live = heard[feed.name] === undefined ? Infinity : (now - heard[feed.name]) / 1000;
    const age = Math.max(0, Math.min(told, live));
    const isLive = live * 1000 < SILENCE_MS;
    return {
      ...feed,
      age_s: Number.isFinite(age) ? age : null,
      stale: !isLive && (silent || feed.stale),
    };
  });
}

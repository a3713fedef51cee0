import { byId } from '../shared/elements.mjs';

/**
 * Calls back at every full second, and shows the city's time.
 * @param {import('../shared/format.mjs').Moments} moments
 * @param {(now: number) => void} onSecond
 */
export function runClock(moments, onSecond) {
  const clock = /** @type {HTMLTimeElement} */ (byId('clock'));
  const tick = () => {
    const now = Date.now();
    clock.textContent = moments.clock(now);
    clock.dateTime = new Date(now).toISOString();
    onSecond(now);
    setTimeout(tick, 1000 - (now % 1000));
  };
  tick();
}

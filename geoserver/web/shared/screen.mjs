/** What this screen is like. */

/** Size of one rem against its size on a 1080-line screen, at least 1: the map grows with it. */
export function growth() {
  return Math.max(1, remPixels() / 15);
}

/** CSS pixels of one rem. */
export function remPixels() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** True if the person at the screen asked for less motion. */
export function wantsLessMotion() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Ground length of one pixel at the equator at zoom 0, with tiles of 512 pixels, metres. */
const METRES_PER_PIXEL = (2 * Math.PI * 6378137) / 512;

/**
 * The longest scale bar of 1, 2 or 5 times a power of ten metres that fits. Pure.
 * @param {number} lat degrees
 * @param {number} zoom
 * @param {number} room pixels
 * @returns {{metres: number, pixels: number}}
 */
export function niceScale(lat, zoom, room) {
  const perPixel = (METRES_PER_PIXEL * Math.cos((lat * Math.PI) / 180)) / 2 ** zoom;
  const most = perPixel * room;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((m) => m * power).find((m) => m <= most) ?? power;
  return { metres, pixels: metres / perPixel };
}

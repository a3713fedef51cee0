/**
 * Figures to draw around a place, on a sphere of the mean earth radius. Good to 0.6 %, which is
 * a line's width on the map; every distance that is shown as a number comes from the server.
 */

/** @typedef {[number, number]} LonLat longitude and latitude in degrees */

const EARTH_RADIUS_M = 6371008.8;
const RADIANS = Math.PI / 180;

/**
 * The place at a bearing and distance along the great circle.
 * @param {LonLat} from
 * @param {number} bearing degrees clockwise from north
 * @param {number} metres
 * @returns {LonLat}
 */
export function destination(from, bearing, metres) {
  const angle = metres / EARTH_RADIUS_M;
  const azimuth = bearing * RADIANS;
  const lat = from[1] * RADIANS;
  const sinLat =
    Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(azimuth);
  const east = Math.sin(azimuth) * Math.sin(angle) * Math.cos(lat);
  const north = Math.cos(angle) - Math.sin(lat) * sinLat;
  return [from[0] + Math.atan2(east, north) / RADIANS, Math.asin(sinLat) / RADIANS];
}

/**
 * Great-circle distance by the haversine.
 * @param {LonLat} a
 * @param {LonLat} b
 * @returns {number} metres
 */
export function separation(a, b) {
  const dLat = (b[1] - a[1]) * RADIANS;
  const dLon = (b[0] - a[0]) * RADIANS;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a[1] * RADIANS) * Math.cos(b[1] * RADIANS) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/**
 * A closed ring of the places at one distance, anticlockwise as GeoJSON wants an outer ring.
 * @param {LonLat} centre
 * @param {number} radius metres
 * @param {number} [corners]
 * @returns {LonLat[]}
 */
export function circle(centre, radius, corners = 96) {
  /** @type {LonLat[]} */
  const ring = [];
  for (let i = 0; i < corners; i += 1) ring.push(destination(centre, -(360 / corners) * i, radius));
  ring.push(ring[0]);
  return ring;
}

/**
 * The closed ring of what a camera sees: a sector with its tip at the camera.
 * @param {LonLat} at
 * @param {{bearing: number, fov: number, range: number}} view degrees clockwise from north,
 *   opening in degrees, metres
 * @returns {LonLat[]}
 */
export function viewCone(at, { bearing, fov, range }) {
  if (fov >= 360) return circle(at, range);
  const steps = Math.max(2, Math.ceil(fov / 6));
  /** @type {LonLat[]} */
  const ring = [at];
  for (let i = 0; i <= steps; i += 1) {
    ring.push(destination(at, bearing + fov / 2 - (fov * i) / steps, range));
  }
  ring.push(at);
  return ring;
}

/**
 * West, south, east and north of a circle around a place.
 * @param {LonLat} centre
 * @param {number} radius metres
 * @returns {[number, number, number, number]}
 */
export function circleBounds(centre, radius) {
  const [, north] = destination(centre, 0, radius);
  const [east] = destination(centre, 90, radius);
  return [2 * centre[0] - east, 2 * centre[1] - north, east, north];
}

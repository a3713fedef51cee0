import { colours } from '../shared/colours.mjs';
import { circle, destination, separation } from '../shared/spheres.mjs';
import { distance } from '../shared/format.mjs';

/** @typedef {import('../shared/answers.mjs').LonLat} LonLat */
/** @typedef {import('../shared/answers.mjs').Unit} Unit */
/** @typedef {import('geojson').Feature} Feature */
/** @typedef {import('maplibre-gl').LayerSpecification} LayerSpecification */

export const RADII_M = /** @type {const} */ ([300, 500, 1000]);

/**
 * What is drawn around a scene, all in one collection told apart by `part`: a veil over all that
 * is farther than the widest ring, rings with their radius as a label, routes, numbered units.
 * Pure.
 * @param {LonLat} scene
 * @param {readonly Unit[]} units in order of arrival
 * @returns {Feature[]}
 */
export function sceneFeatures(scene, units) {
  const widest = RADII_M[RADII_M.length - 1];
  return [
    veil(circle(scene, widest)),
    ...RADII_M.map((radius) => ring(scene, radius)),
    ...RADII_M.map((radius) => ringLabel(scene, radius)),
    ...units.map((unit, i) => way(unit, i, scene)),
    ...unitMarks(units),
    {
      type: 'Feature',
      properties: { part: 'scene' },
      geometry: { type: 'Point', coordinates: scene },
    },
  ];
}

/** @param {LonLat[]} hole @returns {Feature} */
function veil(hole) {
  const world = [
    [-180, -85],
    [180, -85],
    [180, 85],
    [-180, 85],
    [-180, -85],
  ];
  return {
    type: 'Feature',
    properties: { part: 'veil' },
    geometry: { type: 'Polygon', coordinates: [world, [...hole].reverse()] },
  };
}

/** @param {LonLat} scene @param {number} radius @returns {Feature} */
function ring(scene, radius) {
  const geometry = /** @type {const} */ ({
    type: 'LineString',
    coordinates: circle(scene, radius),
  });
  return { type: 'Feature', properties: { part: 'ring', radius }, geometry };
}

/** @param {LonLat} scene @param {number} radius @returns {Feature} */
function ringLabel(scene, radius) {
  return {
    type: 'Feature',
    properties: { part: 'radius', label: distance(radius) },
    geometry: { type: 'Point', coordinates: destination(scene, 0, radius) },
  };
}

/**
 * The way of a unit: its route, or a straight line that is drawn as the estimate it is.
 * @param {Unit} unit
 * @param {number} i
 * @param {LonLat} scene
 * @returns {Feature}
 */
function way(unit, i, scene) {
  const isRoad = unit.route !== null && unit.route.length > 1;
  const coordinates = isRoad ? /** @type {LonLat[]} */ (unit.route) : [[unit.lon, unit.lat], scene];
  return {
    type: 'Feature',
    properties: { part: isRoad ? 'route' : 'estimate', rank: i + 1 },
    geometry: { type: 'LineString', coordinates },
  };
}

/** Units nearer together than this, such as those of one station, share a mark. */
const TOGETHER_M = 20;

/**
 * A numbered mark where each unit is; of several in one place the first, with a plus.
 * @param {readonly Unit[]} units
 * @returns {Feature[]}
 */
function unitMarks(units) {
  /** @type {{at: LonLat, rank: number, label: string}[]} */
  const marks = [];
  units.forEach((unit, i) => {
    /** @type {LonLat} */
    const at = [unit.lon, unit.lat];
    const same = marks.find((mark) => separation(mark.at, at) < TOGETHER_M);
    if (same) same.label = `${same.rank}+`;
    else marks.push({ at, rank: i + 1, label: String(i + 1) });
  });
  return marks.map(({ at, rank, label }) => ({
    type: 'Feature',
    properties: { part: 'unit', rank, label },
    geometry: { type: 'Point', coordinates: at },
  }));
}

/**
 * The style layers of a scene.
 * @param {string} source
 * @param {string[]} font
 * @returns {LayerSpecification[]}
 */
export function sceneLayers(source, font) {
  /** @param {string} part @returns {import('maplibre-gl').ExpressionSpecification} */
  const only = (part) => ['==', ['get', 'part'], part];
  const shared = { source };
  const halo = { 'text-halo-color': colours.background, 'text-halo-width': 1.6 };
  return [
    {
      id: 'scene-veil',
      type: 'fill',
      ...shared,
      filter: only('veil'),
      paint: { 'fill-color': colours.background, 'fill-opacity': 0.62 },
    },
    {
      id: 'scene-ring',
      type: 'line',
      ...shared,
      filter: only('ring'),
      paint: {
        'line-color': colours.late,
        'line-width': 1.6,
        'line-opacity': ['match', ['get', 'radius'], RADII_M[0], 0.95, RADII_M[1], 0.7, 0.5],
      },
    },
    {
      id: 'scene-route-case',
      type: 'line',
      ...shared,
      filter: only('route'),
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': colours.background, 'line-width': 6, 'line-opacity': 0.7 },
    },
    {
      id: 'scene-route',
      type: 'line',
      ...shared,
      filter: only('route'),
      layout: {
        'line-cap': 'round',
        'line-join': 'round',
        'line-sort-key': ['-', ['get', 'rank']],
      },
      paint: {
        'line-color': colours.route,
        'line-width': ['match', ['get', 'rank'], [1, 2, 3], 3.4, 2],
        'line-opacity': ['match', ['get', 'rank'], [1, 2, 3], 1, 0.55],
      },
    },
    {
      id: 'scene-estimate',
      type: 'line',
      ...shared,
      filter: only('estimate'),
      paint: {
        'line-color': colours.route,
        'line-width': 1.6,
        'line-opacity': 0.7,
        'line-dasharray': [2, 2],
      },
    },
    {
      id: 'scene-radius',
      type: 'symbol',
      ...shared,
      filter: only('radius'),
      layout: {
        'text-field': ['get', 'label'],
        'text-font': font,
        'text-size': 12,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': '#ff9d8c', ...halo },
    },
    {
      id: 'scene-unit',
      type: 'symbol',
      ...shared,
      filter: only('unit'),
      layout: {
        'icon-image': 'rank',
        'icon-size': 0.95,
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
        'text-field': ['get', 'label'],
        'text-font': font,
        'text-size': 12,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
        'symbol-sort-key': ['-', ['get', 'rank']],
      },
      paint: { 'text-color': colours.route },
    },
    {
      id: 'scene-place',
      type: 'symbol',
      ...shared,
      filter: only('scene'),
      layout: {
        'icon-image': 'late',
        'icon-size': 1.25,
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
  ];
}

import { colours } from '../shared/colours.mjs';

/** @typedef {import('maplibre-gl').LayerSpecification} LayerSpecification */
/** @typedef {import('maplibre-gl').SymbolLayerSpecification} SymbolLayerSpecification */
/** @typedef {import('maplibre-gl').ExpressionSpecification} Expression */

/** @type {string[]} */
export const FONT = ['Noto Sans SC'];

/**
 * What can be switched on and off over the base map, in the order of the layer tree. `icon` is
 * both the swatch and, for points, the symbol; `live` overlays are not drawn from tiles.
 * @typedef {object} Overlay
 * @property {string} name of the layer of the city
 * @property {string} icon
 * @property {boolean} on
 * @property {number} size at street level
 * @property {'base' | 'tiles' | 'live'} drawn
 */

/** @type {readonly Overlay[]} */
export const OVERLAYS = [
  { name: 'grid', icon: 'grid', on: true, size: 0.72, drawn: 'base' },
  { name: 'event', icon: 'late', on: true, size: 0.72, drawn: 'tiles' },
  { name: 'worker', icon: 'worker', on: true, size: 0.72, drawn: 'live' },
  { name: 'resource', icon: 'vehicle', on: true, size: 0.72, drawn: 'live' },
  { name: 'camera', icon: 'camera', on: false, size: 0.66, drawn: 'tiles' },
  { name: 'facility', icon: 'facility', on: false, size: 0.72, drawn: 'tiles' },
  { name: 'component', icon: 'component', on: false, size: 0.42, drawn: 'tiles' },
  { name: 'organisation', icon: 'organisation', on: false, size: 0.5, drawn: 'tiles' },
  { name: 'sensor', icon: 'sensor', on: false, size: 0.72, drawn: 'tiles' },
  { name: 'hazard', icon: 'hazard', on: false, size: 0.72, drawn: 'tiles' },
];

/**
 * Symbol size: points shrink when the whole city is shown and follow the size of the wall.
 * @param {number} near size at street level
 * @returns {Expression}
 */
export const growing = (near) => ['interpolate', ['linear'], ['zoom'], 11, near * 0.5, 15, near];

/** @type {Expression} */
const caseIcon = ['match', ['get', 'colour'], 'green', 'done', 'red', 'late', 'progress'];
/** @type {Expression} */
const caseOrder = ['match', ['get', 'colour'], 'green', 0, 'red', 2, 1];

/**
 * The style layers of a tile overlay.
 * @param {Overlay} overlay
 * @param {string} source
 * @returns {LayerSpecification[]}
 */
export function overlayLayers(overlay, source) {
  if (overlay.name === 'event') return [caseLayer(source)];
  const layers = [pointLayer(overlay, source)];
  if (overlay.name === 'facility' || overlay.name === 'organisation') {
    layers.push(nameLayer(overlay, source));
  }
  return layers;
}

/**
 * Cases of the day: all that are open, and those closed since midnight.
 * @param {number} midnight ms
 * @returns {import('maplibre-gl').ExpressionSpecification}
 */
export function casesOfToday(midnight) {
  const closed = /** @type {Expression} */ (['to-number', ['get', 'closed_at'], 0]);
  return ['any', ['!=', ['get', 'colour'], 'green'], ['>=', closed, midnight]];
}

/** @param {string} source @returns {SymbolLayerSpecification} */
function caseLayer(source) {
  return {
    id: 'over-event',
    type: 'symbol',
    source,
    'source-layer': 'event',
    layout: {
      'icon-image': caseIcon,
      'icon-size': growing(0.72),
      'icon-allow-overlap': true,
      'symbol-sort-key': caseOrder,
    },
  };
}

/** @param {Overlay} overlay @param {string} source @returns {SymbolLayerSpecification} */
function pointLayer(overlay, source) {
  return {
    id: `over-${overlay.name}`,
    type: 'symbol',
    source,
    'source-layer': overlay.name,
    layout: {
      'icon-image': overlay.icon,
      'icon-size': growing(overlay.size),
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
    },
  };
}

/** @param {Overlay} overlay @param {string} source @returns {SymbolLayerSpecification} */
function nameLayer(overlay, source) {
  return {
    id: `over-${overlay.name}-name`,
    type: 'symbol',
    source,
    'source-layer': overlay.name,
    minzoom: 15,
    layout: {
      'text-field': ['coalesce', ['get', 'name'], ''],
      'text-font': FONT,
      'text-size': 12,
      'text-anchor': 'top',
      'text-offset': [0, 0.8],
    },
    paint: {
      'text-color': colours.facility,
      'text-halo-color': colours.background,
      'text-halo-width': 1.4,
    },
  };
}

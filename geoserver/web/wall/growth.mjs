/**
 * Makes a map style larger for a larger wall: text, lines and symbols keep their share of the
 * screen from 1080 to 2160 lines. Pure.
 */

/** @typedef {import('maplibre-gl').StyleSpecification} StyleSpecification */

const SIZES = new Set([
  'text-size',
  'line-width',
  'line-gap-width',
  'text-halo-width',
  'circle-radius',
  'circle-stroke-width',
]);

/** How many leading parts of an expression are not outputs, and that they alternate after. */
const CURVES = /** @type {Record<string, number>} */ ({ interpolate: 3, step: 2 });

/**
 * A size times a factor; inside an expression the outputs are multiplied, so that zoom curves
 * stay zoom curves.
 * @param {any} value number or style expression
 * @param {number} factor
 * @returns {any}
 */
export function grown(value, factor) {
  if (typeof value === 'number') return value * factor;
  if (!Array.isArray(value)) return value;
  const [operator] = value;
  if (operator in CURVES) {
    const first = CURVES[operator] + (operator === 'step' ? 0 : 1);
    return value.map((part, i) =>
      i >= first && (i - first) % 2 === 0 ? grown(part, factor) : part,
    );
  }
  if (operator === 'match') {
    const last = value.length - 1;
    return value.map((part, i) =>
      i === last || (i > 2 && i % 2 === 1) ? grown(part, factor) : part,
    );
  }
  if (operator === 'case') {
    const last = value.length - 1;
    return value.map((part, i) =>
      i === last || (i > 0 && i % 2 === 0) ? grown(part, factor) : part,
    );
  }
  return ['*', factor, value];
}

/**
 * A style with all its sizes times a factor.
 * @param {StyleSpecification} style
 * @param {number} factor
 * @returns {StyleSpecification}
 */
export function grownStyle(style, factor) {
  if (factor === 1) return style;
  return { ...style, layers: style.layers.map((layer) => grownLayer(layer, factor)) };
}

/**
 * A style layer with all its sizes times a factor; symbols are drawn larger instead.
 * @template {import('maplibre-gl').LayerSpecification} L
 * @param {L} layer
 * @param {number} factor
 * @returns {L}
 */
export function grownLayer(layer, factor) {
  /** @param {object | undefined} properties */
  const grow = (properties) =>
    properties &&
    Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [
        name,
        SIZES.has(name) ? grown(value, factor) : value,
      ]),
    );
  return {
    ...layer,
    ...('layout' in layer && { layout: grow(layer.layout) }),
    ...('paint' in layer && { paint: grow(layer.paint) }),
  };
}

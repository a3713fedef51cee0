/**
 * The moving units as a page knows them: batches in, differences for the map out. Pure, so that
 * "none lost, none doubled" is tested without a map.
 */

/** @typedef {number | string} UnitId of the stream, unique over people and vehicles */
/**
 * @typedef {{id: UnitId, lon: number, lat: number, kind?: string, state?: string,
 *   layer?: string, item?: number, stale?: boolean}} Position `item` is its id in its layer */
/** @typedef {{add?: Position[], update?: Position[], remove?: UnitId[]}} Batch */
/** @typedef {import('geojson').Feature<import('geojson').Point>} PointFeature */
/**
 * @typedef {object} Difference what the map has to change, in the shape of MapLibre's
 *   `GeoJSONSourceDiff`
 * @property {PointFeature[]} add
 * @property {{id: UnitId, newGeometry: import('geojson').Point,
 *   addOrUpdateProperties: {key: string, value: unknown}[]}[]} update
 * @property {UnitId[]} remove
 */

/** @param {Position} p @returns {import('geojson').Point} */
const point = (p) => ({ type: 'Point', coordinates: [p.lon, p.lat] });

/** @param {Position} p */
const properties = ({ id, layer = '', item = 0, kind = '', state = '', stale = false }) => ({
  unit: id,
  layer,
  item,
  kind,
  state,
  stale,
});

export class MovingUnits {
  /** @type {Map<UnitId, Position>} what was received */
  #known = new Map();
  /** @type {Set<UnitId>} what the map has */
  #drawn = new Set();
  /** @type {Set<UnitId>} units whose drawing is out of date */
  #stale = new Set();

  /** Number of units known. */
  get size() {
    return this.#known.size;
  }

  /**
   * The last position received of a unit.
   * @param {UnitId} id
   */
  get(id) {
    return this.#known.get(id);
  }

  /**
   * Takes in a batch: an unknown unit that moves is a new one, a known one that is added again
   * moves, fields that are not sent keep their value.
   * @param {Batch} batch
   */
  take({ add = [], update = [], remove = [] }) {
    for (const position of [...add, ...update]) {
      this.#known.set(position.id, { ...this.#known.get(position.id), ...position });
      this.#stale.add(position.id);
    }
    for (const id of remove) {
      this.#known.delete(id);
      this.#stale.add(id);
    }
  }

  /** Forgets all units, as before a fresh start of the stream. */
  clear() {
    for (const id of this.#known.keys()) this.#stale.add(id);
    this.#known.clear();
  }

  /** Lets the next difference hold every unit, as for a map that starts again empty. */
  redraw() {
    this.#drawn.clear();
    this.#stale = new Set(this.#known.keys());
  }

  /**
   * What changed since the last call, each unit at most once however often it moved; null if
   * nothing did.
   * @returns {Difference | null}
   */
  difference() {
    if (this.#stale.size === 0) return null;
    /** @type {Difference} */
    const found = { add: [], update: [], remove: [] };
    for (const id of this.#stale) this.#differ(id, found);
    this.#stale.clear();
    return found;
  }

  /** @param {UnitId} id @param {Difference} found */
  #differ(id, found) {
    const position = this.#known.get(id);
    if (!position) {
      if (this.#drawn.delete(id)) found.remove.push(id);
    } else if (this.#drawn.has(id)) {
      const addOrUpdateProperties = Object.entries(properties(position)).map(([key, value]) => ({
        key,
        value,
      }));
      found.update.push({ id, newGeometry: point(position), addOrUpdateProperties });
    } else {
      this.#drawn.add(id);
      found.add.push({
        type: 'Feature',
        id,
        geometry: point(position),
        properties: properties(position),
      });
    }
  }
}

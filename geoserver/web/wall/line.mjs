import { byId } from '../shared/elements.mjs';
import { count } from '../shared/format.mjs';
import { refreshTiles } from './map.mjs';

/** @typedef {import('../shared/live.mjs').Message} Message */

/** Layers whose change makes the figures of the day out of date. */
const COUNTED = new Set(['event', 'worker']);

/**
 * Wires the live line to the map and the figures, and shows how the line is.
 * @param {{line: import('../shared/live.mjs').LiveLine, map: import('./map.mjs').Map,
 *   city: import('../shared/answers.mjs').City, feeds: import('./feeds.mjs').FeedLine,
 *   workers: import('./workers.mjs').Workers, onCases: () => void}} wiring
 */
export function followLine({ line, map, city, feeds, workers, onCases }) {
  let { seq, grid_version: version } = city;
  const tell = () => {
    const grids = version ? `网格版本 ${version} · ` : '';
    byId('line-source').textContent = `${grids}序号 ${count(seq)}`;
  };
  /** @type {Record<string, (message: Message) => void>} */
  const topics = {
    positions: (message) => {
      workers.take(/** @type {import("../shared/movers.mjs").Batch} */ (message));
      // the first message after connecting repeats what is known: nobody has spoken just now
      const moved = (message.add?.length ?? 0) + (message.update?.length ?? 0);
      if (moved > 0 && !message.reset) feeds.hear('positions', Date.now());
    },
    changes: (message) => {
      seq = message.seq ?? seq;
      version = message.grid_version ?? version;
      tell();
      if (message.reset)
        refreshTiles(
          map,
          Object.fromEntries(message.layers.map((/** @type {string} */ name) => [name, null])),
        );
      if (message.layers?.some((/** @type {string} */ name) => COUNTED.has(name))) onCases();
    },
    tiles: (message) => refreshTiles(map, message.layers ?? {}),
  };
  line.addEventListener('message', (event) => {
    const message = /** @type {CustomEvent<Message>} */ (event).detail;
    topics[message.topic]?.(message);
  });
  line.addEventListener('state', (event) => {
    const isOpen = /** @type {CustomEvent<string>} */ (event).detail === 'open';
    byId('line-state').textContent = isOpen ? '实时推送' : '线路中断，重连中';
    byId('line-state').className = isOpen ? '' : 'waiting';
    if (isOpen) onCases();
  });
  const look = () =>
    line.look(/** @type {[number, number, number, number]} */ (map.getBounds().toArray().flat()));
  map.on('moveend', look);
  tell();
  look();
  line.open();
}

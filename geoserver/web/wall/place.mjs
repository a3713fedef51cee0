import { byId } from '../shared/elements.mjs';
import { getJson, latestOnly } from '../shared/api.mjs';
import { unitAtZoom } from './zoomlevels.mjs';

/**
 * Keeps the top bar saying where the middle of the map is, as narrow as the zoom allows.
 * @param {import('./map.mjs').Map} map
 */
export function followPlace(map) {
  const locate = latestOnly((signal, /** @type {number} */ lon, /** @type {number} */ lat) =>
    getJson('/locate', { lon, lat }, { signal }),
  );
  const ask = async () => {
    const { lng, lat } = map.getCenter();
    try {
      const answer = await locate(Number(lng.toFixed(6)), Number(lat.toFixed(6)));
      if (answer === null) return;
      const { chain } = /** @type {{chain: import('../shared/answers.mjs').ChainLink[]}} */ (
        answer
      );
      const last = unitAtZoom(chain, map.getZoom() - 1);
      const names = last
        ? chain
            .slice(0, chain.indexOf(last) + 1)
            .filter((link) => link.level !== 'city')
            .map((link) => link.name)
        : [];
      byId('place').textContent = names.join(' · ');
    } catch {
      byId('place').textContent = '';
    }
  };
  map.on('moveend', ask);
  return ask();
}

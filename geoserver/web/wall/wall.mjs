import { getJson } from '../shared/api.mjs';
import { byId } from '../shared/elements.mjs';
import { momentsIn } from '../shared/format.mjs';
import { LiveLine } from '../shared/live.mjs';
import { CameraViews } from './cameras.mjs';
import { CaseStream } from './cases.mjs';
import { runClock } from './clock.mjs';
import { FeedLine } from './feeds.mjs';
import { Highlight } from './highlight.mjs';
import { Histogram } from './histogram.mjs';
import { HotspotLayer } from './hotspots.mjs';
import { showKeyFigures } from './kpi.mjs';
import { LayerTree } from './layertree.mjs';
import { showLegend } from './legend.mjs';
import { followLine } from './line.mjs';
import { openMap } from './map.mjs';
import { casesOfToday } from './overlays.mjs';
import { followPlace } from './place.mjs';
import { showResponse } from './response.mjs';
import { Selection } from './selection.mjs';
import { showStreets } from './streets.mjs';
import { WarRoom } from './warroom.mjs';
import { Words, provenance } from './words.mjs';
import { Workers } from './workers.mjs';

/** @typedef {import('../shared/answers.mjs').City} City */
/** @typedef {import('../shared/answers.mjs').Overview} Overview */

const OVERVIEW_EVERY_MS = 10000;
const OVERVIEW_SOON_MS = 700;

/** @param {string} text read out by screen readers */
function say(text) {
  byId('heard').textContent = text;
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let faultTimer;

/** @param {string} message shown over the map for a while */
function showFault(message) {
  byId('fault').textContent = message;
  byId('fault').hidden = false;
  clearTimeout(faultTimer);
  faultTimer = setTimeout(() => (byId('fault').hidden = true), 12000);
}

/**
 * The panels that show the figures of the day.
 * @param {{moments: ReturnType<typeof momentsIn>, stream: CaseStream, feeds: FeedLine,
 *   onOpen: (open: number) => void}} panels
 * @returns {() => Promise<void>} asks for the figures and shows them
 */
function figurePanels({ moments, stream, feeds, onOpen }) {
  const histogram = new Histogram(moments);
  return async () => {
    const figures = /** @type {Overview} */ (await getJson('/overview'));
    const now = Date.now();
    feeds.tell(figures.feeds, now);
    feeds.show(now);
    showKeyFigures(figures);
    showStreets(figures);
    showResponse(figures);
    histogram.show(figures.histogram);
    stream.show(figures, now);
    onOpen(figures.open);
    byId('figures-source').textContent =
      `${moments.minute(figures.as_of)} · ${provenance(figures)}`;
  };
}

/**
 * Asks for the figures at an interval, and soon after `hurry` is called, never twice at once.
 * @param {() => Promise<void>} ask
 * @returns {() => void} hurry
 */
function keepAsking(ask) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  let asking = false;
  let wanted = false;
  const run = async () => {
    asking = true;
    wanted = false;
    try {
      await ask();
    } catch (fault) {
      showFault(`今日指标：${fault instanceof Error ? fault.message : fault}`);
    }
    asking = false;
    timer = setTimeout(run, wanted ? OVERVIEW_SOON_MS : OVERVIEW_EVERY_MS);
  };
  run();
  return () => {
    if (wanted) return;
    wanted = true;
    if (asking) return;
    clearTimeout(timer);
    timer = setTimeout(run, OVERVIEW_SOON_MS);
  };
}

/**
 * Keeps the cases on the map to those of the day.
 * @param {import('./map.mjs').Map} map
 * @param {ReturnType<typeof momentsIn>} moments
 * @returns {(now: number) => void} looks whether a new day has begun
 */
function keepToDay(map, moments) {
  let shown = 0;
  return (now) => {
    const midnight = moments.midnight(now);
    if (midnight === shown || !map.getLayer('over-event')) return;
    map.setFilter('over-event', casesOfToday(midnight));
    shown = midnight;
  };
}

/** @param {City} city */
async function openWall(city) {
  document.title = `${city.name} · 一张图`;
  byId('title').textContent = `${city.name} · 一张图`;
  const words = new Words(city);
  const moments = momentsIn(city.timezone);
  const feeds = new FeedLine();
  const line = new LiveLine('/live', ['changes', 'positions', 'tiles']);
  const everySecond = [(/** @type {number} */ now) => feeds.show(now)];
  runClock(moments, (now) => everySecond.forEach((task) => task(now)));

  /** @type {Selection | null} */
  let selection = null;
  const stream = new CaseStream({ words, moments, say, onPick: (id) => selection?.openCase(id) });
  /** @type {LayerTree | null} */
  let tree = null;
  const onOpen = (/** @type {number} */ open) => tree?.setCount('event', open);
  const hurry = keepAsking(figurePanels({ moments, stream, feeds, onOpen }));

  const map = await openMap(byId('map'), city);
  const highlight = new Highlight(map);
  tree = new LayerTree(map, city, (title, on) => say(`${title}${on ? '已显示' : '已隐藏'}`));
  const hot = new HotspotLayer(map, (total) => tree?.setCount('hot', total), showFault);
  tree.addRow({
    name: 'hot',
    icon: 'hot',
    title: '热点网格',
    english: 'Hot spots',
    total: null,
    on: false,
    apply: (on) => hot.show(on),
  });
  const workers = new Workers(map);
  tree.bind('worker', ['over-worker']);
  tree.bind('resource', ['over-resource']);
  const views = new CameraViews(map);
  const war = new WarRoom({ map, views, words, say, onFault: showFault });
  selection = new Selection({
    map,
    words,
    moments,
    highlight,
    say,
    onCase: (id) => stream.mark(id),
    onWar: (at, title) => {
      selection?.clear();
      war.open(at, title);
    },
  });
  showLegend(map, city);
  everySecond.push(keepToDay(map, moments));
  followPlace(map);
  followLine({
    line,
    map,
    city,
    feeds,
    workers,
    onCases: () => {
      hot.forget();
      hurry();
    },
  });
  listen(map, war, selection);
  document.documentElement.dataset.ready = 'true';
  Reflect.set(globalThis, 'wall', { map }); // for whoever looks with the browser's tools, and tests
}

/**
 * @param {import('./map.mjs').Map} map
 * @param {WarRoom} war
 * @param {Selection} selection
 */
function listen(map, war, selection) {
  /** @param {import('maplibre-gl').Point} point @param {import('maplibre-gl').LngLat} at */
  const pick = (point, at) => {
    if (war.mode === 'aiming') war.open([at.lng, at.lat]);
    else selection.pick(point, [at.lng, at.lat]);
  };
  map.on('click', (event) => pick(event.point, event.lngLat));
  map.getCanvas().addEventListener('keydown', (event) => {
    if (event.key === 'Enter') pick(map.project(map.getCenter()), map.getCenter());
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'w' || event.key === 'W') war.toggle();
    else if (
      event.key === 'Enter' &&
      war.mode === 'aiming' &&
      document.activeElement === byId('mode')
    ) {
      event.preventDefault();
      pick(map.project(map.getCenter()), map.getCenter());
    } else if (event.key === 'Escape') {
      if (selection.isOpen) selection.clear();
      else if (war.mode !== 'peace') war.end();
    }
  });
}

try {
  await openWall(await getJson('/city.json'));
} catch (fault) {
  showFault(`页面无法打开：${fault instanceof Error ? fault.message : fault}`);
  throw fault;
}

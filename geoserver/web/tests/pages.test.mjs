import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { iconNames, iconOfColour } from '../shared/icons.mjs';
import { grownLayer } from '../wall/growth.mjs';
import { OVERLAYS, overlayLayers } from '../wall/overlays.mjs';
import { RADII_M, sceneFeatures, sceneLayers } from '../wall/rings.mjs';

const web = new URL('..', import.meta.url);
const read = (path) => readFileSync(new URL(path, web), 'utf8');
const sources = ['shared', 'wall'].flatMap((folder) =>
  readdirSync(new URL(folder, web)).map((name) => `${folder}/${name}`),
);
const modules = sources.filter((path) => path.endsWith('.mjs'));

test('modules are short', () => {
  for (const path of modules) assert.ok(read(path).split('\n').length <= 300, path);
});

test('nothing served is fetched from elsewhere', () => {
  for (const path of sources.filter((name) => !name.endsWith('.json'))) {
    const addresses = read(path).match(/(https?:)?\/\/[a-z][\w.-]*\.[a-z]{2,}/g) ?? [];
    assert.deepEqual(
      addresses.filter((a) => !a.includes('www.w3.org')),
      [],
      path,
    );
  }
});

test('pages carry no inline script or style, modules build no markup or code from text', () => {
  const page = read('wall/index.html');
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]*\bsrc=)|\bon[a-z]+=|javascript:/i);
  for (const path of modules) {
    assert.doesNotMatch(
      read(path),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/,
      path,
    );
  }
});

test('every element that a module asks for is in the page', () => {
  const page = read('wall/index.html');
  for (const path of modules) {
    for (const [, id] of read(path).matchAll(/byId\('([\w-]+)'\)/g)) {
      assert.ok(page.includes(`id="${id}"`), `${path}: #${id}`);
    }
  }
});

test('no scaled map: clicks hit what is seen', () => {
  for (const path of sources.filter((name) => name.endsWith('.css'))) {
    assert.doesNotMatch(read(path), /transform:[^;]*scale|\bscale:|\bzoom:/, path);
  }
});

test('each state of a case has its own shape, and each sign is drawn', () => {
  assert.deepEqual(Object.keys(iconOfColour), ['green', 'blue', 'red']);
  assert.equal(new Set(Object.values(iconOfColour)).size, 3);
  for (const icon of [...Object.values(iconOfColour), ...OVERLAYS.map((overlay) => overlay.icon)]) {
    assert.ok(iconNames.includes(icon), icon);
  }
});

test('layers that the page adds are valid style, at every size of wall', () => {
  const overlays = OVERLAYS.filter((overlay) => overlay.drawn === 'tiles');
  for (const factor of [1, 2]) {
    const style = {
      version: 8,
      sources: {
        tiles: { type: 'vector', tiles: ['/tiles/x/{z}/{x}/{y}.mvt'] },
        scene: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      },
      layers: [
        ...overlays.flatMap((overlay) => overlayLayers(overlay, 'tiles')),
        ...sceneLayers('scene', ['Noto Sans SC']),
      ].map((layer) => grownLayer(layer, factor)),
      'font-faces': JSON.parse(read('shared/font-faces.json')),
    };
    assert.deepEqual(validateStyleMin(style), []);
  }
});

test('a scene shows each ring once, a route or a marked estimate for each unit, in order', () => {
  const unit = (id, route) => ({
    id,
    kind: 'grid_worker',
    name: '',
    lon: 118.8,
    lat: 32.04,
    travel_time_s: id,
    distance_m: 1,
    reason: '',
    position_age_s: 1,
    route,
  });
  const units = [
    unit(1, [
      [118.8, 32.04],
      [118.79, 32.04],
    ]),
    unit(2, null),
  ];
  const features = sceneFeatures([118.79, 32.04], units);
  const of = (part) => features.filter((feature) => feature.properties?.part === part);
  assert.deepEqual(
    of('ring').map((ring) => ring.properties?.radius),
    [...RADII_M],
  );
  assert.deepEqual(
    of('radius').map((label) => label.properties?.label),
    ['300 米', '500 米', '1 公里'],
  );
  assert.deepEqual(
    of('route').map((way) => way.properties?.rank),
    [1],
  );
  assert.deepEqual(
    of('estimate').map((way) => way.properties?.rank),
    [2],
  );
  assert.deepEqual(
    of('unit').map((mark) => mark.properties?.label),
    ['1+'],
  );
  const apart = sceneFeatures([118.79, 32.04], [units[0], { ...units[1], lon: 118.81 }]);
  assert.deepEqual(
    apart.filter((f) => f.properties?.part === 'unit').map((f) => f.properties?.label),
    ['1', '2'],
  );
  assert.equal(of('veil').length, 1);
});

const inRanges = (face, code) =>
  face['unicode-range'].some((range) => {
    const [from, to = from] = range
      .slice(2)
      .split('-')
      .map((hex) => parseInt(hex, 16));
    return from <= code && code <= to;
  });

test('the fonts cover the 3,755 common characters and rare ones of names', () => {
  const [faces] = Object.values(JSON.parse(read('shared/font-faces.json')));
  const gb = new TextDecoder('gb18030');
  const common = [];
  for (let high = 0xb0; high <= 0xd7; high += 1) {
    for (let low = 0xa1; low <= (high === 0xd7 ? 0xf9 : 0xfe); low += 1)
      common.push(gb.decode(new Uint8Array([high, low])));
  }
  assert.equal(common.length, 3755);
  const rare = [
    ...'亓仉仝佘佴冼厍呙咎哈啜妲尧尹嵇巫幺庹廿忻戢揭撒晁晏桓殳泮涂淦漕濮炅烜焱燚玥珺璟璐甯眭矫竺笪籍糜綦缑羿翀胥臧芈苌茹荀荆莘蒯蔺蕲蘧虢蚩衮覃訾谌谯贲赧逄逯郄郇郏郐郗郜郦鄄鄢鄯酆钊闫阚隗雒霑靳鞠韶顼颛飒髙魉鲍麴麹黹龑',
  ];
  const missing = [...common, ...rare].filter(
    (character) => !faces.some((face) => inRanges(face, character.codePointAt(0))),
  );
  assert.deepEqual(missing, []);
});

test('fonts of maps and pages are the same files, and all of them are vendored', () => {
  const [faces] = Object.values(JSON.parse(read('shared/font-faces.json')));
  const css = read('shared/fonts.css');
  const sums = read('vendor.sums');
  assert.equal(faces.length, 101);
  for (const { url } of faces) {
    assert.ok(css.includes(`url("${url}")`), url);
    assert.ok(sums.includes(`  ${url.replace('/static/vendor/', '')}\n`), url);
  }
  assert.match(sums, / {2}maplibre-gl\/LICENSE\.txt\n/);
  assert.match(sums, / {2}noto-sans-sc\/LICENSE\n/);
});

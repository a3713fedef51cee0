import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelay } from '../shared/live.mjs';
import { barsOf, niceTop } from '../wall/bars.mjs';
import { caseLine, caseOrder } from '../wall/cases.mjs';
import { feedsNow } from '../wall/freshness.mjs';
import { hotNote } from '../wall/hotwords.mjs';
import { keyFigures } from '../wall/kpi.mjs';
import { niceScale } from '../wall/scale.mjs';
import { namedCounts, provenance, Words } from '../wall/words.mjs';
import { unitAtZoom } from '../wall/zoomlevels.mjs';

const MINUTE = 60_000;

test('bars keep their place, fit the box and stand on the line', () => {
  const bins = Array.from({ length: 144 }, (_, i) => ({
    t: i * 600_000,
    n: i % 13,
    red: i % 3 ? 0 : i % 2,
  }));
  const box = { width: 900, height: 60, left: 28 };
  const clock = (ms) => new Date(ms).toISOString().slice(11, 16);
  const { bars, ticks, top } = barsOf(bins, box, clock);
  assert.equal(bars.length, 144);
  assert.equal(top, 20);
  for (const bar of bars) {
    assert.ok(bar.x >= box.left && bar.x + bar.width <= box.width + 1e-9);
    assert.ok(Math.abs(bar.y + bar.height - box.height) < 1e-9);
    assert.ok(Math.abs(bar.redY + bar.redHeight - box.height) < 1e-9);
    assert.ok(bar.redHeight <= bar.height || bar.bin.n < bar.bin.red);
    assert.ok(Math.abs(bar.height / box.height - bar.bin.n / top) < 1e-9);
  }
  assert.deepEqual(
    ticks.map((tick) => tick.label),
    ['00:00', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00'],
  );
});

test('a day that is half over takes half of the axis', () => {
  const bins = Array.from({ length: 72 }, (_, i) => ({ t: 1e12 + i * 600_000, n: 1, red: 0 }));
  const { bars } = barsOf(bins, { width: 144, height: 10, left: 0 }, () => '');
  assert.equal(bars.length, 72);
  assert.ok(Math.abs(bars.at(-1).x - 71) < 1e-9);
});

test('the top of the scale is a round number not below the highest bar', () => {
  for (const [n, top] of [
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 5],
    [7, 10],
    [11, 20],
    [100, 100],
    [101, 200],
  ]) {
    assert.equal(niceTop(n), top);
  }
});

test('feeds age between answers and turn grey when the server is silent', () => {
  const feeds = [
    { name: 'event', title: '事件', age_s: 1, stale: false },
    { name: 'camera', title: '视频', age_s: 240, stale: true },
    { name: 'sensor', title: '物联', age_s: null, stale: true },
  ];
  const soon = feedsNow(feeds, 0, 5_000);
  assert.deepEqual(
    soon.map((feed) => feed.age_s),
    [6, 245, null],
  );
  assert.deepEqual(
    soon.map((feed) => feed.stale),
    [false, true, true],
  );
  assert.ok(feedsNow(feeds, 0, 61_000).every((feed) => feed.stale));
});

test('a feed heard on the live line is as young as the last message', () => {
  const feeds = [{ name: 'positions', title: '网格员', age_s: 50, stale: true }];
  const [feed] = feedsNow(feeds, 0, 100_000, { positions: 98_000 });
  assert.deepEqual([feed.age_s, feed.stale], [2, false]);
});

test('waiting doubles to a limit and at least half of it is kept', () => {
  assert.equal(retryDelay(0, 0), 500);
  assert.equal(retryDelay(2, 0), 2000);
  assert.equal(retryDelay(50, 0), 15000);
  assert.equal(retryDelay(50, 0.999999) >= 7500, true);
});

test('red cases stand on top by deadline, the others by report', () => {
  const row = (id, colour, reported_at, deadline_at = null) => ({
    id,
    colour,
    reported_at,
    deadline_at,
  });
  const rows = [
    row(1, 'blue', 10),
    row(2, 'red', 5, 90),
    row(3, 'green', 40),
    row(4, 'red', 1, 50),
    row(5, 'red', 2),
  ];
  assert.deepEqual(
    rows.sort(caseOrder).map((r) => r.id),
    [4, 2, 5, 3, 1],
  );
});

test('the second line of a case says what is left, or how long it took', () => {
  const base = { reported_at: 0, grid: '玄津第 3 网格' };
  assert.equal(
    caseLine({ ...base, colour: 'blue', deadline_at: 180 * MINUTE }, '处置', 0),
    '处置 · 剩余 3 小时 · 玄津第 3 网格',
  );
  assert.equal(
    caseLine({ ...base, colour: 'green', closed_at: 46 * MINUTE }, '结案', 0),
    '结案 · 用时 46 分钟 · 玄津第 3 网格',
  );
  assert.equal(caseLine({ ...base, grid: null, colour: 'red', deadline_at: null }, '', 0), '');
});

test('key figures say when there is nothing to compare with', () => {
  const none = keyFigures({
    reported_today: 0,
    reported_same_day_last_week: 0,
    due: 0,
    closed_on_time: 0,
    period_days: 7,
    at_risk: 0,
    overdue: 0,
    on_duty: 3,
    on_duty_expected: null,
  });
  assert.deepEqual(
    none.map((f) => [f.value, f.note, f.isLate ?? false]),
    [
      ['0', '上周无数据', false],
      ['—', '近 7 天无应结事件', false],
      ['0', '已超期 0', false],
      ['3', '无排班数据', false],
    ],
  );
});

test('a click means the narrowest unit drawn at the zoom', () => {
  const chain = ['district', 'street', 'community', 'grid', 'unit'].map((level) => ({
    level,
    code: level,
    name: level,
  }));
  assert.equal(unitAtZoom(chain, 9)?.level, 'district');
  assert.equal(unitAtZoom(chain, 11)?.level, 'street');
  assert.equal(unitAtZoom(chain, 15)?.level, 'grid');
  assert.equal(unitAtZoom(chain, 18)?.level, 'unit');
  assert.equal(unitAtZoom(chain.slice(3, 4), 9)?.level, 'grid');
  assert.equal(unitAtZoom([], 12), null);
});

test('a scale bar is round, fits and is nearly as long as it may be', () => {
  for (let zoom = 5; zoom < 20; zoom += 0.37) {
    const { metres, pixels } = niceScale(32, zoom, 130);
    assert.match(String(metres), /^[125]0*$|^0\.[125]$/);
    assert.ok(pixels <= 130 && pixels > 130 / 2.6);
  }
});

test('provenance and hot spots say what they rest on', () => {
  assert.equal(
    provenance({ kind: 'exact', grid_version: 3, seq: 88412 }),
    '精确 · 网格版本 3 · 序号 88,412',
  );
  assert.equal(provenance({ kind: 'protected', grid_version: null, seq: 1 }), '保护计数 · 序号 1');
  const note = hotNote(8, {
    null_model: 'conditional permutation: the value of the cell stays',
    draws: 9999,
    family: 303,
    p_min: 0.0001,
  });
  assert.equal(
    note,
    '近 30 天热点 8 处。303 个网格，条件置换至多 9,999 次，已控制误报率，最小可达 p 0.0001',
  );
  assert.match(
    hotNote(0, { null_model: 'x', draws: 1, family: 1, p_min: 0.5 }),
    /^近 30 天未发现热点/,
  );
});

test('words come from the catalogue, an unknown value stays as it is', () => {
  const words = new Words({
    levels: [{ level: 'street', title: '街道', count: 5 }],
    layers: [{ name: 'worker', words: { role: { grid_worker: '网格员' } } }],
  });
  assert.equal(words.of('worker', 'role', 'grid_worker'), '网格员');
  assert.equal(words.of('worker', 'role', 'other'), 'other');
  assert.equal(words.of('event', 'state', null), '');
  assert.equal(words.unit('grid_worker'), '网格员');
  assert.equal(words.level('street'), '街道');
  assert.deepEqual(
    namedCounts({ cameras: 5, buildings: 14, radius_m: 300 }).map((c) => c.word),
    ['楼栋', '摄像头'],
  );
});

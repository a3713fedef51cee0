import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../shared/format.mjs';

test('counts have thousands separators and a dash where nothing is known', () => {
  assert.equal(format.count(1124), '1,124');
  assert.equal(format.count(0), '0');
  assert.equal(format.count(null), '—');
  assert.equal(format.count(Number.NaN), '—');
});

test('a share is never rounded up to all', () => {
  assert.equal(format.share(573, 611), '93.8%');
  assert.equal(format.share(9999, 10000), '99.9%');
  assert.equal(format.share(7, 7), '100%');
  assert.equal(format.share(0, 0), '—');
});

test('a change carries its sign and an unknown base gives none', () => {
  assert.equal(format.change(612, 638), '−4.1%');
  assert.equal(format.change(638, 612), '+4.2%');
  assert.equal(format.change(5, 5), '持平');
  assert.equal(format.change(5, 0), null);
});

test('spans take the one unit that fits', () => {
  assert.equal(format.span(46), '46 秒');
  assert.equal(format.span(59.6), '1 分钟');
  assert.equal(format.span(660), '11 分钟');
  assert.equal(format.span(3599), '1 小时');
  assert.equal(format.span(5040), '1.4 小时');
  assert.equal(format.span(3 * 86400), '3 天');
  assert.equal(format.ago(12), '12 秒');
  assert.equal(format.ago(240), '4 分钟前');
});

test('travel times read as on a stopwatch', () => {
  assert.equal(format.stopwatch(72), '1:12');
  assert.equal(format.stopwatch(59.7), '1:00');
  assert.equal(format.stopwatch(3725), '1:02:05');
});

test('a deadline is time left or time past', () => {
  assert.equal(format.remaining(720_000, 0), '剩余 12 分钟');
  assert.equal(format.remaining(0, 3 * 3600_000), '超期 3 小时');
});

test('distances change unit before they would read 1000 metres', () => {
  assert.equal(format.distance(850.2), '850 米');
  assert.equal(format.distance(999.7), '1 公里');
  assert.equal(format.distance(2130), '2.1 公里');
});

test('compass points go round', () => {
  assert.equal(format.compass(0), '北');
  assert.equal(format.compass(359), '北');
  assert.equal(format.compass(-45), '西北');
  assert.equal(format.compass(135), '东南');
});

test('moments are those of the city, whatever the zone of the screen', () => {
  const at = Date.UTC(2026, 10, 22, 6, 32, 7);
  const shanghai = format.momentsIn('Asia/Shanghai');
  assert.equal(shanghai.clock(at), '11-22 周日 14:32:07');
  assert.equal(shanghai.minute(at), '14:32');
  assert.equal(shanghai.short(at, at + 3600_000), '14:32');
  assert.equal(shanghai.short(at, at + 86400_000), '11-22 14:32');
  assert.equal(format.momentsIn('Europe/Vaduz').clock(at), '11-22 周日 07:32:07');
  assert.equal(shanghai.minute(Date.UTC(2026, 0, 1, 16, 0)), '00:00');
  assert.equal(shanghai.midnight(at + 999), Date.UTC(2026, 10, 21, 16, 0));
  assert.equal(shanghai.midnight(Date.UTC(2026, 0, 1, 16, 0)), Date.UTC(2026, 0, 1, 16, 0));
});

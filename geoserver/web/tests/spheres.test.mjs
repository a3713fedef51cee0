import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circle, circleBounds, destination, separation, viewCone } from '../shared/spheres.mjs';

/** @type {[number, number]} */
const NANJING = [118.797, 32.042];

/** Twice the signed area in degrees: positive for an anticlockwise ring. */
const turn = (ring) =>
  ring.slice(1).reduce((sum, [x, y], i) => sum + (ring[i][0] * y - x * ring[i][1]), 0);

test('a degree of latitude is the 360th part of a great circle', () => {
  const north = destination(NANJING, 0, (2 * Math.PI * 6371008.8) / 360);
  assert.ok(Math.abs(north[1] - NANJING[1] - 1) < 1e-9);
  assert.ok(Math.abs(north[0] - NANJING[0]) < 1e-9);
});

test('every corner of a circle is as far away as asked, and the ring closes anticlockwise', () => {
  for (const centre of [NANJING, [24.94, 60.17], [9.5, -47.1]]) {
    for (const radius of [300, 500, 1000]) {
      const ring = circle(centre, radius);
      assert.deepEqual(ring[0], ring.at(-1));
      assert.ok(turn(ring.map(([x, y]) => [x - centre[0], y - centre[1]])) > 0);
      for (const corner of ring) {
        assert.ok(Math.abs(separation(centre, corner) - radius) < 1e-3);
      }
    }
  }
});

test('bounds of a circle hold its corners', () => {
  const [west, south, east, north] = circleBounds(NANJING, 1000);
  for (const [lon, lat] of circle(NANJING, 999)) {
    assert.ok(west <= lon && lon <= east && south <= lat && lat <= north);
  }
});

test('a view cone opens to both sides of where the camera looks', () => {
  const ring = viewCone(NANJING, { bearing: 90, fov: 60, range: 80 });
  assert.deepEqual(ring[0], NANJING);
  assert.deepEqual(ring.at(-1), NANJING);
  const middle = ring[Math.floor(ring.length / 2)];
  assert.ok(middle[0] > NANJING[0] && Math.abs(middle[1] - NANJING[1]) < 1e-5);
  for (const corner of ring.slice(1, -1))
    assert.ok(Math.abs(separation(NANJING, corner) - 80) < 1e-3);
  assert.ok(turn(ring.map(([x, y]) => [x - NANJING[0], y - NANJING[1]])) > 0);
});

test('a camera that turns all round sees a circle', () => {
  assert.deepEqual(viewCone(NANJING, { bearing: 0, fov: 360, range: 50 }), circle(NANJING, 50));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grown, grownStyle } from '../wall/growth.mjs';

test('zoom curves stay zoom curves, only their outputs grow', () => {
  assert.equal(grown(13, 2), 26);
  assert.deepEqual(grown(['interpolate', ['exponential', 1.5], ['zoom'], 10, 0.5, 18, 14], 2), [
    'interpolate',
    ['exponential', 1.5],
    ['zoom'],
    10,
    1,
    18,
    28,
  ]);
  assert.deepEqual(grown(['step', ['zoom'], 10, 12, 11, 16, 14], 2), [
    'step',
    ['zoom'],
    20,
    12,
    22,
    16,
    28,
  ]);
});

test('choices grow in each outcome', () => {
  assert.deepEqual(grown(['match', ['get', 'class'], 'primary', 3, ['a', 'b'], 2, 1], 2), [
    'match',
    ['get', 'class'],
    'primary',
    6,
    ['a', 'b'],
    4,
    2,
  ]);
  assert.deepEqual(grown(['case', ['has', 'x'], 3, 1], 2), ['case', ['has', 'x'], 6, 2]);
  assert.deepEqual(
    grown(['interpolate', ['linear'], ['zoom'], 8, ['match', ['get', 'c'], 'a', 1, 2], 9, 3], 3),
    ['interpolate', ['linear'], ['zoom'], 8, ['match', ['get', 'c'], 'a', 3, 6], 9, 9],
  );
  assert.deepEqual(grown(['get', 'size'], 2), ['*', 2, ['get', 'size']]);
});

test('a style grows in its sizes alone', () => {
  const style = {
    version: 8,
    sources: {},
    layers: [
      {
        id: 'a',
        type: 'line',
        source: 's',
        minzoom: 5,
        paint: { 'line-width': 2, 'line-opacity': 0.5 },
      },
      { id: 'b', type: 'background', paint: { 'background-color': '#000' } },
    ],
  };
  assert.equal(grownStyle(style, 1), style);
  const [a, b] = grownStyle(style, 2).layers;
  assert.deepEqual(a, { ...style.layers[0], paint: { 'line-width': 4, 'line-opacity': 0.5 } });
  assert.deepEqual(b, style.layers[1]);
});

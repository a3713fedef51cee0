import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MovingUnits } from '../shared/movers.mjs';

const at = (id, lon, lat = 0) => ({ id, lon, lat, kind: 'grid_worker', state: 'on_duty' });

/** A map that only remembers what it was told, and refuses what MapLibre would refuse. */
class Drawn {
  units = new Map();

  apply({ add, update, remove }) {
    for (const id of remove) assert.ok(this.units.delete(id), `removes ${id}, which is drawn`);
    for (const feature of add) {
      assert.ok(!this.units.has(feature.id), `adds ${feature.id} once`);
      this.units.set(feature.id, feature.geometry.coordinates);
    }
    for (const { id, newGeometry } of update) {
      assert.ok(this.units.has(id), `moves ${id}, which is drawn`);
      this.units.set(id, newGeometry.coordinates);
    }
  }
}

test('nothing new is no difference', () => {
  const units = new MovingUnits();
  assert.equal(units.difference(), null);
  units.take({ add: [at(1, 10)] });
  assert.notEqual(units.difference(), null);
  assert.equal(units.difference(), null);
});

test('a unit that moved often is moved once, to where it was last', () => {
  const units = new MovingUnits();
  units.take({ add: [at(1, 10)] });
  units.difference();
  for (const lon of [11, 12, 13]) units.take({ update: [at(1, lon)] });
  const { add, update, remove } = units.difference();
  assert.deepEqual([add.length, update.length, remove.length], [0, 1, 0]);
  assert.deepEqual(update[0].newGeometry.coordinates, [13, 0]);
});

test('a unit that came and went between two drawings is never drawn', () => {
  const units = new MovingUnits();
  units.take({ add: [at(1, 10)] });
  units.take({ remove: [1] });
  assert.deepEqual(units.difference(), { add: [], update: [], remove: [] });
});

test('fields that a move leaves out keep their value', () => {
  const units = new MovingUnits();
  units.take({ add: [at(1, 10)] });
  units.take({ update: [{ id: 1, lon: 11, lat: 1 }] });
  assert.deepEqual(units.get(1), { id: 1, lon: 11, lat: 1, kind: 'grid_worker', state: 'on_duty' });
});

test('after a fresh start the map holds exactly what was sent anew', () => {
  const units = new MovingUnits();
  const drawn = new Drawn();
  units.take({ add: [at(1, 10), at(2, 20)] });
  drawn.apply(units.difference());
  units.clear();
  units.take({ add: [at(2, 21), at(3, 30)] });
  drawn.apply(units.difference());
  assert.deepEqual([...drawn.units].sort(), [
    [2, [21, 0]],
    [3, [30, 0]],
  ]);
});

test('whatever the order of batches and drawings, none is lost and none doubled', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 16807) % 2147483647) % n;
  const units = new MovingUnits();
  const drawn = new Drawn();
  const truth = new Map();
  for (let round = 0; round < 3000; round += 1) {
    const id = random(40);
    if (random(4) === 0) {
      units.take({ remove: [id] });
      truth.delete(id);
    } else {
      const kind = random(2) === 0 ? 'add' : 'update';
      units.take({ [kind]: [at(id, round)] });
      truth.set(id, [round, 0]);
    }
    if (random(3) === 0) {
      const difference = units.difference();
      if (difference) drawn.apply(difference);
      assert.equal(units.size, truth.size);
      assert.deepEqual([...drawn.units].sort(), [...truth].sort());
    }
  }
});

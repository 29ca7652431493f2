import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { BoundedMap } from '../../protocol/bounded-map.ts';

describe('BoundedMap', () => {
  it('drops the oldest entry beyond its limit', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('c', 3);
    assert.deepEqual(
      [...map],
      [
        ['b', 2],
        ['c', 3],
      ],
    );
  });

  it('drops nothing when a key is set again', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3);
    assert.deepEqual(
      [...map],
      [
        ['a', 3],
        ['b', 2],
      ],
    );
  });
});

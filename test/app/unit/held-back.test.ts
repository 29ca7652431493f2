import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { heldIn } from '../../../app/explorer/useHeldBack.ts';
import type { Row } from '../../../app/history/rows.ts';

const rowOf = (nonce: bigint) =>
  ({ transfer: { lane: { direction: 'mint', productToken: '0x01' }, nonce } }) as unknown as Row;

describe('the rows above those that a visitor reads', () => {
  const rows = [5n, 4n, 3n, 2n].map(rowOf);

  it('are counted', () => {
    assert.equal(heldIn(rows, 'mint-0x01-5'), 0);
    assert.equal(heldIn(rows, 'mint-0x01-3'), 2);
  });

  it('are shown once the row below them is no longer listed', () => {
    assert.equal(heldIn(rows, 'mint-0x01-1'), 0);
    assert.equal(heldIn([], 'mint-0x01-1'), 0);
  });
});

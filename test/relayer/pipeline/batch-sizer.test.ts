import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { MAXIMUM_BATCH } from '../../../protocol/attestation.ts';
import { createBatchSizer } from '../../../relayer/pipeline/batch-sizer.ts';

describe('the batch sizer', () => {
  it('halves the size of a batch that does not fit, down to one transfer', () => {
    const sizes = createBatchSizer();
    assert.equal(sizes.sizeOf('a'), MAXIMUM_BATCH);
    assert.equal(sizes.shrink('a', 200), true);
    assert.equal(sizes.sizeOf('a'), 100);
    assert.equal(sizes.sizeOf('b'), MAXIMUM_BATCH, 'another lane is unaffected');
    assert.equal(sizes.shrink('a', 1), false);
    assert.equal(sizes.sizeOf('a'), 100);
  });

  it('does not grow after a batch below the current size', () => {
    const sizes = createBatchSizer();
    sizes.shrink('a', 200);
    sizes.grow('a', 7);
    assert.equal(sizes.sizeOf('a'), 100);
  });

  it('returns to the maximum once batches fit, whatever failed before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: MAXIMUM_BATCH })), (refused) => {
        const sizes = createBatchSizer();
        for (const count of refused) sizes.shrink('a', Math.min(count, sizes.sizeOf('a')));
        assert.ok(sizes.sizeOf('a') >= 1);
        for (let fits = 0; fits < Math.log2(MAXIMUM_BATCH) + 1; fits++) sizes.grow('a', sizes.sizeOf('a'));
        assert.equal(sizes.sizeOf('a'), MAXIMUM_BATCH);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { MAXIMUM_BATCH } from '../../../protocol/attestation.ts';
import { createSizes } from '../../../relayer/pipeline/batch-sizer.ts';

describe('the size of batches', () => {
  it('is halved when one does not fit, and no further when it is one transfer alone', () => {
    const sizes = createSizes();
    assert.equal(sizes.of('a'), MAXIMUM_BATCH);
    assert.equal(sizes.halve('a', 200), true);
    assert.equal(sizes.of('a'), 100);
    assert.equal(sizes.of('b'), MAXIMUM_BATCH, 'of this lane alone');
    assert.equal(sizes.halve('a', 1), false);
    assert.equal(sizes.of('a'), 100);
  });

  it('is not raised by a batch that was smaller than it might have been', () => {
    const sizes = createSizes();
    sizes.halve('a', 200);
    sizes.fitted('a', 7);
    assert.equal(sizes.of('a'), 100);
  });

  it('is the largest again as soon as batches fit, whatever did not before', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: MAXIMUM_BATCH })), (refused) => {
        const sizes = createSizes();
        for (const count of refused) sizes.halve('a', Math.min(count, sizes.of('a')));
        assert.ok(sizes.of('a') >= 1);
        for (let fits = 0; fits < Math.log2(MAXIMUM_BATCH) + 1; fits++) sizes.fitted('a', sizes.of('a'));
        assert.equal(sizes.of('a'), MAXIMUM_BATCH);
      }),
    );
  });
});

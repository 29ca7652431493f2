import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { anchorsAbi, exitsAbi } from '../../protocol/abi.ts';
import { anchorViews, exitViews } from '../../sdk/exit-views.ts';

describe('the functions of exits that the page reads', () => {
  it('are those of the compiled contracts', () => {
    for (const [views, abi] of [
      [exitViews, exitsAbi],
      [anchorViews, anchorsAbi],
    ] as const) {
      for (const view of views) {
        const own = abi.find((item) => item.type === 'function' && item.name === view.name);
        assert.deepEqual(own, view);
      }
    }
  });
});

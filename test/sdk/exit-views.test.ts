import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { anchorsAbi, exitsAbi, mainBridgeAbi, productStateAbi } from '../../protocol/abi.ts';
import { anchorCalls, bridgeErrors, exitCalls, stateCalls } from '../../sdk/exit-calls.ts';
import { anchorViews, exitViews } from '../../sdk/exit-views.ts';

describe('the functions and errors of exits that the page knows', () => {
  it('are those of the compiled contracts', () => {
    for (const [views, abi] of [
      [exitViews, exitsAbi],
      [anchorViews, anchorsAbi],
      [exitCalls, exitsAbi],
      [anchorCalls, anchorsAbi],
      [stateCalls, productStateAbi],
      [bridgeErrors, mainBridgeAbi],
    ] as const) {
      for (const view of views) {
        const own = abi.find((item) => item.type === view.type && 'name' in item && item.name === view.name);
        assert.deepEqual(own, view);
      }
    }
  });
});

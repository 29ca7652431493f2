import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { zeroHash } from 'viem';

import type { LastAnchor } from '../../../relayer/anchors/anchors-contract.ts';
import { IDLE_SECONDS, cappedNumber, isAnchorDue } from '../../../relayer/anchors/due.ts';

const last: LastAnchor = {
  ...{ number: 100n, attestedAt: 10_000n, blockHash: zeroHash, historyRoot: zeroHash },
  ...{ signerEpoch: 1n, isCorrecting: false },
};
const isDue = (change: { number?: bigint; seconds?: bigint; signerEpoch?: bigint } = {}) => {
  const { number = 200n, seconds = 3_600n, signerEpoch = 1n } = change;
  return isAnchorDue({ last, signerEpoch, number, now: 10_000n + seconds, everySeconds: 3_600 });
};

describe('an anchor', () => {
  it('is due when the last one is as old as configured and the chain has grown', () => {
    assert.equal(isDue(), true);
    assert.equal(isDue({ seconds: 3_599n }), false);
  });

  it('is due at the same height within a day', () => {
    assert.equal(isDue({ number: 100n }), false);
    assert.equal(isDue({ number: 100n, seconds: IDLE_SECONDS - 1n }), false);
    assert.equal(isDue({ number: 100n, seconds: IDLE_SECONDS }), true);
    assert.equal(isDue({ number: 100n, seconds: 86_400n - 3_600n }), true);
  });

  it('is due at once in a new signer epoch, but not twice in the same second', () => {
    assert.equal(isDue({ signerEpoch: 2n, seconds: 1n }), true);
    assert.equal(isDue({ signerEpoch: 2n, seconds: 0n }), false);
  });
});

describe('the height of an anchor', () => {
  const capped = (change: Partial<LastAnchor>, number: bigint) =>
    cappedNumber({ last: { ...last, ...change }, number, attestedAt: 10_010n, maximumBlocksPerSecond: 2n });

  it('rises no faster than the contract accepts', () => {
    assert.equal(capped({}, 119n), 119n);
    assert.equal(capped({}, 121n), 120n);
  });

  it('stays while a correction waits', () => {
    assert.equal(capped({ isCorrecting: true }, 119n), 100n);
  });
});

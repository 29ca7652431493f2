import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { zeroAddress } from 'viem';

import { takeTransfer, verifyTransfer } from '../../../relayer/pipeline/verify-transfer.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { bridges, lane, mainToken, peg, productToken, transferOf } from '../support.ts';

const known = { mainPeg: peg, productPeg: peg, bridges };

describe('verifying a transfer', () => {
  it('rejects a peg that one bridge lacks', () => {
    assert.equal(verifyTransfer(transferOf(0n), { ...known, productPeg: undefined }), 'peg-mismatch');
  });

  it('rejects a peg with different rates on the two bridges', () => {
    assert.equal(verifyTransfer(transferOf(0n), { ...known, mainPeg: { ...peg, numerator: 3n } }), 'peg-mismatch');
  });

  it('rejects amounts that do not match the rate', () => {
    assert.equal(verifyTransfer(transferOf(0n, { amount: 11n }), known), 'inexact-amount');
  });

  it('rejects the zero address, a token or a bridge as the recipient', () => {
    for (const recipient of [zeroAddress, mainToken, productToken, ...bridges]) {
      assert.equal(verifyTransfer(transferOf(0n, { recipient }), known), 'forbidden-recipient');
    }
  });

  it('accepts a valid transfer', () => {
    assert.equal(verifyTransfer(transferOf(0n), known), undefined);
  });
});

describe('taking transfers', () => {
  it('fills a gap left by a withheld log before it continues', async () => {
    const ledger = createLedger(lane);
    const located: bigint[] = [];
    const find = (nonces: readonly bigint[]) => {
      located.push(...nonces);
      return Promise.resolve(nonces.map((nonce) => transferOf(nonce)));
    };
    const taken = await takeTransfer(ledger, transferOf(2n), { known, now: 0, find });
    assert.deepEqual(located, [0n, 1n]);
    assert.deepEqual(
      taken.map(({ nonce }) => nonce),
      [0n, 1n, 2n],
    );
  });

  it('never skips a gap that cannot be filled', async () => {
    const ledger = createLedger(lane);
    const find = () => Promise.resolve([transferOf(1n)]);
    await assert.rejects(takeTransfer(ledger, transferOf(2n), { known, now: 0, find }), /expected nonce 0, found 1/);
    assert.equal(ledger.nextNonce, 0n);
  });

  it('ignores a transfer that was already taken', async () => {
    const ledger = createLedger(lane);
    const context = { known, now: 0, find: () => Promise.resolve([]) };
    await takeTransfer(ledger, transferOf(0n), context);
    assert.deepEqual(await takeTransfer(ledger, transferOf(0n), context), []);
  });
});

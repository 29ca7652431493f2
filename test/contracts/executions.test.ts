import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { getAddress, size, sliceHex } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { onBothSides, refused } from './support/both.ts';
import { SOURCE_BLOCK, address, at, deployMainBridge, deployToken, holder, items, mainPeg } from './support/bridges.ts';
import { assertions } from './support/network.ts';
import { signAll } from './support/signers.ts';

onBothSides('A batch', (fresh) => {
  it('of no items, of a part of one, or of more than 256 is refused, with its length', async () => {
    const side = await fresh();
    const long = encodeTransfers(items(257));
    for (const transfers of ['0x', sliceHex(long, 0, 35), sliceHex(long, 0, 37), long] as const) {
      await refused(side, side.submit(0n, transfers, '0x'), 'InvalidTransfers', [BigInt(size(transfers))]);
    }
  });

  it('with a nonce beyond 64 bits is refused, and the last nonce is executed', async () => {
    const side = await fresh();
    const last = 2n ** 64n - 1n;
    await refused(side, side.execute(last, items(2)), 'NonceOutOfRange', [last, 2n]);
    await side.execute(last, items(1));
    assert.equal(await side.status(last), 'executed');
  });

  it('that was executed is refused before its signatures are looked at, across words too', async () => {
    const side = await fresh();
    await side.execute(254n, items(4));
    for (const [firstNonce, count] of [
      [254n, 4],
      [255n, 3],
    ] as const) {
      const again = side.submit(firstNonce, encodeTransfers(items(count)), '0xdead');
      await refused(side, again, 'AlreadyExecuted', [getAddress(side.productToken), firstNonce]);
    }
  });

  it('pays each item once, whatever batches it comes in', async () => {
    const side = await fresh();
    const all = items(4);
    await side.execute(1n, all.slice(1, 3));
    const hash = await side.execute(0n, all);
    for (const { recipient } of all) assert.equal(await side.balanceOf(recipient), 5n);
    const [event] = await side.bridge.getEvents.TransfersExecuted({}, { fromBlock: (await at(hash)).blockNumber });
    assert.equal(event?.args.mask, 0b1001n);
  });

  it('is kept apart from others across a word of the bitmap', async () => {
    const side = await fresh();
    await side.execute(250n, items(12));
    const words = await side.bridge.read.executedWords([side.productToken, 0n, 2n]);
    assert.deepEqual(words, [0b111111n << 250n, 0b111111n]);
    assert.equal(await side.bridge.read.executed([side.productToken, 249n]), false);
    assert.equal(await side.status(255n), 'executed');
  });

  it('of 256 executes in one call', async () => {
    const side = await fresh();
    await side.execute(300n, items(256));
    assert.equal(await side.balanceOf(address(0x10ff)), 5n);
  });

  it('is refused while the bridge is paused', async () => {
    const side = await fresh();
    await side.pause();
    await refused(side, side.execute(0n, items(1)), 'BridgePaused');
  });
});

describe('Two pegs of one main token', () => {
  it('keep their collateral apart', async () => {
    const token = await deployToken();
    const [empty, full] = [mainPeg(token.address), mainPeg(token.address)];
    const bridge = await deployMainBridge([empty, full]);
    await token.write.mint([holder.account.address, 100n]);
    await token.write.approve([bridge.address, 100n], { account: holder.account });
    await bridge.write.deposit([full.productToken, 100n, address(9), 0n], { account: holder.account });
    assert.equal(await bridge.read.locked([empty.productToken]), 0n);

    const transfers = encodeTransfers(items(1));
    const signatures = await signAll(
      await bridge.read.attestationDigest([1n, empty.productToken, 0n, transfers, SOURCE_BLOCK]),
    );
    await assertions.revertWithCustomErrorWithArgs(
      bridge.write.withdraw([empty.productToken, 0n, transfers, signatures, SOURCE_BLOCK]),
      bridge,
      'InsufficientLocked',
      [getAddress(empty.productToken), 0n, 5n],
    );
  });
});

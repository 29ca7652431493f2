import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import type { Direction } from '../../../protocol/lane.ts';
import { createBlockProofs, openLogSource } from '../../../relayer/chain/logs.ts';
import { recoverLane } from '../../../relayer/pipeline/recover-lane.ts';
import type { BridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { type FakeBridge, depositLog, redeemLog, serves } from '../chain/support/bridge-node.ts';
import { type Chain, startNodes } from '../chain/support/node.ts';
import { bridges, hashOf, pair, productToken } from '../support.ts';

describe('a ledger that is rebuilt from the two bridges', () => {
  const chains: Chain[] = [];
  afterEach(async () => {
    for (const chain of chains.splice(0)) await chain.close();
  });

  /** The nodes of both sides, each with one bridge. */
  const pairOf = async (main: FakeBridge, product: FakeBridge): Promise<BridgePair> => {
    const sideOf = async (side: 'main' | 'product', fake: FakeBridge) => {
      const chain = await startNodes(1, serves(fake));
      chains.push(chain);
      const { nodes } = chain;
      const proofs = createBlockProofs(nodes, 'ethereum');
      const source = openLogSource({
        ...{ nodes, side, bridge: bridges[0], logRange: 100, proof: 'witnesses', proofs },
      });
      return { side, nodes, address: bridges[0], source };
    };
    const sides = { main: await sideOf('main', main), product: await sideOf('product', product) };
    return { sides, pair } as unknown as BridgePair;
  };
  const heads = {
    main: { number: 1_000n, hash: hashOf(1), timestamp: 0n },
    product: { number: 2_000n, hash: hashOf(2), timestamp: 0n },
  };
  const rebuild = async (direction: Direction, source: Partial<FakeBridge>, destination: FakeBridge['views']) => {
    const logOf = direction === 'mint' ? depositLog : redeemLog;
    const logs = [logOf(10, 0n), logOf(11, 1n), logOf(12, 2n), logOf(13, 3n)];
    const views = { outboundNonce: () => 4n, outboundBlock: () => 10n, lastOutboundBlock: () => 13n };
    const at = { views, logs, ...source };
    const there = { views: { parkedCount: () => 0n, parkedNonces: () => [], ...destination }, logs: [] };
    const ledger = createLedger({ direction, productToken });
    const sides = direction === 'mint' ? [at, there] : [there, at];
    await recoverLane(await pairOf(sides[0]!, sides[1]!), ledger, heads as never, () => 7);
    return ledger;
  };
  /** The bitmap with these nonces executed; the remaining words are clear. */
  const executed = (...nonces: readonly bigint[]) => ({
    executedWords: (_token: string, _first: bigint, count: bigint) => {
      const [word, ...rest] = Array<bigint>(Number(count)).fill(0n);
      return [nonces.reduce((bits, nonce) => bits | (1n << nonce), word ?? 0n), ...rest];
    },
  });

  it('has what departed and did not execute', async () => {
    const ledger = await rebuild('mint', {}, executed(0n, 2n));
    assert.deepEqual(
      ledger.entries().map(({ transfer, readyAt, parked }) => [transfer.nonce, transfer.amount, readyAt, parked]),
      [
        [1n, 10n, 7, false],
        [3n, 10n, 7, false],
      ],
    );
    assert.equal(ledger.nextNonce, 4n);
  });

  it('has a parked transfer as parked, though its bit is set', async () => {
    const parked = { parkedCount: () => 1n, parkedNonces: () => [2n] };
    const ledger = await rebuild('mint', {}, { ...executed(0n, 1n, 2n, 3n), ...parked });
    assert.deepEqual(
      ledger.entries().map((entry) => [entry.transfer.nonce, entry.parked]),
      [[2n, true]],
    );
  });

  it('does not open what the destination executed before this relayer’s nodes know its departure', async () => {
    const ledger = await rebuild('mint', {}, executed(0n, 1n, 2n, 3n, 4n));
    assert.deepEqual(ledger.ahead(), [4n]);
    assert.equal(ledger.add({ ...(await rebuild('mint', {}, executed())).get(0n)!.transfer, nonce: 4n }, 8), false);
  });

  it('keeps a parked nonce for the departure that its nodes do not know yet', async () => {
    const parked = { parkedCount: () => 1n, parkedNonces: () => [4n] };
    const ledger = await rebuild('mint', {}, { ...executed(0n, 1n, 2n, 3n, 4n), ...parked });
    assert.deepEqual(ledger.entries(), []);
    assert.deepEqual(ledger.parked(), [4n]);
  });

  it('has a withdrawal as refused where the main bridge recorded a refusal', async () => {
    const refusals = { failedAt: (_token: string, nonce: bigint) => (nonce === 1n ? 1_700_000_000n : 0n) };
    const ledger = await rebuild('withdraw', {}, { ...executed(0n, 2n), ...refusals });
    assert.deepEqual(
      ledger.entries().map((entry) => [entry.transfer.nonce, entry.refused]),
      [
        [1n, true],
        [3n, false],
      ],
    );
  });

  it('is left as it was when a node withholds a departure', async () => {
    const ledger = createLedger({ direction: 'mint', productToken });
    const views = { outboundNonce: () => 2n, outboundBlock: () => 10n, lastOutboundBlock: () => 11n };
    const destination = { parkedCount: () => 0n, ...executed() };
    const sides = await pairOf({ views, logs: [depositLog(10, 0n)] }, { views: destination, logs: [] });
    await assert.rejects(
      recoverLane(sides, ledger, heads as never, () => 7),
      { code: 'withheld-log' },
    );
    assert.equal(ledger.nextNonce, 0n);
  });
});

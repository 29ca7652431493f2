// The TypeScript twin of the anchors against the contract: whatever history the twin builds, the contract accepts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, keccak256, numberToHex } from 'viem';

import {
  type History,
  anchorArguments,
  append,
  emptyHistory,
  headOf,
  historyRootOf,
  tailRootOf,
} from '../../protocol/anchors/history.ts';
import { anchorDigest, correctionDigest } from '../../protocol/anchors/statement.ts';
import { DAY, deployer, mainSide } from './support/bridges.ts';
import { assertions, chainId, loadFixture, publicClient, time, viem } from './support/network.ts';
import { signAll } from './support/signers.ts';

const FIRST = 500n;
const SOURCE = 4_242;
const hashes = Array.from({ length: 2_100 }, (_, at): Hex => keccak256(numberToHex(at)));

async function fresh() {
  const { main } = await mainSide();
  const firstTimestamp = BigInt(await time.latest()) - 2_000n;
  const anchors = await viem.deployContract('Anchors', [main.address, BigInt(SOURCE), FIRST, firstTimestamp, 2n]);
  const domain = { chainId, anchors: anchors.address, sourceChainId: SOURCE };
  let earlier = 0n;

  const statementOf = async (history: History) => ({
    number: headOf(history),
    attestedAt: BigInt(await time.increase(2_000)),
    blockHash: hashes[Number(history.count) - 1]!,
    historyRoot: historyRootOf(history),
  });
  const anchor = async (history: History) => {
    const next = await statementOf(history);
    const { bag, peaks, tailRoot } = anchorArguments(history, earlier);
    const hash = await anchors.write.anchor([
      next,
      bag,
      peaks,
      tailRoot,
      await signAll(anchorDigest(domain, 1n, next)),
    ]);
    earlier = history.count;
    return { next, peaks, tailRoot, hash };
  };
  return { anchors, domain, anchor, statementOf };
}

const historyTo = (count: number): History => append(emptyHistory(FIRST), hashes.slice(0, count));

describe('Anchors, by the TypeScript twin', () => {
  it('accepts each history that continues the one before, and stores it', async () => {
    const { anchors, anchor } = await loadFixture(fresh);
    for (const count of [1, 255, 256, 257, 512, 700, 1_024, 1_024, 1_793, 2_100]) {
      const { next, peaks, tailRoot, hash } = await anchor(historyTo(count));
      await assertions.emitWithArgs(Promise.resolve(hash), anchors, 'Anchored', [
        next.number,
        next.blockHash,
        next.historyRoot,
        next.attestedAt,
        peaks,
        tailRoot,
      ]);
      assert.deepEqual(await anchors.read.latest(), next);
      assert.equal(await anchors.read.signerEpoch(), 1n);
    }
  });

  it('signs the digests of the contract, a correction over the anchor that it replaces', async () => {
    const { anchors, domain, anchor, statementOf } = await loadFixture(fresh);
    const { next } = await anchor(historyTo(700));
    assert.equal(await anchors.read.anchorDigest([next]), anchorDigest(domain, 1n, next));
    const corrected = historyTo(300);
    const correction = await statementOf(corrected);
    const digest = correctionDigest(domain, 1n, next.blockHash, correction);
    assert.equal(await anchors.read.correctionDigest([correction]), digest);
    await anchors.write.correct([correction, corrected.peaks, tailRootOf(corrected), await signAll(digest)]);
    await time.increase(2 * DAY);
    await anchors.write.executeCorrection({ account: deployer.account });
    assert.equal((await anchors.read.latest()).number, headOf(corrected));
  });

  it('costs the same gas however long the history is', async () => {
    const { anchor } = await loadFixture(fresh);
    const gasOf = async (hash: Hex) => (await publicClient.getTransactionReceipt({ hash })).gasUsed;
    await anchor(historyTo(1));
    const { hash: short } = await anchor(historyTo(3));
    await anchor(historyTo(2_049));
    const { hash: long } = await anchor(historyTo(2_051));
    const [a, b] = [await gasOf(short), await gasOf(long)];
    assert.ok(b - a < 1_000n && a - b < 1_000n, `${a} and ${b}`);
  });
});

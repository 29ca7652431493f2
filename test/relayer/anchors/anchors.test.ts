import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Address, type Hex, decodeFunctionData, encodeFunctionResult, getAddress, zeroHash } from 'viem';

import { anchorsAbi, exitsAbi } from '../../../protocol/abi.ts';
import type { Anchor } from '../../../protocol/anchors/statement.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { createAnchors } from '../../../relayer/anchors/anchors.ts';
import type { ChainHistory } from '../../../relayer/anchors/chain-history.ts';
import type { Head } from '../../../relayer/chain/finality.ts';
import { hashOf } from '../support.ts';

const address: Address = getAddress(`0x${'bb'.repeat(20)}`);
const none: Anchor = { number: 4n, attestedAt: 100n, blockHash: zeroHash, historyRoot: zeroHash };
const anchored: Anchor = { number: 10n, attestedAt: 1_000n, blockHash: hashOf(10), historyRoot: hashOf(110) };

describe('the anchors of a bridge', () => {
  let head: bigint;
  let final: bigint;
  /** The answers of the chain at its latest block, and at its final one. */
  let latest: Anchor;
  let agreed: Anchor;
  let failure: Reason | undefined;
  let refusal: Reason | undefined;
  let problems: Map<string, string>;
  let asked: number;
  beforeEach(() => {
    [head, final, asked] = [20n, 20n, 0];
    [latest, agreed] = [anchored, anchored];
    [failure, refusal] = [undefined, undefined];
    problems = new Map();
  });

  const open = () => {
    const fail = () => {
      if (failure !== undefined) throw new PegwayError('a chain', { code: failure });
    };
    const history = {
      head: () => head,
      advance(to) {
        fail();
        head = to.number < head + 5n ? to.number : head + 5n;
        return Promise.resolve(head < to.number);
      },
      commit: (number) =>
        Promise.resolve({ blockHash: hashOf(Number(number)), historyRoot: hashOf(100 + Number(number)) }),
      refuse: (reason) => void (refusal = reason),
    } as Partial<ChainHistory> as ChainHistory;
    const answer = (anchor: Anchor) => (data: Hex) => {
      const { functionName } = decodeFunctionData({ abi: [...anchorsAbi, ...exitsAbi], data });
      const results = {
        latest: anchor,
        signerEpoch: 1n,
        lastLifeAt: 1_000n,
        pendingCorrection: { number: 0n, executableAt: 0n, blockHash: zeroHash, historyRoot: zeroHash },
      } as const;
      const result = results[functionName as keyof typeof results];
      return Promise.resolve(encodeFunctionResult({ abi: [...anchorsAbi, ...exitsAbi], functionName, result }));
    };
    type Call = readonly [{ readonly data: Hex }];
    const nodes = {
      name: 'main',
      one: (_: string, [{ data }]: Call) => answer(latest)(data),
      agree: (_: string, [{ data }]: Call) => answer(agreed)(data),
    };
    const headAt = (number: bigint, timestamp: bigint) => ({ number, timestamp, hash: hashOf(1) }) as Head;
    const bridges = { state: () => ({ signers: [], threshold: 4, signerEpoch: 1n }) };
    return createAnchors({
      config: { turnSeconds: 1, fallbackSeconds: 10, sweepSeconds: 30, standSeconds: 120 },
      ...{
        everySeconds: 3_600,
        exit: { address, delay: 604_800n },
        terms: { address, firstBlock: 5n, maximumBlocksPerSecond: 2n },
        history,
      },
      ...{ main: { chainId: 1, nodes } as never, product: { chainId: 2 } as never, account: {} as never },
      bridges: bridges as never,
      head: (side) => (side === 'main' ? headAt(7n, 1_100n) : headAt(final, 1_100n)),
      tipTime: () => undefined,
      problems: { set: (part, code) => void problems.set(part, code), clear: (part) => void problems.delete(part) },
      attester: { address } as never,
      collect: () => Promise.reject(new Error('nothing is due')),
      isLeaseHeld: () => (asked++, true),
      signal: new AbortController().signal,
      log: { info: () => undefined, warn: () => undefined },
      now: () => 0,
      beat: () => Promise.resolve(),
    });
  };

  it('reads the final blocks first, a part in each round', async () => {
    const anchors = open();
    [head, final] = [4n, 16n];
    for (let round = 0; round < 2; round++) {
      await anchors.loop.round();
      assert.ok(head < 16n);
      assert.equal(anchors.view(), undefined);
    }
    await anchors.loop.round();
    assert.equal(head, 16n);
    assert.deepEqual(anchors.view()?.latest, { ...anchored, signerEpoch: 1n });
  });

  it('shows no anchor before the first, and proves nothing that is not anchored or not read', async () => {
    const anchors = open();
    assert.equal(await anchors.prove(7n), 'not-final');
    [latest, agreed] = [none, none];
    await anchors.loop.round();
    assert.equal(anchors.view()?.latest, undefined);
    latest = anchored;
    await anchors.loop.round();
    assert.equal(await anchors.prove(11n), 'not-final');
    assert.equal(await anchors.history(head + 1n), 'not-final');
    assert.equal(await anchors.history(4n), 'not-final');
    assert.equal(await anchors.prove(4n), 'not-final');
    head = 9n;
    assert.equal(await anchors.prove(7n), 'not-final');
  });

  for (const field of ['blockHash', 'historyRoot'] as const) {
    it(`stops signing and reports it when the last anchor has another ${field}, until it is corrected`, async () => {
      const anchors = open();
      [latest, agreed] = [0, 1].map(() => ({ ...anchored, [field]: hashOf(99) })) as [Anchor, Anchor];
      await anchors.loop.round();
      assert.equal(refusal, 'digest-mismatch');
      assert.equal(problems.get('anchors'), 'digest-mismatch');
      assert.equal(asked, 0);
      [latest, agreed] = [anchored, anchored];
      await anchors.loop.round();
      assert.equal(refusal, undefined);
      assert.equal(problems.size, 0);
      assert.equal(asked, 1);
    });
  }

  it('measures the last anchor, how far it has read, and when an exit can open', async () => {
    const anchors = open();
    await anchors.loop.round();
    const measured: Record<string, number> = {};
    const gauge = (name: string) => ({ set: (value: number) => void (measured[name] = value) });
    const names = ['anchorBlock', 'anchorTimestamp', 'anchorHead', 'exitOpens'] as const;
    anchors.measure(Object.fromEntries(names.map((name) => [name, gauge(name)])) as never);
    assert.deepEqual(measured, { anchorHead: 20, exitOpens: 605_800, anchorBlock: 10, anchorTimestamp: 1_000 });
  });

  it('believes no single node that shows another anchor', async () => {
    const anchors = open();
    latest = { ...anchored, blockHash: hashOf(99) };
    await anchors.loop.round();
    assert.equal(refusal, undefined);
    assert.equal(problems.size, 0);
  });

  it('reports a rewritten chain, and no failure of a node', async () => {
    const anchors = open();
    final = 30n;
    for (const code of ['rpc-unreachable', 'finality-reversed'] as const) {
      failure = code;
      await assert.rejects(anchors.loop.round(), (error) => {
        anchors.loop.onError?.(error);
        return true;
      });
      assert.equal(problems.get('anchors'), code === 'finality-reversed' ? code : undefined);
    }
  });
});

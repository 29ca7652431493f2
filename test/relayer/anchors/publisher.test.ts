import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Address, type Hex, decodeFunctionData, encodeFunctionResult, getAddress } from 'viem';

import { anchorsAbi, mainBridgeAbi } from '../../../protocol/abi.ts';
import { append, emptyHistory, historyRootOf } from '../../../protocol/anchors/history.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import type { AnchorsTerms, LastAnchor } from '../../../relayer/anchors/anchors-contract.ts';
import type { ChainHistory } from '../../../relayer/anchors/chain-history.ts';
import { createAnchorPublisher } from '../../../relayer/anchors/publisher.ts';
import type { AnchorStatement } from '../../../relayer/state/statement.ts';
import { hashOf } from '../support.ts';
import { chainOf, headOf } from './fake-chain.ts';

const address = (byte: string): Address => getAddress(`0x${byte.repeat(20)}`);
const signers = ['11', '22', '33', '44', '55', '66'].map(address);
const bridge = address('aa');
const signature: Hex = `0x${'01'.repeat(64)}`;
const terms: AnchorsTerms = { address: address('bb'), firstBlock: 1n, maximumBlocksPerSecond: 2n };
/** Two seconds a block, from second 1,000 on. */
const headers = chainOf(4_000);
const first: LastAnchor = {
  ...{ number: 0n, attestedAt: 1_000n, blockHash: hashOf(0), historyRoot: hashOf(0) },
  ...{ signerEpoch: 0n, isCorrecting: false },
};

describe('the publisher of anchors', () => {
  let head: bigint;
  let time: number;
  let epoch: bigint;
  let available: number;
  let asked: AnchorStatement[];
  let sent: { to: Address; key: string; name: string; args: readonly unknown[] }[];
  let approvals: Map<Hex, number>;
  beforeEach(() => {
    [head, time, epoch, available] = [3_900n, 0, 1n, 4];
    [asked, sent] = [[], []];
    approvals = new Map();
  });

  const upTo = (number: bigint) =>
    append(
      emptyHistory(1n),
      headers.slice(1, Number(number) + 1).map(({ hash }) => hash),
    );
  const history = {
    head: () => head,
    upTo: (number: bigint) => Promise.resolve(upTo(number)),
    commit: (number: bigint) =>
      Promise.resolve({ blockHash: headers[Number(number)]!.hash, historyRoot: historyRootOf(upTo(number)) }),
  } as ChainHistory;

  const publisherOf = (signer: Address) =>
    createAnchorPublisher({
      main: {
        ...{ chainId: 1, address: bridge },
        nodes: {
          name: 'main',
          one(method: string, [call]: readonly [{ data: Hex }]) {
            if (method === 'eth_estimateGas') return Promise.resolve('0x64');
            const { args } = decodeFunctionData({ abi: mainBridgeAbi, data: call.data });
            const result = approvals.get((args as readonly [Hex])[0]) ?? 0;
            return Promise.resolve(encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'approvals', result }));
          },
        },
      } as never,
      product: { chainId: 2, headerAt: (number: bigint) => Promise.resolve(headOf(headers[Number(number)]!)) },
      ...{ terms, history, payer: signer, everySeconds: 3_600, turnSeconds: 10, fallbackSeconds: 60 },
      authority: () => ({ signers, threshold: 4, signerEpoch: epoch }),
      attester: { address: signer, sign: () => Promise.resolve(signature) },
      collect(statement) {
        asked.push(statement as AnchorStatement);
        const signatures = signers.slice(0, available).map((_, index) => ({ index, signature }));
        return Promise.resolve({ signatures, refusals: [], shrinkTo: undefined });
      },
      transactions: {
        submit({ key, to, data }: { key: string; to: Address; data: Hex }) {
          const abi = to === bridge ? mainBridgeAbi : anchorsAbi;
          const { functionName, args } = decodeFunctionData({ abi, data });
          sent.push({ to, key, name: functionName, args });
          return Promise.resolve({});
        },
      } as never,
      log: { info: () => undefined },
      signal: new AbortController().signal,
      now: () => time,
    });
  const at = (timestamp: bigint) => ({ timestamp });

  it('sends the newest final block with a quorum, first by one signer, then by one more each turn', async () => {
    const publishers = signers.map(publisherOf);
    for (const turn of [0, 1, 2, 3, 4, 5]) {
      sent = [];
      time = 10 * turn;
      for (const publisher of publishers) await publisher.publish(first, at(9_000n));
      assert.equal(sent.length, turn + 1);
    }
    const signatures = encodeSignatures([0, 1, 2, 3].map((index) => ({ index, signature })));
    const [anchor, , , , passed] = sent[0]!.args;
    const { blockHash, historyRoot } = await history.commit(3_900n);
    assert.deepEqual(anchor, { number: 3_900n, attestedAt: 9_000n, blockHash, historyRoot });
    assert.equal(passed, signatures);
    assert.deepEqual([...new Set(sent.map(({ to, name }) => `${to} ${name}`))], [`${terms.address} anchor`]);
  });

  it('passes only the peaks that the last anchor does not have', async () => {
    const last = { ...first, number: 2_000n, attestedAt: 5_000n, signerEpoch: 1n };
    time = 1_000;
    const publisher = publisherOf(signers[0]!);
    await publisher.publish(last, at(9_000n));
    time = 2_000;
    await publisher.publish(last, at(9_000n));
    // Leaves 7 and 15: the peaks 4, 2, 1 become 8, 4, 2, 1.
    assert.equal((sent[0]!.args[2] as readonly Hex[]).length, 4);
    sent = [];
    const later = { ...last, number: 3_880n };
    await publisher.publish(later, at(9_000n));
    time = 4_000;
    await publisher.publish(later, at(9_000n));
    assert.deepEqual(sent[0]!.args[2], []);
  });

  it('sends nothing while none is due, and anchors a new epoch at once', async () => {
    const last = { ...first, number: 3_000n, attestedAt: 7_000n, signerEpoch: 1n };
    const publishers = signers.map(publisherOf);
    const publish = async (timestamp: bigint) => {
      sent = [];
      for (const publisher of publishers) await publisher.publish(last, at(timestamp));
      return sent.length;
    };
    assert.equal(await publish(10_599n), 0);
    epoch = 2n;
    assert.equal(await publish(7_001n), 1);
    assert.equal(asked[0]!.signerEpoch, 2n);
  });

  it('sends nothing without a quorum of signatures', async () => {
    available = 3;
    time = 0;
    for (const signer of signers) await publisherOf(signer).publish(first, at(9_000n));
    assert.equal(sent.length, 0);
  });

  it('anchors by approvals of one digest when peers stay unreachable', async () => {
    available = 1;
    const publishers = signers.map(publisherOf);
    for (const publisher of publishers) await publisher.publish(first, at(9_100n));
    time = 59;
    for (const publisher of publishers) await publisher.publish(first, at(9_100n));
    assert.equal(sent.length, 0);

    // All turns have passed; heads differ between signers.
    time = 600;
    const digests = new Set<Hex>();
    for (const [index, publisher] of publishers.slice(0, 4).entries()) {
      sent = [];
      head = 3_900n - BigInt(index);
      await publisher.publish(first, at(9_100n + BigInt(index)));
      const [one] = sent;
      assert.equal(sent.length, 1);
      if (index < 3) {
        assert.deepEqual([one!.to, one!.name], [bridge, 'approve']);
        const [digest] = one!.args as readonly [Hex];
        digests.add(digest);
        approvals.set(digest, (approvals.get(digest) ?? 0) | (1 << index));
        continue;
      }
      assert.deepEqual([one!.to, one!.name], [terms.address, 'anchor']);
      const [anchor, , , , passed] = one!.args as readonly [{ number: bigint; attestedAt: bigint }, ...Hex[]];
      // The last full hour, 7,200 s, and its newest block.
      assert.deepEqual([anchor.attestedAt, anchor.number], [7_200n, 3_100n]);
      assert.equal(passed, encodeSignatures([{ index: 3, signature }]));
    }
    assert.equal(digests.size, 1);
    sent = [];
    await publishers[0]!.publish(first, at(9_100n));
    assert.equal(sent.length, 0, 'an approval that is stored is sent again');
  });

  it('approves nothing before the block of the hour is final', async () => {
    [available, head] = [1, 3_000n];
    const publisher = publisherOf(signers[0]!);
    await publisher.publish(first, at(9_000n));
    time = 600;
    await publisher.publish(first, at(9_000n));
    assert.equal(sent.length, 0);
  });
});

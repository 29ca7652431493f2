import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { type Address, type Hex, getAddress } from 'viem';

import type { RpcHeader } from '../../../protocol/proof/header.ts';
import { type ProofInput, mayContain, proveLogs } from '../../../protocol/proof/prove-block.ts';
import type { RpcReceipt, RpcReceiptLog } from '../../../protocol/proof/receipts.ts';
import { type Outcome, type RpcBlock, hashOf, makeBlock } from './support/block.ts';
import { fixture, fixtures } from './support/fixtures.ts';
import { refusal } from './support/proof-error.ts';

const bridge: Address = '0x00000000000000000000000000000000000b41d6';
const other: Address = '0x00000000000000000000000000000000000000cc';
const deposited = hashOf('MainTokenDeposited');

const log = (address: Address, name: string) => ({
  address,
  topics: [deposited, hashOf(name)],
  data: hashOf(`data ${name}`),
});

/** Receipt 1 contains the logs to prove; 2 failed; 3 has logs of another address. */
const outcomes: Outcome[] = [
  { logs: [log(other, 'a')], type: '0x0' },
  { logs: [log(bridge, 'b'), log(other, 'c'), log(bridge, 'd')] },
  { logs: [], status: '0x0' },
  { logs: [log(other, 'e')], type: '0x4' },
];
const block = makeBlock(1_000n, outcomes);

const inputOf = (proven: RpcBlock, changes: Partial<ProofInput> = {}): ProofInput => ({
  expectedHash: proven.header.hash,
  number: BigInt(proven.header.number),
  header: proven.header,
  receipts: proven.receipts,
  rule: 'ethereum',
  address: bridge,
  ...changes,
});

const withHeader = (changes: object): ProofInput => inputOf(block, { header: { ...block.header, ...changes } });

const withReceipt = (at: number, changes: object): ProofInput =>
  inputOf(block, {
    receipts: block.receipts.map((each, index) => (index === at ? { ...each, ...changes } : each)),
  });

const withLog = (at: number, logAt: number, changes: object): ProofInput => {
  const logs = block.receipts[at]!.logs.map((each, index) => (index === logAt ? { ...each, ...changes } : each));
  return withReceipt(at, { logs });
};

/** A different value of the same form. */
const altered = (value: string): Hex => `0x${value.slice(2, -1)}${value.endsWith('1') ? '2' : '1'}`;

/** The field in the error; a hash mismatch shows only `header` or `receiptsRoot`. */
const headerFields: Record<string, string> = {
  number: 'header.number',
  hash: 'header.hash',
  receiptsRoot: 'header.receiptsRoot',
};

const receiptFields: Record<string, string> = {
  blockHash: 'receipts[1].blockHash',
  blockNumber: 'receipts[1].blockNumber',
  transactionHash: 'receipts[1].logs[0].transactionHash',
  transactionIndex: 'receipts[1].transactionIndex',
  logsBloom: 'header.receiptsRoot',
  type: 'header.receiptsRoot',
  status: 'header.receiptsRoot',
  cumulativeGasUsed: 'header.receiptsRoot',
};

const logFields: Record<string, string> = {
  address: 'header.receiptsRoot',
  data: 'header.receiptsRoot',
  blockHash: 'receipts[1].logs[0].blockHash',
  blockNumber: 'receipts[1].logs[0].blockNumber',
  transactionHash: 'receipts[1].logs[0].transactionHash',
  transactionIndex: 'receipts[1].logs[0].transactionIndex',
  logIndex: 'receipts[1].logs[0].logIndex',
};

describe('proving the logs of a block', () => {
  for (const [field, value] of Object.entries(block.header)) {
    if (field === 'transactions') continue;
    it(`is rejected when the header’s ${field} differs`, () => {
      refusal(headerFields[field] ?? 'header', () => proveLogs(withHeader({ [field]: altered(value as string) })));
    });
  }

  for (const [field, named] of Object.entries(receiptFields)) {
    it(`is rejected when a receipt’s ${field} differs`, () => {
      const value = block.receipts[1]![field as keyof RpcReceipt] as string;
      const changed = field === 'status' ? '0x0' : altered(value);
      refusal(named, () => proveLogs(withReceipt(1, { [field]: changed })));
    });

    it(`is rejected when a receipt’s ${field} is missing`, () => {
      refusal(/^(receipts\[1\]\.|header\.receiptsRoot)/, () => proveLogs(withReceipt(1, { [field]: undefined })));
    });
  }

  for (const [field, named] of Object.entries(logFields)) {
    it(`is rejected when a log’s ${field} differs`, () => {
      const value = block.receipts[1]!.logs[0]![field as keyof RpcReceiptLog] as string;
      refusal(named, () => proveLogs(withLog(1, 0, { [field]: altered(value) })));
    });

    it(`is rejected when a log’s ${field} is missing`, () => {
      refusal(/^receipts\[1\]\.logs\[0\]\./, () => proveLogs(withLog(1, 0, { [field]: undefined })));
    });
  }

  it('is rejected when a log’s topic differs, is added or is missing', () => {
    const topics = block.receipts[1]!.logs[0]!.topics;
    refusal('header.receiptsRoot', () => proveLogs(withLog(1, 0, { topics: [topics[0], hashOf('another')] })));
    refusal('header.receiptsRoot', () => proveLogs(withLog(1, 0, { topics: [...topics, hashOf('more')] })));
    refusal('header.receiptsRoot', () => proveLogs(withLog(1, 0, { topics: topics.slice(0, 1) })));
    refusal('header.receiptsRoot', () => proveLogs(withLog(1, 0, { topics: topics.toReversed() })));
  });

  it('is rejected when a log was removed', () => {
    refusal('receipts[1].logs[0].removed', () => proveLogs(withLog(1, 0, { removed: true })));
  });

  it('is rejected when a log is withheld, repeated or moved', () => {
    const [first, second, third] = block.receipts[1]!.logs;
    refusal('receipts[1].logs[0].logIndex', () => proveLogs(withReceipt(1, { logs: [second, third] })));
    refusal('receipts[3].logs[0].logIndex', () => proveLogs(withReceipt(1, { logs: [first, second] })));
    refusal('receipts[1].logs[1].logIndex', () => proveLogs(withReceipt(1, { logs: [first, first, second, third] })));
    refusal('receipts[1].logs[0].logIndex', () => proveLogs(withReceipt(1, { logs: [second, first, third] })));
  });

  it('is rejected when a receipt is withheld, added or moved', () => {
    const [a, b, c, d] = block.receipts as [RpcReceipt, RpcReceipt, RpcReceipt, RpcReceipt];
    const untold = { ...block.header, transactions: undefined } as unknown as RpcHeader;
    refusal('receipts', () => proveLogs(inputOf(block, { receipts: [a, b, c] })));
    refusal('receipts', () => proveLogs(inputOf(block, { receipts: [] })));
    refusal('receipts', () => proveLogs(inputOf(block, { receipts: [a, b, c, d, d] })));
    refusal(/header\.receiptsRoot/, () => proveLogs(inputOf(block, { header: untold, receipts: [a, b, c] })));
    refusal(/header\.receiptsRoot/, () => proveLogs(inputOf(block, { header: untold, receipts: [] })));
    refusal('receipts[1].transactionIndex', () => proveLogs(inputOf(block, { receipts: [a, c, b, d] })));
  });

  it('is rejected when receipts and block have different transactions', () => {
    const transactionHash = hashOf('another transaction');
    const logs = block.receipts[1]!.logs.map((each) => ({ ...each, transactionHash }));
    refusal('receipts[1].transactionHash', () => proveLogs(withReceipt(1, { transactionHash, logs })));
  });

  it('is rejected for a different block that is valid in itself', () => {
    const forged = makeBlock(1_000n, [{ logs: [log(bridge, 'invented')] }]);
    refusal('header.hash', () => proveLogs(inputOf(forged, { expectedHash: block.header.hash })));
    const inDisguise = { ...forged.header, hash: block.header.hash };
    const receipts = forged.receipts.map((each) => ({
      ...each,
      blockHash: block.header.hash,
      logs: each.logs.map((its) => ({ ...its, blockHash: block.header.hash })),
    }));
    const disguised = inputOf(forged, { expectedHash: block.header.hash, header: inDisguise, receipts });
    refusal('header', () => proveLogs(disguised));
  });

  it('is rejected for another height', () => {
    refusal('header.number', () => proveLogs(inputOf(block, { number: 999n })));
  });

  it('throws only ProofError, whatever a node may answer', () => {
    const garbage = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, null, '0x', '0x0', [], {}, [null], [[]]));
    fc.assert(
      fc.property(
        garbage,
        fc.constantFrom(...Object.keys(block.receipts[1]!), ...Object.keys(block.header)),
        (value, field) => {
          for (const input of [
            withHeader({ [field]: value }),
            withReceipt(1, { [field]: value }),
            withLog(1, 0, { [field]: value }),
            inputOf(block, { header: value as never }),
            inputOf(block, { receipts: value as never }),
            withReceipt(1, { logs: value }),
            withReceipt(1, { logs: [value] }),
            withLog(1, 0, { topics: value }),
            withHeader({ transactions: value }),
          ]) {
            try {
              proveLogs(input);
            } catch (error) {
              assert.equal((error as { name: string }).name, 'ProofError', String((error as Error).stack));
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is rejected for receipts from before Byzantium, which do not show success', () => {
    const old = makeBlock(7n, [{ logs: [log(bridge, 'old')], type: '0x0', status: hashOf('state') }]);
    const receipts = old.receipts.map(({ status, ...rest }) => ({ ...rest, root: status! }));
    const error = refusal('receipts[0].status', () => proveLogs(inputOf(old, { receipts })));
    assert.match(error.message, /Byzantium/);
    assert.deepEqual(proveLogs(inputOf(old, { receipts, address: other })), []);
  });

  it('suggests the matching header rule', () => {
    const { header, receipts } = fixture('op-unichain-sepolia-35535698-isthmus');
    const besu = fixture('qbft-besu-58866').header;
    const empty = makeBlock(BigInt(besu.number), [], 'qbft', besu.extraData);
    const error = refusal('header', () => proveLogs(inputOf(empty)));
    assert.match(error.hint ?? '', /headerRule qbft/);
    refusal('receipts[0].type', () => proveLogs(inputOf({ header, receipts: receipts! })));
  });

  it('reports the fields of an unsupported fork', () => {
    const forked = { ...block.header, fieldOfALaterFork: hashOf('new'), absent: null, hash: hashOf('forked') };
    const receipts = block.receipts.map((each) => ({
      ...each,
      blockHash: forked.hash,
      logs: each.logs.map((its) => ({ ...its, blockHash: forked.hash })),
    }));
    const error = refusal('header', () => proveLogs(inputOf({ header: forked, receipts })), 'unknown-fork');
    assert.match(error.message, /does not know header field fieldOfALaterFork: block/);
  });

  it('returns the logs of the address alone, in order', () => {
    const proven = proveLogs(inputOf(block));
    assert.deepEqual(
      proven.map(({ address, topics, data, logIndex }) => ({ address, topics, data, logIndex })),
      [
        { ...log(bridge, 'b'), logIndex: '0x1' },
        { ...log(bridge, 'd'), logIndex: '0x3' },
      ],
    );
    for (const each of proven) {
      assert.equal(each.blockHash, block.header.hash);
      assert.equal(each.blockNumber, '0x3e8');
      assert.equal(each.transactionHash, block.receipts[1]!.transactionHash);
    }
  });

  it('returns no unproven field of a node', () => {
    const [first] = proveLogs(withLog(1, 0, { blockTimestamp: '0x1', removed: false, verified: true }));
    assert.equal(first!.blockTimestamp, block.header.timestamp, 'that of the proven header');
    assert.deepEqual(Object.keys(first!).sort(), [
      ...['address', 'blockHash', 'blockNumber', 'blockTimestamp', 'data', 'logIndex', 'topics', 'transactionHash'],
    ]);
  });

  it('ignores the logs of a failed receipt', () => {
    const failed = makeBlock(8n, [{ logs: [log(bridge, 'failed')], status: '0x0' }]);
    assert.deepEqual(proveLogs(inputOf(failed)), []);
  });

  it('accepts addresses with and without a checksum', () => {
    assert.equal(proveLogs(inputOf(block, { address: getAddress(bridge) })).length, 2);
    const checksummed = withLog(1, 0, { address: getAddress(bridge) });
    assert.equal(proveLogs(checksummed).length, 2);
  });

  it('accepts a block with full transactions', () => {
    const transactions = block.receipts.map(({ transactionHash }) => ({ hash: transactionHash, value: '0x0' }));
    assert.equal(proveLogs(withHeader({ transactions })).length, 2);
    assert.equal(proveLogs(withHeader({ transactions: undefined })).length, 2);
  });

  it('accepts an empty block', () => {
    assert.deepEqual(proveLogs(inputOf(makeBlock(3n, []))), []);
  });

  it('proves a block of arbitrary logs', () => {
    const address = fc.constantFrom(bridge, other);
    const topic = fc.nat().map((name) => hashOf(String(name)));
    const data = fc.uint8Array({ maxLength: 100 }).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`);
    const logs = fc.array(fc.record({ address, topics: fc.array(topic, { maxLength: 4 }), data }), { maxLength: 4 });
    const type = fc.constantFrom<Hex>('0x0', '0x1', '0x2', '0x3', '0x4', '0x7e');
    const status = fc.constantFrom<Hex>('0x0', '0x1');
    const any = fc.array(fc.record({ logs, type, status }), { maxLength: 200 });
    fc.assert(
      fc.property(any, (made) => {
        const proven = proveLogs(inputOf(makeBlock(9n, made, 'op'), { rule: 'op' }));
        const ours = made.filter((each) => each.status === '0x1').flatMap((each) => each.logs);
        assert.deepEqual(
          proven.map((each) => each.data),
          ours.filter((each) => each.address === bridge).map((each) => each.data),
        );
      }),
      { numRuns: 100 },
    );
  });

  for (const { name, rule, header, receipts } of fixtures) {
    if (receipts === undefined) continue;
    it(`proves the real block ${name}`, () => {
      const logs = receipts.flatMap((receipt) => receipt.logs);
      const address = logs[0]?.address ?? bridge;
      const proven = proveLogs({ ...inputOf({ header, receipts }), rule, address });
      assert.equal(proven.length, logs.filter((each) => each.address === address).length);
    });
  }
});

describe('the check for logs of an address', () => {
  it('rejects an invalid bloom', () => {
    refusal('header.logsBloom', () => mayContain('0x00', bridge));
  });

  it('returns true for every block that holds one', () => {
    assert.ok(mayContain(block.header.logsBloom, bridge));
    assert.ok(mayContain(block.header.logsBloom, getAddress(bridge)));
    const { header, receipts } = fixture('op-unichain-sepolia-35535698-isthmus');
    assert.ok(mayContain(header.logsBloom, receipts![2]!.logs[0]!.address));
  });

  it('returns false for most others, and for all blocks without logs', () => {
    assert.ok(!mayContain(makeBlock(3n, []).header.logsBloom, bridge));
    const strangers = Array.from({ length: 200 }, (_, index) => hashOf(`stranger ${index}`).slice(0, 42) as Address);
    assert.ok(strangers.filter((stranger) => mayContain(block.header.logsBloom, stranger)).length < 5);
  });
});

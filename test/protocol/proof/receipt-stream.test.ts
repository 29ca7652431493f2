import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import type { Address } from 'viem';

import { createBlockProver, proveLogs } from '../../../protocol/proof/prove-block.ts';
import { createReceiptStream } from '../../../protocol/proof/receipt-stream.ts';
import type { RpcReceipt, RpcReceiptLog } from '../../../protocol/proof/receipts.ts';
import { type Outcome, hashOf, makeBlock } from './support/block.ts';
import { refusal } from './support/proof-error.ts';

const bridge: Address = '0x00000000000000000000000000000000000b41d6';
const other: Address = '0x00000000000000000000000000000000000000cc';
const log = (address: Address, name: string) => ({ address, topics: [hashOf(name)], data: hashOf(`data ${name}`) });

const outcomes: Outcome[] = [
  { logs: [log(other, 'a')], type: '0x0' },
  { logs: [log(bridge, 'b'), log(other, 'c'), log(bridge, 'd')] },
  { logs: [], status: '0x0' },
];
const { header, receipts } = makeBlock(1_000n, outcomes);
const input = { expectedHash: header.hash, number: 1_000n, rule: 'ethereum', address: bridge } as const;

/** Writes a body in chunks of this size. */
function read(body: string, size = body.length) {
  const logs: RpcReceiptLog[] = [];
  const whole: RpcReceipt[] = [];
  const stream = createReceiptStream(
    (one) => logs.push(one),
    (one) => whole.push(one),
  );
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
  return { logs, receipts: whole, frame: stream.frame() };
}

const answer = (result: unknown, space?: number) => JSON.stringify({ jsonrpc: '2.0', id: 7, result }, undefined, space);
const reversed = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).toReversed()) as T;

describe('the stream of a block’s receipts', () => {
  it('cuts a body into logs, receipts and the frame, wherever the chunks end', () => {
    const body = answer(receipts, 1);
    for (let size = 1; size < 40; size += 1) {
      const { logs, receipts: found, frame } = read(body, size);
      assert.deepEqual(
        logs,
        receipts.flatMap((receipt) => receipt.logs),
      );
      assert.deepEqual(
        found,
        receipts.map((receipt) => ({ ...receipt, logs: [] })),
      );
      assert.deepEqual(JSON.parse(frame), { jsonrpc: '2.0', id: 7, result: [] });
    }
  });

  it('proves what the list of receipts proves, in any order of the keys', () => {
    for (const order of [<T extends object>(value: T) => value, reversed]) {
      const prover = createBlockProver(input);
      const stream = createReceiptStream(prover.log, prover.receipt);
      stream.write(Buffer.from(answer(receipts.map((one) => order({ ...one, logs: one.logs.map(order) })))));
      assert.deepEqual(prover.finish(header), proveLogs({ ...input, header, receipts }));
    }
  });

  it('leaves lists under other keys, and brackets within strings, where they are', () => {
    const events = [{ logs: ['[{"]'] }];
    const strange = { 'a"[{': '\\', events, logs: [{ topics: ['"logs":[', '}]'] }], 'b\\': '"' };
    const { logs, receipts: found, frame } = read(answer([strange]));
    assert.deepEqual(logs, strange.logs);
    assert.deepEqual(found, [{ ...strange, logs: [] }]);
    assert.deepEqual(JSON.parse(frame), { jsonrpc: '2.0', id: 7, result: [] });
  });

  it('leaves errors and all other bodies whole', () => {
    const error = { code: -32_000, message: 'no', data: { result: [{ logs: [{}] }] } };
    for (const body of [
      JSON.stringify({ jsonrpc: '2.0', id: 7, error }),
      answer(null),
      answer({ logs: [{}] }),
      '[[{"logs":[{}]}]]',
      '<html>[{',
      '',
    ]) {
      assert.deepEqual(read(body), { logs: [], receipts: [], frame: body });
    }
  });

  it('rejects JSON that is malformed within a receipt or log', () => {
    refusal('receipts', () => read('{"result":[{nonsense}]}'));
    refusal('logs', () => read('{"result":[{"logs":[{nonsense}]}]}'));
  });

  it('throws nothing but a ProofError for any body', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), fc.integer({ min: 1, max: 9 }), (json, noise, size) => {
        for (const body of [`{"result":[{"logs":[${json}]},${json}]}`, `{"result":[${noise}`, noise]) {
          try {
            read(body, size);
          } catch (error) {
            assert.equal((error as Error).name, 'ProofError', body);
          }
        }
      }),
    );
  });

  it('rejects a piece that exceeds memory', () => {
    const stream = createReceiptStream(
      () => undefined,
      () => undefined,
    );
    stream.write(Buffer.from('{"result":[{"logs":[{"data":"'));
    const chunk = Buffer.alloc(1_024 ** 2, '0');
    refusal('receipts', () => {
      for (let written = 0; written < 65; written += 1) stream.write(chunk);
    });
  });
});

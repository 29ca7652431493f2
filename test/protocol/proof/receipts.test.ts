import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { HeaderRule } from '../../../protocol/proof/header.ts';
import { type RpcReceipt, encodeReceipt, receiptsRoot } from '../../../protocol/proof/receipts.ts';
import { makeBlock } from './support/block.ts';
import { fixture, fixtures } from './support/fixtures.ts';
import { refusal } from './support/proof-error.ts';

const unichain = fixture('op-unichain-sepolia-35535698-isthmus');
const log = { address: '0x00000000000000000000000000000000000000b1', topics: [], data: '0x1234' } as const;
const [receipt] = makeBlock(5n, [{ logs: [log] }]).receipts as [RpcReceipt];

const encoded = (changes: Partial<RpcReceipt>, rule: HeaderRule = 'ethereum'): string =>
  Buffer.from(encodeReceipt({ ...receipt, ...changes }, 'receipts[0]', rule)).toString('hex');

describe('the root of receipts', () => {
  for (const type of ['0x80', '0xc0', '0x100', '0x0102'] as const) {
    it(`is rejected for a transaction of type ${type}, with a hint`, () => {
      const error = refusal('receipts[0].type', () => receiptsRoot([{ ...receipt, type }], 'op'));
      assert.match(error.hint ?? '', /witnesses/);
    });
  }

  it('needs no knowledge of a type that is encoded like those of Ethereum', () => {
    const known = encoded({ type: '0x2' }).slice(2);
    for (const type of ['0x5', '0x64', '0x65', '0x66', '0x68', '0x69', '0x6a', '0x76', '0x7f'] as const) {
      assert.equal(encoded({ type }), `${type.slice(2).padStart(2, '0')}${known}`);
    }
  });

  it('is rejected for a deposit when the header rule is not op', () => {
    for (const rule of ['ethereum', 'clique', 'qbft'] as const) {
      const error = refusal('receipts[0].type', () => receiptsRoot(unichain.receipts!, rule));
      assert.match(error.hint ?? '', /headerRule op/);
    }
  });

  it('is rejected without status and root', () => {
    refusal('receipts[0].status', () => encoded({ status: null }));
  });

  it('is rejected for a deposit with a version and no nonce', () => {
    refusal('receipts[0].depositNonce', () => encoded({ type: '0x7e', depositReceiptVersion: '0x1' }, 'op'));
  });

  it('is rejected for invalid lists, objects and hex', () => {
    refusal('receipts', () => receiptsRoot(null as never, 'ethereum'));
    refusal('receipts[0]', () => receiptsRoot([null as never], 'ethereum'));
    refusal('receipts[0].logs', () => encoded({ logs: null as never }));
    refusal('receipts[0].logs[0]', () => encoded({ logs: [null as never] }));
    refusal('receipts[0].logs[0].topics', () => encoded({ logs: [{ ...receipt.logs[0]!, topics: null as never }] }));
    refusal('receipts[0].logs[0].topics[0]', () => encoded({ logs: [{ ...receipt.logs[0]!, topics: ['0x12'] }] }));
    refusal('receipts[0].logs[0].data', () => encoded({ logs: [{ ...receipt.logs[0]!, data: '0x123' }] }));
    refusal('receipts[0].cumulativeGasUsed', () => encoded({ cumulativeGasUsed: '0x' }));
    refusal('receipts[0].logsBloom', () => encoded({ logsBloom: '0x00' }));
  });

  it('differs for every type of transaction', () => {
    const all = ['0x0', '0x1', '0x2', '0x3', '0x4', '0x7e'] as const;
    assert.equal(new Set(all.map((type) => encoded({ type }, 'op'))).size, all.length);
  });

  it('has no type byte for legacy transactions, whether or not the node returns their type', () => {
    const legacy = encoded({ type: '0x0' });
    assert.equal(encoded({ type: null }), legacy);
    assert.equal(encoded({ type: '0x2' }), `02${legacy}`);
  });

  it('includes the state root instead of the status before Byzantium', () => {
    const root = `0x${'ab'.repeat(32)}` as const;
    assert.ok(encoded({ type: '0x0', status: null, root }).includes(`a0${'ab'.repeat(32)}`));
  });

  it('includes a deposit’s nonce since Canyon, when its version is present, and not before', () => {
    const plain = encoded({ type: '0x7e' }, 'op');
    assert.equal(encoded({ type: '0x7e', depositNonce: '0x7' }, 'op'), plain);
    assert.ok(encoded({ type: '0x7e', depositNonce: '0x7', depositReceiptVersion: '0x1' }, 'op').endsWith('0701'));
  });

  for (const { name, rule, header, receipts } of fixtures) {
    if (receipts === undefined) continue;
    it(`equals the receipts root of the real block ${name}`, () => {
      assert.equal(receiptsRoot(receipts, rule), header.receiptsRoot);
    });
  }
});

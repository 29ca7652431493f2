// Headers and receipts from public sources; test/fixtures/README.md names them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { Hex } from 'viem';

import {
  type HeaderRule,
  type RpcHeader,
  headerHash,
  headerRules,
  unknownFields,
} from '../../../protocol/proof/header.ts';
import { proveLogs } from '../../../protocol/proof/prove-block.ts';
import { type RpcReceipt, receiptsRoot } from '../../../protocol/proof/receipts.ts';
import { refusal } from './support/proof-error.ts';

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8'));

const amsterdam = recorded('amsterdam') as {
  readonly blocks: readonly { readonly header: RpcHeader; readonly receipts: readonly RpcReceipt[] }[];
};
const { header: ibft2 } = recorded('ibft2-besu-1') as { readonly header: RpcHeader };
const { header: erigon } = recorded('erigon-null-fields') as { readonly header: RpcHeader };

describe('a header of Amsterdam', () => {
  for (const [index, { header, receipts }] of amsterdam.blocks.entries()) {
    it(`hashes with access list and slot, and proves its receipts: block ${index}`, () => {
      assert.equal(headerHash(header, 'ethereum'), header.hash);
      assert.equal(receiptsRoot(receipts, 'ethereum'), header.receiptsRoot);
    });

    it(`hashes under the names of other clients, with null for fields of later forks: block ${index}`, () => {
      const { blockAccessListHash, ...rest } = header;
      const other = {
        ...rest,
        balHash: blockAccessListHash!,
        ...{ inclusionListRoot: null, size: '0x220', uncles: [] },
      };
      assert.equal(headerHash(other, 'ethereum'), header.hash);
      assert.deepEqual(unknownFields(other), []);
    });
  }
});

describe('a header of IBFT 2', () => {
  it('hashes without round and seals', () => assert.equal(headerHash(ibft2, 'ibft2'), ibft2.hash));

  for (const rule of headerRules.filter((one) => one !== 'ibft2')) {
    it(`names the rule that fits where ${rule} is configured`, () => {
      const { transactions: _, ...header } = ibft2;
      const block = { expectedHash: ibft2.hash, number: 1n, header, receipts: [], rule, address: ibft2.miner };
      assert.match(refusal(/^header/, () => proveLogs(block)).hint ?? '', /headerRule ibft2/);
    });
  }
});

describe('a header with null for the fields of later forks', () => {
  it('hashes as without them, and names none as of an unknown fork', () => {
    assert.equal(headerHash(erigon, 'ethereum'), erigon.hash);
    assert.deepEqual(unknownFields(erigon), []);
  });

  it('names a field that this release does not know', () => {
    assert.deepEqual(unknownFields({ ...erigon, ...{ laterRoot: '0x01' as Hex, laterCount: null } }), ['laterRoot']);
  });
});

describe('a header under a rule that cannot read it', () => {
  const rules: readonly HeaderRule[] = ['clique', 'qbft', 'ibft2'];
  for (const rule of rules) {
    it(`names ethereum where ${rule} is configured`, () => {
      const { header, receipts } = amsterdam.blocks[0]!;
      const block = { expectedHash: header.hash, number: 1n, header, receipts: [], rule, address: header.miner };
      assert.equal(receipts.length, 1);
      assert.match(refusal(/^header/, () => proveLogs(block)).hint ?? '', /headerRule ethereum/);
    });
  }
});

// docs/receipt-vectors.json against both verifiers, which share no code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { Receipt } from '../../../protocol/receipts/format.ts';
import { ReceiptError } from '../../../protocol/receipts/receipt-error.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { check } from '../../../scripts/verify-receipt.ts';
import { mutationsOf } from './support/mutations.ts';
import { kinds, makeReceipt } from './support/world.ts';

interface Vectors {
  readonly valid: readonly {
    readonly name: string;
    readonly receipt: Receipt;
    readonly digest: string;
    readonly signedBy: readonly string[];
    readonly restsOn: readonly object[];
  }[];
  readonly invalid: readonly { readonly name: string; readonly changes: object }[];
}

const { valid, invalid } = JSON.parse(readFileSync('docs/receipt-vectors.json', 'utf8')) as Vectors;

describe('the vectors of docs/receipt.md', () => {
  it('are those that scripts/receipt-vectors.ts writes', async () => {
    for (const { name, receipt } of valid) assert.deepEqual(receipt, await makeReceipt(kinds[name]), name);
  });

  for (const { name, receipt, digest, signedBy, restsOn } of valid) {
    it(`${name}: both verifiers find the same`, async () => {
      const verdict = await verifyReceipt(receipt);
      const found = {
        digest: verdict.attestation.digest,
        signedBy: verdict.attestation.signedBy.map(({ address }) => address),
        restsOn: verdict.restsOn.map(({ of, chainId, number, hash }) =>
          chainId === undefined ? { of, number, hash } : { of, chainId, number, hash },
        ),
      };
      assert.deepEqual(found, { digest, signedBy, restsOn });
      const second = await check(receipt);
      assert.deepEqual({ digest: second.digest, signedBy: second.signedBy, restsOn: second.restsOn }, found);
    });
  }

  for (const { name, changes } of invalid) {
    it(`with ${name}: both verifiers refuse`, async () => {
      const receipt = { ...valid[0]!.receipt, ...changes };
      await assert.rejects(() => verifyReceipt(receipt), ReceiptError);
      await assert.rejects(() => check(receipt));
    });
  }

  it('are refused by the second verifier, too, after a change of any byte region', async () => {
    const names = [...['a released transfer', 'the third of a batch of five', 'a redeem through two outer chains']];
    const bytes = ['header', 'proof', 'transfers', 'signatures', 'payments', 'history', 'blocks'];
    for (const { receipt } of valid.filter(({ name }) => names.includes(name))) {
      for (const { field, path, changed } of mutationsOf(receipt)) {
        if (bytes.some((key) => path.includes(key))) await assert.rejects(() => check(changed as object), field);
      }
    }
  });
});

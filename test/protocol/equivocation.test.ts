import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeTransfers } from '../../protocol/attestation.ts';
import {
  type Evidence,
  type SignedBatch,
  contradiction,
  digestOf,
  evidenceFile,
  parseEvidenceText,
  verifyEvidence,
} from '../../protocol/equivocation.ts';
import { bridges, hashOf, holder, keys, mainToken, pair, productToken } from '../relayer/support.ts';

const lane = { direction: 'mint', productToken, source: pair.main, destination: pair.product } as const;
const [first, second] = keys;
assert.ok(first !== undefined && second !== undefined);

const batch = async (
  firstNonce: bigint,
  amounts: readonly bigint[],
  { recipient = holder, by = first, epoch = 1n, block = 1 } = {},
): Promise<SignedBatch> => {
  const transfers = encodeTransfers(amounts.map((amount) => ({ recipient, amount })));
  const unsigned = { signerEpoch: epoch, firstNonce, transfers, sourceBlock: hashOf(block), signature: '0x' } as const;
  return { ...unsigned, signature: await by.sign(digestOf(lane, unsigned)) };
};
const evidenceOf = (a: SignedBatch, b: SignedBatch): Evidence => ({ ...lane, statements: [a, b] });

describe('evidence of equivocation', () => {
  it('names signer, nonce and both transfers, after a round trip through its file', async () => {
    const evidence = evidenceOf(await batch(4n, [1n, 2n, 3n]), await batch(5n, [9n], { block: 2, epoch: 2n }));
    const read = parseEvidenceText(JSON.stringify(evidenceFile(evidence)));
    assert.deepEqual(await verifyEvidence(read), {
      signer: first.address,
      nonce: 5n,
      transfers: [
        { recipient: holder, amount: 2n },
        { recipient: holder, amount: 9n },
      ],
    });
  });

  it('counts another recipient of the same amount', async () => {
    const evidence = evidenceOf(await batch(0n, [1n]), await batch(0n, [1n], { recipient: mainToken }));
    assert.equal((await verifyEvidence(evidence)).nonce, 0n);
  });

  it('is none when the same transfers are signed again in other batches, blocks or epochs', async () => {
    const one = await batch(4n, [1n, 2n, 3n]);
    for (const other of [
      one,
      await batch(4n, [1n, 2n]),
      await batch(5n, [2n, 3n, 4n], { block: 3 }),
      await batch(4n, [1n, 2n, 3n], { epoch: 2n }),
      await batch(7n, [9n]),
    ]) {
      assert.equal(contradiction(one, other), undefined);
      await assert.rejects(verifyEvidence(evidenceOf(one, other)), /the same transfers for all nonces/);
    }
  });

  it('is none when two signers differ, or a signature is of other bytes', async () => {
    const [one, other] = [await batch(0n, [1n]), await batch(0n, [2n], { by: second })];
    await assert.rejects(verifyEvidence(evidenceOf(one, other)), /different signers/);
    // The signature of another statement recovers to nobody that signed the first.
    const forged = { ...other, signature: one.signature };
    await assert.rejects(verifyEvidence(evidenceOf(one, forged)), /different signers|invalid/);
    await assert.rejects(
      verifyEvidence(evidenceOf(one, { ...one, signature: `0x${'00'.repeat(64)}` })),
      /second statement is invalid/,
    );
  });

  it('is none when it names another bridge than the signatures', async () => {
    const evidence = evidenceOf(await batch(0n, [1n]), await batch(0n, [2n]));
    const elsewhere = { ...evidence, destination: { ...pair.product, bridge: bridges[0] } };
    const verified = await verifyEvidence(elsewhere).catch((error: unknown) => String(error));
    assert.ok(typeof verified === 'string' && /different signers|invalid/.test(verified));
  });

  it('refuses a file that is too long, no JSON, or lacks a field, naming the field', async () => {
    const file = evidenceFile(evidenceOf(await batch(0n, [1n]), await batch(0n, [2n])));
    const [a, b] = file.statements;
    const refused = (value: unknown, message: RegExp) =>
      assert.throws(() => parseEvidenceText(typeof value === 'string' ? value : JSON.stringify(value)), message);
    refused('x'.repeat(200_000), /at most 131072 characters/);
    refused('{', /expected JSON/);
    refused('null', /evidence: expected an object/);
    refused({ ...file, version: 2 }, /version 1/);
    refused({ ...file, statements: [a] }, /statements: expected two/);
    refused({ ...file, productToken: 'BOAT' }, /productToken: expected an address/);
    refused({ ...file, source: { ...file.source, chainId: -1 } }, /source\.chainId/);
    refused({ ...file, statements: [a, { ...b, transfers: '0x01' }] }, /statements\[1\]\.transfers/);
    refused(
      { ...file, statements: [a, { ...b, transfers: `0x${'11'.repeat(36 * 257)}` }] },
      /statements\[1\]\.transfers/,
    );
    refused({ ...file, statements: [{ ...a, firstNonce: '18446744073709551616' }, b] }, /statements\[0\]\.firstNonce/);
    refused({ ...file, statements: [{ ...a, signature: '0x12' }, b] }, /statements\[0\]\.signature: expected 64 bytes/);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { Address } from 'viem';
import { hexToBytes } from 'viem';

import { encodeSignatures } from '../../../protocol/attestation.ts';
import { digestOf, parseEvidence, verifyEvidence } from '../../../protocol/equivocation.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import type { Transfer } from '../../../protocol/lane.ts';
import { toBase64 } from '../../../protocol/receipts/base64.ts';
import type { Receipt } from '../../../protocol/receipts/format.ts';
import { recoverSigner } from '../../../protocol/recover-signer.ts';
import { type EquivocationWitness, createEquivocationWitness } from '../../../relayer/evidence/equivocation-witness.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import type { ContestedRequest } from '../../../relayer/peers/request.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openEvidenceStore } from '../../../relayer/store/evidence-store.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { eventually } from '../../support/wait.ts';
import { keys, lane, pair, productToken, transferOf } from '../support.ts';

const [, accused, another] = keys;
assert.ok(accused !== undefined && another !== undefined);
const quiet = { error: () => undefined, warn: () => undefined };
const evidenceLane = { ...lane, source: pair.main, destination: pair.product };

describe('the witness of equivocation', () => {
  let directory: string;
  let database: RecordDatabase;
  let witness: EquivocationWitness;
  let metrics: ReturnType<typeof createMetrics>;
  let problems: ReturnType<typeof createProblems>;
  let signers: readonly Address[];
  let executed: Set<bigint>;
  let receipts: number;
  let receipt: (nonce: bigint) => Promise<Receipt>;

  const open = () => {
    database = openDatabase(directory);
    witness = createEquivocationWitness({
      ...{ pair, metrics, problems, log: quiet, store: openEvidenceStore(database) },
      authority: () => ({ signerEpoch: 1n, signers }),
      // Nonces 0 to 4 are proven, each with 10 base units for the holder.
      proven: (one, nonce) => (one.productToken === productToken && nonce < 5n ? transferOf(nonce) : undefined),
      isExecuted: (_, nonce) => executed.has(nonce),
      receipt(_, nonce) {
        receipts++;
        return receipt(nonce);
      },
      nameOf: (signer) => (signer === accused.address ? 'Antares' : undefined),
    });
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-evidence-'));
    [metrics, problems] = [createMetrics(), createProblems(() => undefined)];
    [signers, executed, receipts] = [keys.map(({ address }) => address), new Set(), 0];
    receipt = () => Promise.reject(new PegwayError('none', { code: 'history-incomplete' }));
    open();
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const transfers = (first: bigint, count: number, changes: Partial<Transfer> = {}) =>
    Array.from({ length: count }, (_, index) => transferOf(first + BigInt(index), changes));
  const shown = async (items: readonly Transfer[], { by = accused, epoch = '1' } = {}): Promise<ContestedRequest> => {
    const { signerEpoch, firstNonce, transfers: packed, sourceBlock, digest } = stateBatch(pair, BigInt(epoch), items);
    return {
      ...{ ...lane, chainId: pair.product.chainId, bridge: pair.product.bridge, transfers: packed, sourceBlock },
      ...{ signerEpoch: String(signerEpoch), firstNonce: String(firstNonce), signature: await by.sign(digest) },
    };
  };
  const contest = (request: ContestedRequest) => witness.contest(request, { recover: recoverSigner });
  const seen = async (items: readonly Transfer[], by = accused) => {
    const statement = stateBatch(pair, 1n, items);
    witness.seen(statement, by.address, await by.sign(statement.digest));
  };
  const proves = async (nonce: bigint) => {
    const [file, ...more] = witness.list();
    assert.deepEqual(more, []);
    const proven = await verifyEvidence(parseEvidence(JSON.parse(JSON.stringify(file))));
    assert.deepEqual([proven.signer, proven.nonce], [accused.address, nonce]);
  };

  it('keeps evidence when the first signature was seen before the second is shown', async () => {
    await seen(transfers(0n, 3));
    assert.deepEqual(await contest(await shown(transfers(2n, 2, { amount: 99n }))), {});
    await proves(2n);
  });

  it('keeps evidence when the second signature follows, also after a restart', async () => {
    assert.deepEqual(await contest(await shown(transfers(1n, 1, { amount: 99n }))), {});
    assert.deepEqual(witness.list(), []);
    database.close();
    open();
    await seen(transfers(0n, 3));
    await eventually('the pair to be verified', () => witness.list().length > 0);
    await proves(1n);
  });

  it('keeps evidence of two statements that are both false', async () => {
    await contest(await shown(transfers(1n, 1, { amount: 98n })));
    await contest(await shown(transfers(1n, 1, { amount: 99n })));
    await proves(1n);
  });

  it('finds the second signature in the call data of an executed batch, which it reads once', async () => {
    const statement = stateBatch(pair, 1n, transfers(0n, 3));
    const signedBy = async (...by: readonly (typeof accused)[]): Promise<Receipt> => {
      const signatures = await Promise.all(
        by.map(async (key) => ({ index: signers.indexOf(key.address), signature: await key.sign(statement.digest) })),
      );
      const attestation = {
        ...{ kind: 'batch', signerEpoch: '1', firstNonce: '0', sourceBlock: statement.sourceBlock },
        transfers: toBase64(hexToBytes(statement.transfers)),
        signatures: toBase64(hexToBytes(encodeSignatures(signatures))),
      };
      return { attestation, signerSet: { signers } } as unknown as Receipt;
    };
    await contest(await shown(transfers(1n, 1, { amount: 99n })));
    await witness.review();
    assert.equal(receipts, 0, 'nothing is executed yet');

    executed.add(1n);
    await assert.rejects(witness.review(), /none/);
    receipt = () => signedBy(another);
    await witness.review();
    await witness.review();
    assert.deepEqual([witness.list(), receipts], [[], 2]);

    await contest(await shown(transfers(2n, 1, { amount: 99n })));
    executed.add(2n);
    receipt = () => signedBy(another, accused);
    await witness.review();
    await proves(2n);
  });

  it('keeps nothing of the same transfers in other batches, and of transfers that are not proven yet', async () => {
    await seen(transfers(0n, 3));
    for (const items of [transfers(0n, 3), transfers(1n, 4), transfers(4n, 2), transfers(9n, 2, { amount: 99n })]) {
      assert.deepEqual(await contest(await shown(items)), { reason: 'not-final' });
    }
    assert.deepEqual(witness.list(), []);
  });

  it('refuses strangers, former signers, other epochs and other bridges', async () => {
    const false1 = transfers(1n, 1, { amount: 99n });
    signers = signers.filter((one) => one !== another.address);
    assert.deepEqual(await contest(await shown(false1, { by: another })), { reason: 'not-a-signer' });
    const valid = await shown(false1);
    assert.deepEqual(await contest({ ...valid, signature: `0x${'11'.repeat(64)}` }), { reason: 'not-a-signer' });
    assert.deepEqual(await contest(await shown(false1, { epoch: '2' })), { reason: 'wrong-bridge' });
    assert.deepEqual(await contest({ ...valid, bridge: pair.main.bridge }), { reason: 'wrong-bridge' });
    // Another field than those signed gives another digest, which the signature does not recover from.
    assert.deepEqual(await contest({ ...valid, firstNonce: '2' }), { reason: 'not-a-signer' });
  });

  it('stores a bounded number of statements of a signer', async () => {
    // All name the same false transfer, so that no two contradict each other.
    for (let block = 0; block < 16; block++) {
      const items = transfers(1n, 1, { amount: 99n, blockHash: `0x${String(block).padStart(64, '0')}` });
      assert.deepEqual(await contest(await shown(items)), {});
    }
    const one = transfers(1n, 1, { amount: 99n, blockHash: `0x${'ff'.repeat(32)}` });
    assert.deepEqual(await contest(await shown(one)), { reason: 'too-many-requests' });
    assert.deepEqual(await contest(await shown(one, { by: another })), {});
  });

  it('reports the signer by name, until it is rotated out', async () => {
    const reported = async () => {
      witness.measure();
      const { values } = await metrics.equivocations.get();
      return [values.map(({ labels, value }) => [labels.signer, value]), problems.list().map(({ code }) => code)];
    };
    assert.deepEqual(await reported(), [[], []]);
    await seen(transfers(0n, 3));
    await contest(await shown(transfers(2n, 1, { amount: 99n })));
    assert.deepEqual(await reported(), [[[accused.address, 1]], ['equivocation']]);
    assert.match(problems.list()[0]?.message ?? '', /^Antares 0x/);
    signers = signers.filter((one) => one !== accused.address);
    assert.deepEqual(await reported(), [[], []]);
    assert.equal(witness.list().length, 1, 'the evidence stays');
  });

  it('signs over what the bridge verifies', () => {
    const statement = stateBatch(pair, 1n, transfers(0n, 3));
    const { signerEpoch, firstNonce, transfers: packed, sourceBlock, digest } = statement;
    const batch = { signerEpoch, firstNonce, transfers: packed, sourceBlock, signature: '0x' } as const;
    assert.equal(digestOf(evidenceLane, batch), digest);
  });
});

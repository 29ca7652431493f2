import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { fromBase64, toBase64 } from '../../../protocol/receipts/base64.ts';
import { buildReceipt, proveLog } from '../../../protocol/receipts/build-receipt.ts';
import type { LogProof, Receipt } from '../../../protocol/receipts/format.ts';
import { parseReceiptText } from '../../../protocol/receipts/parse-receipt.ts';
import { ReceiptError } from '../../../protocol/receipts/receipt-error.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { stringify } from '../../../protocol/json.ts';
import { mutationsOf } from './support/mutations.ts';
import {
  type Options,
  blockWith,
  keys,
  kinds,
  logOf,
  makeParts,
  makeReceipt,
  pair,
  productToken,
  signers,
} from './support/world.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import { signDigest } from '../../support/sign.ts';

/** The refusal of a receipt: its field and message. */
async function refusal(receipt: unknown): Promise<ReceiptError> {
  try {
    await verifyReceipt(receipt);
  } catch (error) {
    assert.ok(error instanceof ReceiptError, `expected a ReceiptError, found ${String(error)}`);
    return error;
  }
  return assert.fail('the receipt verified');
}

const refuses = async (receipt: unknown, field: RegExp, message: RegExp) => {
  const error = await refusal(receipt);
  assert.match(error.field, field);
  assert.match(error.message, message);
};

/** True for the receipt without its outermost anchor: it holds as well, and rests on a block of the chain before. */
const isShorter = ({ through }: Receipt, { through: all = [] }: Receipt): boolean =>
  Array.isArray(through) && through.length > 0 && isDeepStrictEqual(through, all.slice(0, -1));

/** Builds a receipt with changed parts, and expects its refusal. */
const refusesParts = async (options: Options, field: RegExp, message: RegExp) => {
  await assert.rejects(
    async () => buildReceipt(await makeParts(options)),
    (error) => error instanceof ReceiptError && field.test(error.field) && message.test(error.message),
  );
};

describe('verifyReceipt', () => {
  for (const [name, options] of Object.entries(kinds)) {
    it(`verifies ${name}, after a round trip through text`, async () => {
      const receipt = await makeReceipt(options);
      const verdict = await verifyReceipt(parseReceiptText(JSON.stringify(receipt)));
      assert.deepEqual(verdict.transfer, receipt.transfer);
      assert.deepEqual(
        verdict.attestation.signedBy.map(({ address }) => address),
        [0, 2, 3, 5].map((index) => signers[index]),
      );
    });
  }

  it('reports the blocks that it rests on, by chain', async () => {
    const { restsOn, parking } = await verifyReceipt(await makeReceipt(kinds['a released transfer']));
    assert.deepEqual(
      restsOn.map(({ of, chainId, number }) => [of, chainId, number]),
      [
        ['departure', 4242, 100],
        ['signerSet', 1, 200],
        ['parking', 1, 290],
        ['execution', 1, 300],
      ],
    );
    assert.equal(parking?.number, 290);
  });

  it('rests on blocks of the outermost chain alone with outer anchors', async () => {
    const { restsOn, through } = await verifyReceipt(await makeReceipt(kinds['a redeem through two outer chains']));
    assert.deepEqual(
      restsOn.map(({ of, chainId, number }) => [of, chainId, number]),
      [['through', undefined, 902]],
    );
    assert.deepEqual(
      through?.map(({ blocks }) => blocks),
      [['signerSet', 'execution', 'anchor'], ['anchor']],
    );
  });

  it('rests on the chain before without its outermost anchor', async () => {
    const { through: [first] = [], ...receipt } = await makeReceipt(kinds['a redeem through two outer chains']);
    const { restsOn } = await verifyReceipt({ ...receipt, through: [first] });
    assert.deepEqual(
      restsOn.map(({ of, number }) => [of, number]),
      [['through', 901]],
    );
  });

  it('reports whether the signers named the block of the departure', async () => {
    const last = await verifyReceipt(await makeReceipt({ count: 5 }));
    const third = await verifyReceipt(await makeReceipt({ count: 5, place: 2 }));
    assert.deepEqual([last.attestation.namesDeparture, third.attestation.namesDeparture], [true, false]);
    assert.equal(third.attestation.batch?.count, 5);
  });

  it('reports the deposit that a bounce returns as', async () => {
    const { returnNonce, attestation } = await verifyReceipt(await makeReceipt(kinds['a bounced withdrawal']));
    assert.equal(returnNonce, 77n);
    assert.equal(attestation.namesDeparture, false);
  });

  for (const name of [
    ...['the third of a batch of five', 'a released transfer', 'a bounced withdrawal', 'a deposit with an anchor'],
    'a redeem through two outer chains',
  ]) {
    it(`refuses ${name} after a change of any field and any byte region`, async () => {
      const receipt = await makeReceipt(kinds[name]);
      let count = 0;
      for (const { field, changed } of mutationsOf(receipt)) {
        count++;
        if (isShorter(changed as Receipt, receipt)) continue;
        await assert.rejects(
          () => verifyReceipt(changed),
          (error) => error instanceof ReceiptError && error.message.length < 400,
          `${field} may change`,
        );
      }
      assert.ok(count > 300, `only ${count} mutations`);
    });
  }
});

describe('a hostile receipt', () => {
  it('is refused with unknown, missing and repeated fields at every level', async () => {
    const receipt = await makeReceipt();
    await refuses({ ...receipt, anchored: {} }, /^receipt$/, /unknown field "anchored"/);
    await refuses({ ...receipt, anchor: {} }, /^anchor.contract$/, /missing/);
    await refuses({ ...receipt, parking: receipt.execution }, /^receipt$/, /unknown field "parking"/);
    await refuses({ ...receipt, version: 2 }, /^version$/, /expected 1/);
    await refuses(JSON.parse('{"__proto__": {"format": "pegway-receipt"}}'), /^format$/, /found nothing/);
    const { log: _, ...rest } = receipt.execution;
    await refuses({ ...receipt, execution: rest }, /^execution.log$/, /missing/);
  });

  it('is refused when it is larger than a receipt can be', async () => {
    const receipt = await makeReceipt();
    assert.throws(() => parseReceiptText(' '.repeat(1_048_577)), /at most 1048576 characters/);
    const header = toBase64(new Uint8Array(8_193));
    await refuses(
      { ...receipt, departure: { ...receipt.departure, header } },
      /^departure.header$/,
      /at most 8192 bytes/,
    );
    const proof = Array.from({ length: 10 }, () => receipt.departure.proof[0]);
    await refuses({ ...receipt, departure: { ...receipt.departure, proof } }, /^departure.proof$/, /1 to 9, found 10/);
  });

  it('is refused with bytes in any other text than canonical base64', async () => {
    const receipt = await makeReceipt();
    for (const change of [
      (text: string) => `${text} `,
      (text: string) => text.replace(/=+$/, ''),
      () => '',
      () => '====',
    ]) {
      const transfers = change((receipt.attestation as { transfers: string }).transfers);
      if (transfers === (receipt.attestation as { transfers: string }).transfers) continue;
      await refuses(
        { ...receipt, attestation: { ...receipt.attestation, transfers } },
        /^attestation.transfers$/,
        /base64/,
      );
    }
  });

  it('is refused when a signature is missing, repeated, or by a stranger', async () => {
    await refusesParts({ signedBy: [0, 2, 3] }, /^attestation.signatures$/, /expected 4 signatures or more, found 3/);
    await refusesParts(
      {
        change: (parts) => ({
          ...parts,
          statement: { ...parts.statement, signatures: `0x0000000f${parts.statement.signatures.slice(10)}` },
        }),
      },
      /^attestation.signatures$/,
      /signature 1 is by .*, expected/,
    );
    const stranger = await signDigest(keys[0]!, `0x${'11'.repeat(32)}`);
    const signatures = encodeSignatures([0, 1, 2, 3].map((index) => ({ index, signature: stranger })));
    await refusesParts(
      { change: (parts) => ({ ...parts, statement: { ...parts.statement, signatures } }) },
      /^attestation.signatures$/,
      /signature 0 is by/,
    );
  });

  it('is refused when the signers are not those of the proven list', async () => {
    const other = [...signers.slice(1), signers[0]!];
    await refusesParts(
      { change: (parts) => ({ ...parts, signerSet: { ...parts.signerSet, signers: other } }) },
      /^signerSet.signers\[0\]$/,
      /as signerSet.event has it/,
    );
  });

  it('is refused when the list is of another bridge, or has no majority', async () => {
    const listed = (bridge: `0x${string}`, threshold: bigint, list: readonly `0x${string}`[]) =>
      proveLog(blockWith(200n, [logOf(bridge, 'SignersChanged', { signerEpoch: 3n, signers: list, threshold })]), {
        transactionIndex: 7,
        log: 0,
      });
    await refusesParts(
      {
        change: (parts) => ({
          ...parts,
          signerSet: { ...parts.signerSet, event: listed(pair.main.bridge, 4n, signers) },
        }),
      },
      /^signerSet.event$/,
      /expected the bridge/,
    );
    await refusesParts(
      {
        change: (parts) => ({
          ...parts,
          signerSet: { threshold: 3, signers, event: listed(pair.product.bridge, 3n, signers) },
        }),
      },
      /^signerSet$/,
      /more than half/,
    );
    const twice = [...signers.slice(0, 5), signers[0]!];
    await refusesParts(
      {
        change: (parts) => ({
          ...parts,
          signerSet: { threshold: 4, signers: twice, event: listed(pair.product.bridge, 4n, twice) },
        }),
      },
      /^signerSet$/,
      /distinct/,
    );
  });

  it('is refused when the execution paid another transfer of the batch only', async () => {
    const receipt = await makeReceipt({ count: 2, place: 1 });
    const parts = await makeParts({ count: 2, place: 1 });
    assert.ok(parts.statement.kind === 'batch');
    const digestLog = (mask: bigint, digest: `0x${string}`) =>
      proveLog(
        blockWith(300n, [
          logOf(pair.product.bridge, 'TransfersExecuted', {
            productToken,
            firstNonce: 40n,
            mask,
            signerMask: 0b101101,
            digest,
          }),
        ]),
        { transactionIndex: 7, log: 0 },
      );
    const { attestation } = await verifyReceipt(receipt);
    await refuses({ ...receipt, execution: digestLog(1n, attestation.digest) }, /^execution$/, /did not pay nonce 41/);
    await refuses(
      { ...receipt, execution: digestLog(3n, `0x${'22'.repeat(32)}`) },
      /^execution$/,
      /the digest that was signed/,
    );
  });

  it('is refused when the log is another contract’s, or of a failed transaction', async () => {
    const receipt = await makeReceipt();
    const { digest } = (await verifyReceipt(receipt)).attestation;
    const args = { productToken, firstNonce: 40n, mask: 1n, signerMask: 0b101101, digest };
    const forged = blockWith(300n, [logOf(pair.main.bridge, 'TransfersExecuted', args)]);
    await refuses(
      { ...receipt, execution: proveLog(forged, { transactionIndex: 7, log: 0 }) },
      /^execution$/,
      /expected the bridge/,
    );
  });

  it('is refused when a batch’s last transfer departed in another block than the signers named', async () => {
    await refusesParts(
      {
        change: (parts) => ({
          ...parts,
          statement: { ...parts.statement, sourceBlock: `0x${'33'.repeat(32)}` } as typeof parts.statement,
        }),
      },
      /^attestation.sourceBlock$/,
      /the block of the batch’s last transfer/,
    );
  });

  it('is refused when a release lacks the transaction that parked and attested it', async () => {
    const receipt = await makeReceipt(kinds['a released transfer']);
    const parked = logOf(pair.main.bridge, 'TransferParked', { productToken, nonce: 41n, releasableAt: 1n });
    const parking = proveLog(blockWith(290n, [parked]), { transactionIndex: 7, log: 0 });
    await refuses({ ...receipt, parking }, /^parking$/, /TransfersExecuted with the digest/);
  });

  it('never throws anything but a ReceiptError, whatever JSON it is', async () => {
    const receipt: Receipt = await makeReceipt();
    const paths = [...mutationsOf(receipt)].map(({ path }) => path);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, value) => {
        const changed = structuredClone(receipt) as unknown as Record<string, unknown>;
        let at: Record<string, unknown> = changed;
        for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
        const before = at[path.at(-1)!];
        at[path.at(-1)!] = value;
        if (stringify(before) === stringify(value)) return;
        await refusal(changed);
      }),
      { numRuns: 100 },
    );
  });

  it('never verifies with random bytes in place of a header or a node', async () => {
    const receipt: Receipt = await makeReceipt();
    const parts = ['departure', 'execution'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...parts),
        fc.uint8Array({ minLength: 1, maxLength: 700 }),
        async (part, bytes) => {
          const given: LogProof = receipt[part];
          await refusal({ ...receipt, [part]: { ...given, header: toBase64(bytes) } });
          await refusal({ ...receipt, [part]: { ...given, proof: [toBase64(bytes), ...given.proof.slice(1)] } });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('base64', () => {
  it('has one text for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
        assert.deepEqual(fromBase64(toBase64(bytes), 100, 'bytes'), bytes);
      }),
    );
  });

  it('refuses spare bits after the last byte', () => {
    assert.throws(() => fromBase64('AB==', 10, 'bytes'), /canonical base64/);
  });
});

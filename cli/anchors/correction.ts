import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { type Anchor, correctionDigest, correctionPreimage } from '../../protocol/anchors/statement.ts';
import { type IndexedSignature, encodeSignatures } from '../../protocol/attestation.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import { fieldPath } from '../../relayer/field-problems.ts';
import { addressSchema } from '../../relayer/schemas.ts';
import { readJson } from '../governance/proposal-files.ts';
import { wrong } from '../output.ts';

const FORMAT = 'pegway-correction-1';

const decimal = z
  .string()
  .regex(/^(0|[1-9]\d{0,19})$/, 'expected a whole number as a decimal string')
  .transform(BigInt);
const word = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'expected 32 bytes in hex')
  .transform((text) => text as Hex);

/*
 * A correction of the last anchor as a file: the statement, and the signatures so far. Each signer compares it with what its own
 * relayer has read, and need not trust its author.
 */
const schema = z.strictObject({
  format: z.literal(FORMAT),
  /** Of the main chain. */
  chainId: z.int().positive(),
  anchors: addressSchema,
  sourceChainId: z.int().positive(),
  signerEpoch: decimal,
  /** Block hash of the anchor that it replaces. */
  replacedHash: word,
  number: decimal,
  attestedAt: decimal,
  blockHash: word,
  historyRoot: word,
  peaks: z.array(word).max(64),
  tailRoot: word,
  signatures: z
    .array(
      z.strictObject({
        signer: addressSchema,
        signature: z
          .string()
          .regex(/^0x[0-9a-f]{128}$/, 'expected 64 bytes in hex: r ‖ yParityAndS (EIP-2098)')
          .transform((text) => text as Hex),
      }),
    )
    .max(64),
});

export type Correction = z.output<typeof schema>;

/** @throws {PegwayError} exit code 2, naming the file’s wrong field. SECURITY: the file may come from another person. */
export function readCorrection(path: string): Correction {
  const { data, error } = schema.safeParse(readJson(path));
  if (data !== undefined) return data;
  const [issue] = error.issues;
  throw wrong(
    `${path}: ${issue === undefined ? 'no correction' : `${fieldPath(issue.path)}: ${issue.message}`}`,
    'name a file of: pegway anchor correct',
  );
}

/** The same as JSON text. */
export const correctionText = (correction: Correction): string =>
  `${JSON.stringify(correction, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 2)}\n`;

export const newCorrection = (statement: Omit<Correction, 'format' | 'signatures'>): Correction => ({
  format: FORMAT,
  ...statement,
  signatures: [],
});

export const anchorOf = ({ number, attestedAt, blockHash, historyRoot }: Correction): Anchor => ({
  ...{ number, attestedAt, blockHash, historyRoot },
});

export const preimageOf = (correction: Correction): Hex =>
  correctionPreimage(correction, correction.signerEpoch, correction.replacedHash, anchorOf(correction));

export const digestOf = (correction: Correction): Hex =>
  correctionDigest(correction, correction.signerEpoch, correction.replacedHash, anchorOf(correction));

/** The same with one more signature; a second one of the same signer replaces the first. */
export const withSignature = (correction: Correction, added: Correction['signatures'][number]): Correction => ({
  ...correction,
  signatures: [...correction.signatures.filter(({ signer }) => signer !== added.signer), added],
});

/** The signatures of several copies of one correction. @throws {PegwayError} exit code 2 when they differ. */
export function mergeCorrections(copies: readonly [Correction, ...Correction[]]): Correction {
  const [first, ...others] = copies;
  for (const other of others) {
    if (digestOf(other) === digestOf(first)) continue;
    throw wrong('the files are different corrections', 'signatures count together only when all signed the same file');
  }
  return others.flatMap(({ signatures }) => signatures).reduce(withSignature, first);
}

/** Valid signatures of these signers, by index. */
export async function countSignatures(
  correction: Correction,
  signers: readonly Address[],
): Promise<IndexedSignature[]> {
  const digest = digestOf(correction);
  const counting: IndexedSignature[] = [];
  for (const { signer, signature } of correction.signatures) {
    const index = signers.indexOf(signer);
    if (index >= 0 && (await recoverSigner(digest, signature)) === signer) counting.push({ index, signature });
  }
  return counting.sort((a, b) => a.index - b.index);
}

export const packSignatures = (counting: readonly IndexedSignature[], threshold: number): Hex =>
  encodeSignatures(counting.slice(0, threshold));

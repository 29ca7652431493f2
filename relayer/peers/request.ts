import type { Hex } from 'viem';
import { z } from 'zod';

import { addressSchema } from '../schemas.ts';

const decimal = z.string().regex(/^\d{1,20}$/);

const signed = {
  digest: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/)
    .transform((text) => text as Hex),
  signature: z
    .string()
    .regex(/^0x[0-9a-f]{128}$/i)
    .transform((text) => text as Hex),
};

/**
 * A request for a signature. Integers beyond 2^53 are decimal strings. `signature` is the caller's own over the same
 * digest: only a current signer is answered, and it commits itself first.
 */
export const attestationRequest = z.strictObject({
  kind: z.enum(['batch', 'bounce']),
  direction: z.enum(['mint', 'withdraw']),
  /** The destination chain and bridge: where the attestation counts. */
  chainId: z.int().positive(),
  bridge: addressSchema,
  signerEpoch: decimal,
  productToken: addressSchema,
  firstNonce: decimal,
  count: z.int().min(1).max(256),
  ...signed,
});

/**
 * The batch behind the digest of an attestation request that a peer has refused as `digest-mismatch`, by `POST /v1/statements`. A
 * relayer of an older release has no such route, and answers 404.
 */
export const contestedRequest = z.strictObject({
  direction: z.enum(['mint', 'withdraw']),
  /** The destination chain and bridge. */
  chainId: z.int().positive(),
  bridge: addressSchema,
  productToken: addressSchema,
  signerEpoch: decimal,
  firstNonce: decimal,
  /** 36 bytes each of at most 256 transfers. */
  transfers: z
    .string()
    .regex(/^0x([0-9a-f]{72}){1,256}$/)
    .transform((text) => text as Hex),
  sourceBlock: signed.digest,
  signature: signed.signature,
});

export type ContestedRequest = z.output<typeof contestedRequest>;

/** A request for a signature over one period of rewards, by `POST /v1/rewards/signatures`. */
export const rewardsRequest = z.strictObject({
  /** The main chain. */
  chainId: z.int().positive(),
  /** The Rewards contract. */
  rewards: addressSchema,
  signerEpoch: decimal,
  /** The main token. */
  token: addressSchema,
  period: decimal,
  ...signed,
});

/** A request for a signature over the product chain's history, by `POST /v1/anchors/signatures`. */
export const anchorRequest = z.strictObject({
  /** The main chain. */
  chainId: z.int().positive(),
  /** The Anchors contract. */
  anchors: addressSchema,
  signerEpoch: decimal,
  /** Height of the newest block. */
  number: decimal,
  /** In seconds, by the main chain's clock. */
  attestedAt: decimal,
  ...signed,
});

export type AnchorRequest = z.output<typeof anchorRequest>;

export type RewardsRequest = z.output<typeof rewardsRequest>;

export type AttestationRequest = z.output<typeof attestationRequest>;

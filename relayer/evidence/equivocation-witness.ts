import type { Address, Hex } from 'viem';
import { bytesToHex } from 'viem';

import { BoundedMap } from '../../protocol/bounded-map.ts';
import { encodeTransfers } from '../../protocol/attestation.ts';
import {
  type Evidence,
  type EvidenceFile,
  type EvidenceLane,
  type SignedBatch,
  contentAt,
  contradiction,
  digestOf,
  evidenceFile,
  verifyEvidence,
} from '../../protocol/equivocation.ts';
import { messageOf } from '../../protocol/errors.ts';
import { type Direction, type Lane, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { fromBase64 } from '../../protocol/receipts/base64.ts';
import type { Receipt } from '../../protocol/receipts/format.ts';
import type { Caller } from '../callers/callers.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { ContestedRequest } from '../peers/request.ts';
import { splitSignatures } from '../receipts/call-data.ts';
import type { BatchStatement, Pair } from '../state/statement.ts';
import type { ContestedBatch, EvidenceStore } from '../store/evidence-store.ts';

/*
 * Watches for equivocation: two signatures of one signer that name different transfers for one nonce. The first is a statement that a
 * peer could not have signed with it (`POST /v1/statements`); the second a signature for what this relayer has proven, from the same
 * signer's requests and answers, or from the call data of an executed batch.
 */

export interface EquivocationWitness {
  /** Takes note of a valid signature over a batch that this relayer has proven. */
  seen(statement: BatchStatement, signer: Address, signature: Hex): void;
  /**
   * Takes a statement that contradicts a proven transfer.
   * @returns a reason when it is no such statement of a current signer.
   * @throws {PegwayError} `too-many-requests` when the caller's budget is spent.
   */
  contest(request: ContestedRequest, caller: Pick<Caller, 'recover'>): Promise<{ readonly reason?: Reason }>;
  /** Looks for second signatures in executed batches. */
  review(): Promise<void>;
  list(): readonly EvidenceFile[];
  /** Sets metric and problems of current signers: the rotation of a signer ends both. */
  measure(): void;
}

export interface EquivocationWitnessOptions {
  readonly pair: Pair;
  readonly store: EvidenceStore;
  readonly authority: (direction: Direction) => { readonly signerEpoch: bigint; readonly signers: readonly Address[] };
  /** The transfer of a nonce, as this relayer has proven it. */
  readonly proven: (lane: Lane, nonce: bigint) => { readonly recipient: Address; readonly amount: bigint } | undefined;
  /** True for a transfer that a final block of its destination has executed. */
  readonly isExecuted: (lane: Lane, nonce: bigint) => boolean;
  /** A verified receipt. @throws when there is none. */
  readonly receipt: (lane: Lane, nonce: bigint) => Promise<Receipt>;
  /** The operator's name, as configured. */
  readonly nameOf: (signer: Address) => string | undefined;
  readonly metrics: Pick<Metrics, 'equivocations'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly log: { error(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** Proven batches with their signatures. One of 256 transfers has 18 kB. */
const REMEMBERED = 256;
const LARGEST_TRANSFERS = 9_216;
const LARGEST_SIGNATURES = 2_052;

export function createEquivocationWitness(options: EquivocationWitnessOptions): EquivocationWitness {
  const { pair, store, authority, proven, isExecuted, receipt, nameOf, metrics, problems, log } = options;
  const attested = new BoundedMap<Hex, { readonly laneKey: string; readonly signed: Map<Address, SignedBatch> }>(
    REMEMBERED,
  );
  /** Contested statements whose nonces were executed without their signer, or that no receipt can be made for. */
  const settled = new Set<Hex>();
  let contested = store.contested();

  const termsOf = ({ direction, productToken }: Lane): EvidenceLane => ({
    ...{ direction, productToken },
    source: pair[sourceOf(direction)],
    destination: pair[destinationOf(direction)],
  });
  const laneOf = (key: string): Lane => {
    const [direction = '', productToken = ''] = key.split('-');
    return { direction: direction as Direction, productToken: productToken as Address };
  };

  const record = async (signer: Address, key: string, statements: Evidence['statements']): Promise<void> => {
    const evidence: Evidence = { ...termsOf(laneOf(key)), ...{ statements } };
    const { nonce } = await verifyEvidence(evidence);
    store.add(signer, key, evidence);
    contested = store.contested();
    log.error({ signer, lane: key, nonce: String(nonce) }, 'a signer has signed two different transfers for one nonce');
    measure();
  };

  /** Pairs a signature with every contested statement of its signer. */
  const pairWith = async (signer: Address, key: string, signed: SignedBatch): Promise<void> => {
    const other = contested.find(
      (one) => one.signer === signer && one.laneKey === key && contradiction(one, signed) !== undefined,
    );
    if (other !== undefined) await record(signer, key, [batchOf(other), signed]);
  };
  const warn = (error: unknown): void => log.warn({ error: messageOf(error) }, 'evidence of equivocation not kept');

  /** True when a nonce of the batch has another transfer than the proven one. */
  const contradicts = (lane: Lane, batch: SignedBatch): boolean =>
    noncesOf(batch).some((nonce) => {
      const own = proven(lane, nonce);
      return own !== undefined && encodeTransfers([own]).slice(2) !== contentAt(batch, nonce);
    });

  /** The signature of a signer in the call data of an executed batch; undefined when it was not counted. */
  const executedBy = async (signer: Address, lane: Lane, nonce: bigint): Promise<SignedBatch | undefined> => {
    const { attestation, signerSet } = await receipt(lane, nonce);
    if (attestation.kind !== 'batch') return undefined;
    const bytes = (text: string, largest: number) => bytesToHex(fromBase64(text, largest, 'attestation'));
    const own = splitSignatures(bytes(attestation.signatures, LARGEST_SIGNATURES)).find(
      ({ index }) => signerSet.signers[index] === signer,
    );
    return (
      own && {
        ...{ signerEpoch: BigInt(attestation.signerEpoch), firstNonce: BigInt(attestation.firstNonce) },
        ...{ transfers: bytes(attestation.transfers, LARGEST_TRANSFERS), sourceBlock: attestation.sourceBlock },
        signature: own.signature,
      }
    );
  };

  function measure(): void {
    const current = new Set([...authority('mint').signers, ...authority('withdraw').signers]);
    for (const [signer, items] of Map.groupBy(store.evidence(), (one) => one.signer)) {
      const part = `signer ${signer}`;
      if (!current.has(signer)) {
        metrics.equivocations.remove({ signer });
        problems.clear(part);
        continue;
      }
      metrics.equivocations.set({ signer }, items.length);
      const name = nameOf(signer);
      problems.set(
        part,
        'equivocation',
        `${name === undefined ? '' : `${name} `}${signer} has signed two different transfers for one nonce: pegway evidence list`,
      );
    }
  }

  return {
    seen(statement, signer, signature) {
      const { digest, lane, signerEpoch, firstNonce, transfers, sourceBlock } = statement;
      const key = laneKey(lane);
      const known = attested.get(digest) ?? { laneKey: key, signed: new Map<Address, SignedBatch>() };
      const signed = { signerEpoch, firstNonce, transfers, sourceBlock, signature };
      known.signed.set(signer, signed);
      attested.set(digest, known);
      if (contested.length > 0) pairWith(signer, key, signed).catch(warn);
    },

    async contest(request, { recover }) {
      const { direction, productToken, chainId, bridge } = request;
      const lane: Lane = { direction, productToken };
      const { destination } = termsOf(lane);
      if (chainId !== destination.chainId || bridge !== destination.bridge) return { reason: 'wrong-bridge' };
      const { signerEpoch, firstNonce, transfers, sourceBlock, signature } = request;
      const batch: SignedBatch = {
        ...{ signerEpoch: BigInt(signerEpoch), firstNonce: BigInt(firstNonce), transfers, sourceBlock, signature },
      };
      const current = authority(direction);
      if (batch.signerEpoch !== current.signerEpoch) return { reason: 'wrong-bridge' };
      const signer = await recover(digestOf(termsOf(lane), batch), signature);
      if (signer === undefined || !current.signers.includes(signer)) return { reason: 'not-a-signer' };
      // SECURITY: anyone may replay a signature. One that names what is proven, or what is not final here, leaves nothing behind.
      if (!contradicts(lane, batch)) return { reason: 'not-final' };

      const key = laneKey(lane);
      const others = [...attested.values()].flatMap((one) =>
        one.laneKey === key ? (one.signed.get(signer) ?? []) : [],
      );
      const second =
        others.find((one) => contradiction(one, batch) !== undefined) ??
        contested.find(
          (one) => one.signer === signer && one.laneKey === key && contradiction(one, batch) !== undefined,
        );
      if (store.evidence().some((one) => one.signer === signer && laneKey(one.evidence) === key)) return {};
      if (second !== undefined) await record(signer, key, [batchOf(second), batch]);
      else if (!store.contest({ ...batch, laneKey: key, signer })) return { reason: 'too-many-requests' };
      contested = store.contested();
      log.warn({ signer, lane: key, firstNonce }, 'a signer has signed a batch that contradicts a proven transfer');
      return {};
    },

    async review() {
      for (const one of contested) {
        if (settled.has(one.signature)) continue;
        const lane = laneOf(one.laneKey);
        const differs = (nonce: bigint): boolean => contradicts(lane, { ...one, ...itemAt(one, nonce) });
        const nonce = noncesOf(one).find((each) => isExecuted(lane, each) && differs(each));
        if (nonce === undefined) continue;
        const second = await executedBy(one.signer, lane, nonce);
        settled.add(one.signature);
        if (second !== undefined) await record(one.signer, one.laneKey, [batchOf(one), second]);
      }
    },

    list: () => store.evidence().map(({ evidence }) => evidenceFile(evidence)),
    measure,
  };
}

const batchOf = ({ signerEpoch, firstNonce, transfers, sourceBlock, signature }: SignedBatch | ContestedBatch) => ({
  ...{ signerEpoch, firstNonce, transfers, sourceBlock, signature },
});

const noncesOf = (batch: SignedBatch): bigint[] =>
  Array.from({ length: (batch.transfers.length - 2) / 72 }, (_, index) => batch.firstNonce + BigInt(index));

const itemAt = (batch: SignedBatch, nonce: bigint): Pick<SignedBatch, 'firstNonce' | 'transfers'> => ({
  firstNonce: nonce,
  transfers: `0x${contentAt(batch, nonce) ?? ''}`,
});

import type { Address, Hex } from 'viem';

import type { IndexedSignature } from '../../protocol/attestation.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import type { Reason } from '../../protocol/reasons.ts';

/** What a peer made of the question. */
export type PeerAnswer =
  | { readonly signature: Hex }
  /** `ready`: how many transfers from the first nonce on this peer has proven. */
  | { readonly reason: Reason; readonly ready?: number };

export interface Collected {
  readonly signatures: readonly IndexedSignature[];
  /** A smaller batch for which enough signers are ready; undefined when there is none, or none is needed. */
  readonly shrinkTo: number | undefined;
  readonly refusals: readonly { readonly signer: Address; readonly reason: Reason }[];
}

/**
 * Asks as many peers as the quorum lacks, and all others as soon as one of those has no signature to give or takes its time:
 * what more would sign costs them work and brings nothing. SECURITY: an answer counts only when its signature recovers to that
 * signer over our own digest.
 */
export async function collect(options: {
  readonly digest: Hex;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly own: IndexedSignature;
  /** The indices of the others, in the order in which they are asked. */
  readonly order: readonly number[];
  /** Never rejects. */
  readonly ask: (signer: Address, signal: AbortSignal) => Promise<PeerAnswer>;
  readonly onAnswer: (signer: Address, valid: boolean) => void;
  /** How long the first have before the others are asked, too. */
  readonly patienceMilliseconds: number;
}): Promise<Collected> {
  const { digest, signers, threshold, own, order, ask, onAnswer, patienceMilliseconds } = options;
  const signatures: IndexedSignature[] = [own];
  const refusals: { signer: Address; reason: Reason }[] = [];
  const readiness: number[] = [];
  const waiting = [...order];
  const enough = new AbortController();
  const { promise: done, resolve, reject: fail } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  let underWay = 0;

  const askOne = async (index: number) => {
    const signer = signers[index];
    if (signer === undefined) return;
    const answer = await ask(signer, enough.signal);
    if (enough.signal.aborted) return;
    if ('signature' in answer) {
      const valid = (await recoverSigner(digest, answer.signature)) === signer;
      onAnswer(signer, valid);
      if (valid) signatures.push({ index, signature: answer.signature });
      else refusals.push({ signer, reason: 'digest-mismatch' });
    } else {
      refusals.push({ signer, reason: answer.reason });
      if (answer.ready !== undefined && answer.ready > 0) readiness.push(answer.ready);
    }
    if (signatures.length >= threshold) end();
    else if (refusals.length > 0) askNext(waiting.length);
  };

  const askNext = (count: number) => {
    for (const index of waiting.splice(0, count)) {
      underWay++;
      askOne(index).then(() => {
        if (--underWay === 0) end();
      }, fail);
    }
  };

  askNext(threshold - 1);
  if (underWay === 0) end();
  const late = setTimeout(() => askNext(waiting.length), patienceMilliseconds);
  await done.finally(() => clearTimeout(late));
  enough.abort();

  const missing = threshold - signatures.length;
  const shrinkTo = missing > 0 ? readiness.toSorted((a, b) => b - a)[missing - 1] : undefined;
  return { signatures: signatures.slice(0, threshold), shrinkTo, refusals };
}

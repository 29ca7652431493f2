import type { Address, Hex } from 'viem';

import type { IndexedSignature } from '../transfer/attestation.ts';
import { recoverSigner } from '../transfer/recover.ts';
import type { Reason } from '../transfer/reasons.ts';

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
 * Asks all peers at once, until the quorum is complete. SECURITY: an answer counts only when its signature recovers to that
 * signer over our own digest.
 */
export async function collect(options: {
  readonly digest: Hex;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly own: IndexedSignature;
  readonly ask: (signer: Address, signal: AbortSignal) => Promise<PeerAnswer>;
  readonly onAnswer: (signer: Address, valid: boolean) => void;
}): Promise<Collected> {
  const { digest, signers, threshold, own, ask, onAnswer } = options;
  const signatures: IndexedSignature[] = [own];
  const refusals: { signer: Address; reason: Reason }[] = [];
  const readiness: number[] = [];
  const enough = new AbortController();

  const askOne = async (signer: Address, index: number) => {
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
    if (signatures.length >= threshold) enough.abort();
  };

  const asked = signers.map((signer, index) => (index === own.index ? Promise.resolve() : askOne(signer, index)));
  const complete = new Promise<void>((resolve) => {
    if (signatures.length >= threshold) enough.abort();
    if (enough.signal.aborted) resolve();
    else enough.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([Promise.all(asked), complete]);
  enough.abort();

  const missing = threshold - signatures.length;
  const shrinkTo = missing > 0 ? readiness.toSorted((a, b) => b - a)[missing - 1] : undefined;
  return { signatures: signatures.slice(0, threshold), shrinkTo, refusals };
}

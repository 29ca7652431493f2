import type { Address, Hex } from 'viem';

import type { IndexedSignature } from '../../protocol/attestation.ts';
import { type Side, destinationOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { type Peer, type PeerAnswer, type SignatureRequest, requestSignature, showStatement } from '../peers/client.ts';
import type { PeerClient } from '../peers/http.ts';
import type { PeerLatency } from '../peers/latency.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { BatchStatement, SharedStatement } from '../state/statement.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';

export interface Collected {
  readonly signatures: readonly IndexedSignature[];
  /** A smaller batch size for which a quorum is ready; undefined when there is none, or the quorum is complete. */
  readonly shrinkTo: number | undefined;
  readonly refusals: readonly { readonly signer: Address; readonly reason: Reason }[];
}

/**
 * Collects the peers' signatures of a statement, starting from this signer's own.
 * @throws the reason of `signal` when it aborts, which cancels all requests.
 */
export type SignatureCollector = (
  statement: SharedStatement,
  signature: Hex,
  signal: AbortSignal,
) => Promise<Collected>;

export interface SignatureCollectorOptions {
  readonly peers: Config['peers'];
  readonly peerClient: PeerClient;
  readonly bridges: BridgePair;
  /** This signer's address. */
  readonly address: Address;
  /** The Rewards contract; undefined on a bridge without fees. */
  readonly rewards: Address | undefined;
  /** The Anchors contract; undefined on a bridge without one. */
  readonly anchors: Address | undefined;
  readonly metrics: Pick<Metrics, 'signatures' | 'signerLastAnswer'>;
  readonly log: { warn(fields: object, message: string): void };
  /** Ends the requests of this process. */
  readonly signal: AbortSignal;
  /** Measured here. */
  readonly latency: PeerLatency;
  /** Called with every valid signature over a batch, this signer's own included. */
  readonly onSignature: (statement: BatchStatement, signer: Address, signature: Hex) => void;
  /** Called when a peer has returned its signature. */
  readonly onAnswered: (signer: Address) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** A peer holds a request open for up to 1.5 s; this is well above it. */
const PEER_TIMEOUT_SECONDS = 4;
/** A peer that did not answer in time is moved to the end of the order for this long. */
const SILENT_SECONDS = 30;
/** Statements that were shown to the peers that refused them: each is shown once. */
const SHOWN = 256;

export function createSignatureCollector(options: SignatureCollectorOptions): SignatureCollector {
  const {
    peers,
    peerClient,
    bridges,
    address,
    rewards,
    anchors,
    metrics,
    log,
    onAnswered,
    onSignature,
    latency,
    signal: ended,
    now,
  } = options;
  const silentSince = new Map<Address, number>();
  const peerOf = new Map(peers.map((peer) => [peer.address, peer]));

  const shown = new BoundedMap<string, true>(SHOWN);

  const onAnswer = (statement: SharedStatement, signer: Address, signature: Hex, valid: boolean) => {
    if (!valid) return log.warn({ signer }, 'peer returned a signature that does not recover to it');
    onAnswered(signer);
    if (statement.kind === 'batch') onSignature(statement, signer, signature);
    metrics.signatures.inc({ signer });
    metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
  };

  let collections = 0;
  /** Silent peers come last. */
  const orderFor = (signers: readonly Address[], threshold: number): number[] => {
    const isSilent = (index: number) =>
      now() - (silentSince.get(signers[index] ?? address) ?? -Infinity) < SILENT_SECONDS;
    const order = requestOrder({ own: signers.indexOf(address), size: signers.length, threshold }, collections++);
    return order.sort((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
  };

  const askOne = async (peer: Peer, request: SignatureRequest, signal: AbortSignal): Promise<PeerAnswer> => {
    const began = now();
    const answer = await requestSignature(peerClient, peer, request, signal, PEER_TIMEOUT_SECONDS);
    if ('reason' in answer && answer.reason === 'unreachable') silentSince.set(peer.address, now());
    else {
      silentSince.delete(peer.address);
      latency.observe(peer.address, now() - began);
    }
    return answer;
  };

  /** Lets a peer with another transfer for one of these nonces compare the two: one of both signers is wrong. */
  const show = (peer: Peer, statement: BatchStatement, signature: Hex): void => {
    const key = `${statement.digest} ${peer.address}`;
    if (shown.has(key)) return;
    shown.set(key, true);
    const { lane, signerEpoch, firstNonce, transfers, sourceBlock } = statement;
    const { chainId, address: bridge } = bridges.sides[sideOf(statement)];
    const terms = { ...lane, chainId, bridge, signerEpoch: String(signerEpoch), firstNonce: String(firstNonce) };
    const until = AbortSignal.any([ended, AbortSignal.timeout(PEER_TIMEOUT_SECONDS * 1_000)]);
    void showStatement(peerClient, peer, { ...terms, transfers, sourceBlock, signature }, until);
  };

  const requestFor = (statement: SharedStatement, signature: Hex): SignatureRequest => {
    const { chainId, address: bridge } = bridges.sides[sideOf(statement)];
    const common = { chainId, signerEpoch: statement.signerEpoch.toString(), digest: statement.digest, signature };
    if (statement.kind === 'rewards') {
      const { token, period } = statement;
      if (rewards === undefined) throw new TypeError('rewards of a bridge without a Rewards contract');
      return { path: '/v1/rewards/signatures', body: { ...common, rewards, token, period: period.toString() } };
    }
    if (statement.kind === 'anchor') {
      const { number, attestedAt } = statement.anchor;
      if (anchors === undefined) throw new TypeError('an anchor of a bridge without an Anchors contract');
      const named = { anchors, number: number.toString(), attestedAt: attestedAt.toString() };
      return { path: '/v1/anchors/signatures', body: { ...common, ...named } };
    }
    const { kind, count, firstNonce, lane } = statement;
    return {
      path: '/v1/attestations',
      body: { ...common, kind, ...lane, bridge, firstNonce: firstNonce.toString(), count },
    };
  };

  return (statement, signature, signal) => {
    metrics.signatures.inc({ signer: address });
    if (statement.kind === 'batch') onSignature(statement, address, signature);
    const { digest } = statement;
    const { signers, threshold } = bridges.state(sideOf(statement));
    const request = requestFor(statement, signature);
    const anySignal = AbortSignal.any([ended, signal]);
    return collectSignatures({
      ...{ digest, signers, threshold, signal },
      onAnswer: (...answer) => onAnswer(statement, ...answer),
      own: { index: signers.indexOf(address), signature },
      order: orderFor(signers, threshold),
      patience: (signer) => latency.patience(signer) * 1_000,
      onLate: (signer) => void silentSince.set(signer, now()),
      async ask(signer) {
        const peer = peerOf.get(signer);
        if (peer === undefined) return { reason: 'unreachable' };
        const answer = await askOne(peer, request, anySignal);
        const isRefused = 'reason' in answer && answer.reason === 'digest-mismatch';
        if (isRefused && statement.kind === 'batch') show(peer, statement, signature);
        return answer;
      },
    });
  };
}

/** The side with the signers and the epoch that a statement is bound to. */
const sideOf = (statement: SharedStatement): Side =>
  statement.kind === 'rewards' || statement.kind === 'anchor' ? 'main' : destinationOf(statement.lane.direction);

/**
 * The indices of the other signers, in the order of the requests: the signer of the next turn first, since a peer that
 * signs yields the batch to this signer, then the rest, rotated so that successive collections reach all of them.
 *
 * A fixed order would leave the last signers out for as long as a lane has this leader, which is 64 nonces; and a signer
 * that is absent from nine tenths of a week's calls has no share of what presence earns.
 * @param own This signer's index; -1 outside the list.
 * @param collections The number of collections before this one.
 */
export function requestOrder(
  { own, size, threshold }: { readonly own: number; readonly size: number; readonly threshold: number },
  collections: number,
): number[] {
  const others = Array.from({ length: size }, (_, place) => (own + 1 + place) % size).filter((index) => index !== own);
  // A quorum of two has no room for both, so there the next turn rotates with the rest.
  const rotating = others.splice(threshold > 2 ? 1 : 0);
  const start = (collections * (threshold - 1 - others.length)) % Math.max(rotating.length, 1);
  return [...others, ...rotating.slice(start), ...rotating.slice(0, start)];
}

/**
 * Requests as many signatures as the quorum lacks, and the remaining peers' as soon as one of those refuses or exceeds
 * its patience: further signatures would cost the peers work and add nothing.
 *
 * SECURITY: an answer counts only when its signature recovers to that signer over our own digest.
 */
export async function collectSignatures(options: {
  readonly digest: Hex;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly own: IndexedSignature;
  /** Indices of the other signers, in the order of the requests. */
  readonly order: readonly number[];
  /** Never rejects. */
  readonly ask: (signer: Address) => Promise<PeerAnswer>;
  readonly onAnswer: (signer: Address, signature: Hex, valid: boolean) => void;
  /** Milliseconds that a peer has before all others receive a request, too. */
  readonly patience: (signer: Address) => number;
  /** Called when a peer has exceeded its patience. */
  readonly onLate: (signer: Address) => void;
  readonly signal: AbortSignal;
}): Promise<Collected> {
  const { digest, signers, threshold, own, order, ask, onAnswer, patience, onLate, signal } = options;
  const signatures: IndexedSignature[] = [own];
  const refusals: { signer: Address; reason: Reason }[] = [];
  const readiness: number[] = [];
  const waiting = [...order];
  signal.throwIfAborted();
  const { promise: done, resolve, reject: fail } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  const abort = () => fail(signal.reason);
  signal.addEventListener('abort', abort);
  let inFlight = 0;
  let isOver = false;
  const timers = new Set<NodeJS.Timeout>();

  const askOne = async (index: number) => {
    const signer = signers[index];
    if (signer === undefined) return;
    const late = setTimeout(() => {
      onLate(signer);
      askNext(waiting.length);
    }, patience(signer));
    timers.add(late);
    const answer = await ask(signer);
    clearTimeout(late);
    if (isOver) return;
    if ('signature' in answer) {
      const valid = (await recoverSigner(digest, answer.signature)) === signer;
      onAnswer(signer, answer.signature, valid);
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
      inFlight++;
      askOne(index).then(() => {
        if (--inFlight === 0) end();
      }, fail);
    }
  };

  askNext(threshold - 1);
  if (inFlight === 0) end();
  // Surplus requests are left to end: an abort would close their connections, and over a distance the handshakes of new
  // ones exceed the patience of the next batch.
  await done.finally(() => {
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  });

  const missing = threshold - signatures.length;
  const shrinkTo = missing > 0 ? readiness.toSorted((a, b) => b - a)[missing - 1] : undefined;
  return { signatures: signatures.slice(0, threshold), shrinkTo, refusals };
}

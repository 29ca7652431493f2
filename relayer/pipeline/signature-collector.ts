import type { Address, Hex } from 'viem';

import type { Config } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { type Peer, type PeerAnswer, requestSignature } from '../peers/client.ts';
import type { AttestationRequest } from '../peers/request.ts';
import { type Collected, collect } from './collect.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Statement } from '../state/statement.ts';
import { destinationOf } from '../../protocol/lane.ts';

/** Gathers signatures of a statement from the peers, beginning with this signer's own. */
export type Gather = (
  statement: Omit<Statement, 'transfers'>,
  kind: 'batch' | 'bounce',
  signature: Hex,
) => Promise<Collected>;

export interface GatherOptions {
  readonly peers: Config['peers'];
  readonly bridges: Bridges;
  /** This signer. */
  readonly address: Address;
  readonly metrics: Pick<Metrics, 'signatures' | 'signerLastAnswer'>;
  readonly log: { warn(o: object, m: string): void };
  /** A peer gave its signature. */
  readonly onAnswered: (signer: Address) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Peers hold a question open for a moment; this is past it. */
const PEER_TIMEOUT_SECONDS = 4;
/** What a peer that is well needs, and more than a slow line takes. */
const PATIENCE_SECONDS = 0.25;
/** For so long a peer that did not answer is asked last. */
const SILENT_SECONDS = 30;

export function createGather({ peers, bridges, address, metrics, log, onAnswered, now }: GatherOptions): Gather {
  const silentSince = new Map<Address, number>();
  const peerOf = new Map(peers.map((peer) => [peer.address, peer]));

  const onAnswer = (signer: Address, valid: boolean) => {
    if (!valid) return log.warn({ signer }, 'a peer answered with a signature that is not its own');
    onAnswered(signer);
    metrics.signatures.inc({ signer });
    metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
  };

  /** Those first whose turn comes next: who has signed leaves a batch to us for a while. Last those that are silent. */
  const orderFor = (signers: readonly Address[]): number[] => {
    const own = signers.indexOf(address);
    const order = signers.map((_, place) => (own + 1 + place) % signers.length);
    const isSilent = (index: number) =>
      now() - (silentSince.get(signers[index] ?? address) ?? -Infinity) < SILENT_SECONDS;
    return order
      .filter((index) => signers[index] !== address)
      .sort((a, b) => Number(isSilent(a)) - Number(isSilent(b)));
  };

  const askOne = async (peer: Peer, question: AttestationRequest, signal: AbortSignal): Promise<PeerAnswer> => {
    const began = now();
    const answer = await requestSignature(peer, question, signal, PEER_TIMEOUT_SECONDS);
    // Nothing is known of one that was told in time that its answer is not needed.
    const isSilent = 'reason' in answer && answer.reason === 'unreachable';
    if (!isSilent) silentSince.delete(peer.address);
    else if (!signal.aborted || now() - began > PATIENCE_SECONDS) silentSince.set(peer.address, now());
    return answer;
  };

  return (statement, kind, signature) => {
    metrics.signatures.inc({ signer: address });
    const { digest, count, lane } = statement;
    const { direction, productToken } = lane;
    const { signers, threshold } = bridges.destination(direction);
    const { chainId, address: bridge } = bridges.sides[destinationOf(direction)];
    const range = { firstNonce: statement.firstNonce.toString(), count };
    const signerEpoch = statement.signerEpoch.toString();
    const question = { kind, direction, chainId, bridge, productToken, ...range, signerEpoch, digest, signature };
    return collect({
      ...{ digest, signers, threshold, onAnswer },
      own: { index: signers.indexOf(address), signature },
      order: orderFor(signers),
      patienceMilliseconds: PATIENCE_SECONDS * 1_000,
      ask: (signer, signal) => {
        const peer = peerOf.get(signer);
        if (peer === undefined) return Promise.resolve<PeerAnswer>({ reason: 'unreachable' });
        return askOne(peer, question, signal);
      },
    });
  };
}

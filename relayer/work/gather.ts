import type { Address, Hex } from 'viem';

import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { type PeerAnswer, askPeer } from '../peers/client.ts';
import { type Collected, collect } from '../pipeline/collect.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Statement } from '../state/statement.ts';
import { destinationOf } from '../transfer/lane.ts';

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
}

/** Peers hold a question open for a moment; this is past it. */
const PEER_TIMEOUT_SECONDS = 4;

export function createGather({ peers, bridges, address, metrics, log, onAnswered }: GatherOptions): Gather {
  const peerOf = new Map(peers.map((peer) => [peer.address, peer]));

  const onAnswer = (signer: Address, valid: boolean) => {
    if (!valid) return log.warn({ signer }, 'a peer answered with a signature that is not its own');
    onAnswered(signer);
    metrics.signatures.inc({ signer });
    metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
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
      ask: (signer, signal) => {
        const peer = peerOf.get(signer);
        if (peer === undefined) return Promise.resolve<PeerAnswer>({ reason: 'unreachable' });
        return askPeer(peer, question, signal, PEER_TIMEOUT_SECONDS);
      },
    });
  };
}

import type { Address } from 'viem';

import type { Config } from '../config.ts';
import type { PeerStatus } from '../peers/client.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Metrics } from './metrics.ts';
import type { PeerTracker, SignerReport } from './peer-tracker.ts';

/** What the other signers of one bridge report with each heartbeat. */
export interface PeerReports {
  /** `{mainChainId}-{mainBridge}` in lower case. */
  readonly id: string;
  readonly peers: Config['peers'];
  /** Takes one round. `statusAt` is the answer of the relayer at a URL about this bridge; undefined without one. */
  update(statusAt: (url: string) => PeerStatus | undefined): void;
}

export interface PeerReportsOptions extends Pick<PeerReports, 'id' | 'peers'> {
  /** Of this signer. */
  readonly address: Address;
  readonly bridges: Pick<BridgePair, 'state'>;
  readonly peerTracker: Pick<PeerTracker, 'update'>;
  readonly own: () => SignerReport;
  readonly onAnswered: (signer: Address) => void;
  readonly metrics: Pick<Metrics, 'signerLastAnswer' | 'signatures' | 'signerInfo'>;
}

export function createPeerReports(options: PeerReportsOptions): PeerReports {
  const { id, peers, address: ownAddress, bridges, peerTracker, own, onAnswered, metrics } = options;
  let reportedSigners: ReadonlySet<Address> = new Set<Address>();
  for (const { address: signer, name = '', contact = '' } of peers) {
    if (name !== '' || contact !== '') metrics.signerInfo.set({ signer, name, contact }, 1);
  }

  return {
    ...{ id, peers },
    update(statusAt) {
      const current = new Set([...bridges.state('main').signers, ...bridges.state('product').signers]);
      const reports = new Map<Address, SignerReport>();
      for (const { address, url } of peers) {
        const status = statusAt(url);
        if (status === undefined) continue;
        onAnswered(address);
        reports.set(address, status);
      }
      peerTracker.update(own(), reports);
      for (const signer of current) {
        const answered = reports.has(signer) || signer === ownAddress;
        if (answered) metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
        // Creates the series, so that a signer that never answers is noticed.
        else metrics.signerLastAnswer.inc({ signer }, 0);
        metrics.signatures.inc({ signer }, 0);
      }
      // Former signers are not missed.
      for (const signer of reportedSigners) if (!current.has(signer)) metrics.signerLastAnswer.remove({ signer });
      reportedSigners = current;
    },
  };
}

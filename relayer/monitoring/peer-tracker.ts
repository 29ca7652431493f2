import type { Address } from 'viem';

import { type Direction, type Side, directions, sourceOf } from '../../protocol/lane.ts';

/** What one signer's relayer says of itself. */
export interface SignerReport {
  /** Up to where it has read final blocks; undefined before it has. */
  readonly scanned: Readonly<Record<Side, bigint | undefined>>;
  /** Directions in which it signs nothing, or not everything, for a reason other than a pause, which holds for all. */
  readonly stopped: readonly Direction[];
}

/** The signers of the bridge as this relayer sees them: who answered at the last round, and how far they are. */
export interface PeerTracker {
  /** Takes in one round: this relayer's own report, and those of the peers that answered. */
  update(own: SignerReport, peers: ReadonlyMap<Address, SignerReport>): void;
  /** Signers that answer and are in sync, this one among them; undefined before the first round. */
  inSync(direction: Direction, signers: readonly Address[]): number | undefined;
  /** Whether some peer that answers has read further than `block`, or none answers at all. */
  isBehind(side: Side, block: bigint): boolean;
}

export function createPeerTracker(address: Address): PeerTracker {
  let reports = new Map<Address, SignerReport>();
  /** Where this relayer stood a round ago: a signer that has not come that far since is out of sync. */
  let requiredBlocks: Partial<Record<Side, bigint>> = {};
  let own: SignerReport | undefined;

  const isInSync = (report: SignerReport, direction: Direction): boolean => {
    const scanned = report.scanned[sourceOf(direction)];
    return (
      !report.stopped.includes(direction) &&
      scanned !== undefined &&
      scanned >= (requiredBlocks[sourceOf(direction)] ?? 0n)
    );
  };

  return {
    update(now, peers) {
      requiredBlocks = { main: own?.scanned.main ?? 0n, product: own?.scanned.product ?? 0n };
      own = now;
      reports = new Map([...peers, [address, now]]);
    },

    inSync(direction, signers) {
      if (own === undefined) return undefined;
      return signers.filter((signer) => {
        const report = reports.get(signer);
        return report !== undefined && isInSync(report, direction);
      }).length;
    },

    isBehind(side, block) {
      const others = [...reports].filter(([signer]) => signer !== address).map(([, report]) => report.scanned[side]);
      return others.length === 0 || others.some((scanned) => scanned !== undefined && scanned > block);
    },
  };
}

/** The directions of these lanes in which something is not signed. */
export const stoppedDirections = (
  lanes: readonly { readonly direction: Direction; readonly reason?: string | undefined }[],
): Direction[] =>
  directions.filter((direction) =>
    lanes.some((lane) => lane.direction === direction && lane.reason !== undefined && lane.reason !== 'paused'),
  );

import type { Address } from 'viem';

import { type Direction, type Side, directions, sourceOf } from '../../protocol/lane.ts';

/** The status that one signer's relayer reports. */
export interface SignerReport {
  /** The final block up to which it has read; undefined before the first. */
  readonly scanned: Readonly<Record<Side, bigint | undefined>>;
  /**
   * Directions in which it does not sign some or all transfers, for a reason other than a pause, which affects all
   * signers.
   */
  readonly stopped: readonly Direction[];
}

/** Tracks the signers of the bridge: those that answered in the last round, and how far they have read. */
export interface PeerTracker {
  /** Updates with one round: the report of this relayer, and those of the peers that answered. */
  update(own: SignerReport, peers: ReadonlyMap<Address, SignerReport>): void;
  /** Signers that answer and are in sync, including this one; undefined before the first round. */
  inSync(direction: Direction, signers: readonly Address[]): number | undefined;
  /** True when a peer has read further than `block`, or when no peer answers. */
  isBehind(side: Side, block: bigint): boolean;
}

export function createPeerTracker(address: Address): PeerTracker {
  let reports = new Map<Address, SignerReport>();
  /** The blocks of this relayer one round ago. A signer that has not reached them is out of sync. */
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

/** The directions in which some of these lanes do not sign. */
export const stoppedDirections = (
  lanes: readonly { readonly direction: Direction; readonly reason?: string | undefined }[],
): Direction[] =>
  directions.filter((direction) =>
    lanes.some((lane) => lane.direction === direction && lane.reason !== undefined && lane.reason !== 'paused'),
  );

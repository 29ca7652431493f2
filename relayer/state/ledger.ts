import type { Lane, Transfer } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';

/** Why an open transfer is held back, and until when (monotonic seconds). */
export interface Hold {
  readonly reason: Reason;
  readonly until: number;
  /** The hold ends when the destination's final block reaches this one and the transfer is still open. */
  readonly block?: bigint;
}

/** An open or parked transfer, proven final at its source. */
export interface Entry {
  readonly transfer: Transfer;
  /** When this relayer proved it, in monotonic seconds. */
  readonly readyAt: number;
  parked: boolean;
  /** Earliest release of the parked record, in the destination's seconds; undefined until it was read. */
  releasableAt: bigint | undefined;
  /** Why this signer will not sign it; it does not block other transfers. */
  rejected: Reason | undefined;
  /** True if its token refused to pay: no retry until a simulation succeeds. */
  refused: boolean;
  /** True if this signer's approval of it is on chain. */
  approved: boolean;
  /** Indices of the peers to which this signer has left the transfer for a turn, once each. */
  readonly yieldedTo: Set<number>;
  hold: Hold | undefined;
}

/**
 * The state of one lane: its open transfers, and the nonce up to which the source is proven. Reflects the two bridges
 * at their finalized blocks, is rebuilt from them at every start and never stored.
 */
export interface Ledger {
  readonly lane: Lane;
  /** All lower nonces are proven: each is an entry here, or executed. */
  readonly nextNonce: bigint;
  /** Set while no statement of this lane may be signed. */
  stopped: Reason | undefined;
  /** Open and parked entries by nonce, ascending. */
  entries(): Entry[];
  /** The oldest entries, at most `count`, that are neither parked nor refused nor rejected. */
  oldest(count: number): Entry[];
  get(nonce: bigint): Entry | undefined;
  /** The transfers of a range from its first nonce on, up to the first one that is not open, not proven or rejected. */
  range(firstNonce: bigint, count: number): Transfer[];
  /** Adds the lane's next transfer. Returns whether it is open: the destination may have executed it already. */
  add(transfer: Transfer, now: number): boolean;
  /** Removes a nonce that the destination executed, released or bounced in a finalized block. Returns its entry. */
  settle(nonce: bigint): Entry | undefined;
  /**
   * Records that the destination parked or voided a nonce in a finalized block; also before its source event is proven
   * here.
   */
  park(nonce: bigint, parked: boolean): void;
  /** Clears approvals from another epoch: on-chain approvals are valid only in the epoch in which they were given. */
  enterEpoch(signerEpoch: bigint): void;
  /** Executed or parked nonces without a source event proven by this relayer yet. */
  ahead(): bigint[];
  /** All parked nonces, including those of {@link ahead}. */
  parked(): bigint[];
  /**
   * Replaces the ledger by the bridges' state.
   * @param early nonces from `nextNonce` on that the destination has executed.
   */
  reset(
    nextNonce: bigint,
    open: readonly Transfer[],
    parked: ReadonlySet<bigint>,
    now: number,
    early?: readonly bigint[],
  ): void;
  /** Resolves when the whole range is proven, or after `milliseconds`. */
  waitFor(firstNonce: bigint, count: number, milliseconds: number): Promise<void>;
}

export function createLedger(lane: Lane): Ledger {
  const open = new Map<bigint, Entry>();
  const early = new Set<bigint>();
  const earlyParked = new Set<bigint>();
  let nextNonce = 0n;
  let epoch: bigint | undefined;
  const waiters = new Set<{ readonly end: bigint; readonly wake: () => void }>();

  const wakeWaiters = () => {
    for (const { end, wake } of waiters) if (nextNonce >= end) wake();
  };

  const enter = (transfer: Transfer, now: number, parked: boolean) => {
    open.set(transfer.nonce, {
      ...{ transfer, readyAt: now, parked, refused: false, approved: false, yieldedTo: new Set<number>() },
      ...{ rejected: undefined, hold: undefined, releasableAt: undefined },
    });
  };

  return {
    lane,
    stopped: undefined,

    get nextNonce() {
      return nextNonce;
    },

    // Nonces are added in ascending order, and a Map preserves insertion order.
    entries: () => [...open.values()],

    oldest(count) {
      const found: Entry[] = [];
      for (const entry of open.values()) {
        if (found.length >= count) break;
        if (!entry.parked && !entry.refused && entry.rejected === undefined) found.push(entry);
      }
      return found;
    },

    get: (nonce) => open.get(nonce),

    range(firstNonce, count) {
      const transfers: Transfer[] = [];
      for (let nonce = firstNonce; nonce < firstNonce + BigInt(count); nonce++) {
        const entry = open.get(nonce);
        if (entry === undefined || entry.rejected !== undefined) break;
        transfers.push(entry.transfer);
      }
      return transfers;
    },

    add(transfer, now) {
      nextNonce = transfer.nonce + 1n;
      if (early.delete(transfer.nonce)) return false;
      enter(transfer, now, earlyParked.delete(transfer.nonce));
      wakeWaiters();
      return true;
    },

    settle(nonce) {
      earlyParked.delete(nonce);
      if (nonce >= nextNonce) early.add(nonce);
      const entry = open.get(nonce);
      open.delete(nonce);
      return entry;
    },

    park(nonce, parked) {
      const entry = open.get(nonce);
      // Parked again after a void, it has another record.
      if (entry !== undefined) Object.assign(entry, { parked, releasableAt: undefined });
      if (nonce < nextNonce) return;
      if (parked) earlyParked.add(nonce);
      else earlyParked.delete(nonce);
    },

    enterEpoch(signerEpoch) {
      if (epoch === signerEpoch) return;
      epoch = signerEpoch;
      for (const entry of open.values()) {
        entry.approved = false;
        entry.yieldedTo.clear();
      }
    },

    ahead: () => [...early, ...earlyParked],

    parked: () => [
      ...[...open.values()].filter(({ parked }) => parked).map(({ transfer }) => transfer.nonce),
      ...earlyParked,
    ],

    reset(next, transfers, parked, now, executedEarly = []) {
      open.clear();
      early.clear();
      earlyParked.clear();
      nextNonce = next;
      for (const nonce of executedEarly) early.add(nonce);
      for (const nonce of parked) {
        if (nonce < next) continue;
        early.delete(nonce);
        earlyParked.add(nonce);
      }
      const sorted = transfers.toSorted((a, b) => (a.nonce < b.nonce ? -1 : 1));
      for (const transfer of sorted) enter(transfer, now, parked.has(transfer.nonce));
      wakeWaiters();
    },

    waitFor(firstNonce, count, milliseconds) {
      const end = firstNonce + BigInt(count);
      if (nextNonce >= end) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve();
        };
        const waiter = { end, wake };
        // A process that ends does not wait for it.
        const timer = setTimeout(wake, milliseconds).unref();
        waiters.add(waiter);
      });
    },
  };
}

import { findTransfers } from '../chain/locate-transfers.ts';
import type { BridgeEvent } from '../chain/events.ts';
import type { Head } from '../chain/finality.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Auditor } from '../audit/auditor.ts';
import { confirm } from './confirm.ts';
import { recoverLane } from './recover-lane.ts';
import { takeTransfer, verifyTransfer } from './verify-transfer.ts';
import { type ChainWatch, createChainWatch } from './chain-watch.ts';
import type { BridgePair } from '../state/bridges.ts';
import { type Entry, type Ledger, createLedger } from '../state/ledger.ts';
import type { Ledgers } from '../state/ledgers.ts';
import { isLedgerConsistent } from './ledger-consistency.ts';
import { type Lane, type Side, laneKey, sides } from '../../protocol/lane.ts';

/** Applies the finalized blocks of both chains to one ledger per lane. */
export interface BlockProcessor {
  /** Timestamp of the last processed finalized block, in seconds; 0 before the first. */
  timestamp(side: Side): bigint;
  /** Builds the ledgers of these lanes from the bridges' state at the finalized heads. */
  recover(lanes: readonly Lane[]): Promise<void>;
  /**
   * Processes the events up to a finalized head.
   * @returns the number of blocks by which the head moved.
   * @throws {PegwayError} `finality-reversed`
   */
  advance(side: Side, to: Head): Promise<number>;
  /** Rereads one bridge's state at its latest block: the event of a change may have been withheld. */
  refresh(side: Side): Promise<void>;
  /** Rebuilds a ledger that differs from the bridges' state; postponed while the heads move. */
  repair(ledger: Ledger): Promise<void>;
}

export interface BlockProcessorOptions {
  readonly bridges: BridgePair;
  readonly ledgers: Ledgers;
  readonly auditor: Pick<Auditor, 'departed' | 'executed' | 'parked'>;
  readonly metrics: Metrics;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Called after the events of a finalized block are applied; `lanes` are those that they changed. */
  readonly onProcessed: (
    side: Side,
    processed: { readonly events: readonly BridgeEvent[]; readonly head: Head; readonly lanes: readonly Lane[] },
  ) => Promise<void>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export function createBlockProcessor(options: BlockProcessorOptions): BlockProcessor {
  const { bridges, ledgers, auditor, metrics, log, onProcessed, now } = options;
  const chains = bridges.sides;
  const timestamps: Record<Side, bigint> = { main: 0n, product: 0n };

  const known = ({ productToken }: Lane) => ({
    ...bridges.pegs(productToken),
    bridges: [chains.main.address, chains.product.address],
  });

  const countSeen = ({ lane: { direction } }: Ledger, count: number, entries: readonly Entry[]): void => {
    metrics.transfersSeen.inc({ direction }, count);
    for (const { rejected } of entries) {
      if (rejected !== undefined) metrics.transfersRejected.inc({ direction, reason: rejected });
    }
  };

  const adopt = (fresh: Ledger): void => {
    const { lane } = fresh;
    fresh.stopped = ledgers.of(lane)?.stopped;
    for (const entry of fresh.entries()) {
      auditor.departed(entry.transfer);
      entry.rejected = verifyTransfer(entry.transfer, known(lane));
    }
    countSeen(fresh, fresh.entries().length, fresh.entries());
    ledgers.all.set(laneKey(lane), fresh);
    const { direction, productToken } = lane;
    log.info(
      { direction, productToken, next: fresh.nextNonce.toString(), open: fresh.entries().length },
      'lane recovered',
    );
  };

  const recovered = async (lane: Lane, at: Readonly<Record<Side, Head>>): Promise<Ledger> => {
    const fresh = createLedger(lane);
    await recoverLane(bridges, fresh, at, now);
    return fresh;
  };

  const recover = async (lanes: readonly Lane[]): Promise<void> => {
    const at = {
      main: watches.main.head ?? (await chains.main.finalHead()),
      product: watches.product.head ?? (await chains.product.finalHead()),
    };
    // All or none: if one fails, the others' readings would be older than those of the next attempt.
    for (const fresh of await Promise.all(lanes.map((lane) => recovered(lane, at)))) adopt(fresh);
    for (const side of sides) {
      if (watches[side].head !== undefined) continue;
      watches[side].startAt(at[side]);
      timestamps[side] = at[side].timestamp;
      ledgers.applied(side, at[side]);
    }
  };

  const refresh = async (side: Side): Promise<void> => {
    await bridges.refresh(side);
    const missing = bridges.lanes().filter((lane) => ledgers.of(lane) === undefined);
    if (missing.length > 0) await recover(missing);
    // A transfer rejected because the two bridges disagreed about its peg may be valid now.
    for (const one of ledgers.all.values()) {
      for (const entry of one.entries()) entry.rejected &&= verifyTransfer(entry.transfer, known(one.lane));
    }
  };

  /** @returns the lane that the event changed; undefined when the bridge has no such lane. */
  const apply = async (side: Side, event: BridgeEvent, head: Head): Promise<Lane | undefined> => {
    if (event.kind !== 'departed') {
      const lane = confirm(event, { ledger: ledgers.of, metrics, now });
      if (lane === undefined) return undefined;
      if (event.kind === 'executed') auditor.executed({ ...event, lane, timestamp: head.timestamp });
      if (event.kind === 'parked') auditor.parked(lane, event.nonce);
      return lane;
    }
    const { lane } = event.transfer;
    auditor.departed(event.transfer);
    const target = ledgers.of(lane);
    if (target === undefined) return undefined;
    const before = target.nextNonce;
    const taken = await takeTransfer(target, event.transfer, {
      known: known(lane),
      now: now(),
      find: (nonces) =>
        findTransfers(chains[side], chains[side].source, lane, nonces, event.transfer.nonce + 1n, head.number),
    });
    const entries = taken.flatMap(({ nonce }) => target.get(nonce) ?? []);
    countSeen(target, Number(target.nextNonce - before), entries);
    return lane;
  };

  const process = (side: Side) => async (events: readonly BridgeEvent[], head: Head) => {
    ledgers.applying(side);
    const changed = events.some(({ kind }) => kind === 'changed' || kind === 'voided');
    if (changed) await refresh(side);
    const moved = new Map<string, Lane>();
    for (const event of events) {
      const lane = await apply(side, event, head);
      if (lane !== undefined) moved.set(laneKey(lane), lane);
    }
    timestamps[side] = head.timestamp;
    // A change may end a pause or add this signer: every lane may proceed now.
    const lanes = changed ? bridges.lanes() : [...moved.values()];
    await onProcessed(side, { events, head, lanes });
  };

  const watches: Record<Side, ChainWatch> = {
    main: createChainWatch(chains.main, process('main')),
    product: createChainWatch(chains.product, process('product')),
  };

  return {
    recover,
    refresh,

    timestamp: (side) => timestamps[side],

    async advance(side, to) {
      const blocks = await watches[side].advance(to);
      // Without new blocks, such as after a lower head, a partial ingest stays partial.
      const { head } = watches[side];
      if (blocks > 0 && head !== undefined) ledgers.applied(side, head);
      return blocks;
    },

    async repair(one) {
      const at = ledgers.heads();
      if (at === undefined || (await isLedgerConsistent(bridges, one, at))) return;
      const fresh = await recovered(one.lane, at);
      const then = ledgers.heads();
      if (then?.main !== at.main || then.product !== at.product) return;
      log.warn({ lane: laneKey(one.lane), code: 'withheld-log' }, 'events were withheld: lane rebuilt');
      adopt(fresh);
    },
  };
}

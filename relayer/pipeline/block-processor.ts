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
import type { Heads, Ledgers } from '../state/ledgers.ts';
import { contentOf, isConsistent } from './ledger-consistency.ts';
import { type Lane, type Side, directionTo, laneKey, sides } from '../../protocol/lane.ts';

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
  /** Rebuilds a ledger that differs from the bridges' state. Blocks processed meanwhile are applied to it as well. */
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

interface HeldEvent {
  readonly side: Side;
  readonly event: BridgeEvent;
  readonly head: Head;
}

/** The lane of an event; undefined when it belongs to none. */
function laneOf(event: BridgeEvent): Lane | undefined {
  if (event.kind === 'departed') return event.transfer.lane;
  if (event.kind === 'approved' || event.kind === 'changed' || event.kind === 'noted') return undefined;
  return { direction: directionTo(event.side), productToken: event.productToken };
}

export function createBlockProcessor(options: BlockProcessorOptions): BlockProcessor {
  const { bridges, ledgers, auditor, metrics, log, onProcessed, now } = options;
  const chains = bridges.sides;
  const timestamps: Record<Side, bigint> = { main: 0n, product: 0n };
  /** By lane: events applied while its ledger is being built from the state of older blocks, or before it had one. */
  const held = new Map<string, HeldEvent[]>();
  /** By lane: how often it was compared. */
  const turns = new Map<string, bigint>();

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

  /** Replaces a lane's ledger by one built at these heads, and applies to it the events of later blocks. */
  const adopt = async (fresh: Ledger, at: Heads): Promise<void> => {
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
    const events = held.get(laneKey(lane)) ?? [];
    held.delete(laneKey(lane));
    const later = events.filter(({ side, event }) => event.blockNumber > at[side].number);
    // All of the destination's events in one go: those of its next block must not come in between.
    const ofSource = later.filter(({ event }) => event.kind === 'departed');
    const ofDestination = later.filter(({ event }) => event.kind !== 'departed');
    await Promise.all(ofDestination.map(({ side, event, head }) => apply(side, event, head)));
    for (const { side, event, head } of ofSource) await apply(side, event, head);
  };

  const recovered = async (lane: Lane, at: Heads): Promise<Ledger> => {
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
    const fresh = await Promise.all(lanes.map((lane) => recovered(lane, at)));
    // The other side may have recovered the same new lane meanwhile.
    const news = fresh.filter(({ lane }) => ledgers.of(lane) === undefined);
    await Promise.all(news.map((one) => adopt(one, at)));
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

  const hold = (side: Side, event: BridgeEvent, head: Head): void => {
    const lane = laneOf(event);
    if (lane === undefined) return;
    const key = laneKey(lane);
    if (ledgers.of(lane) === undefined) held.set(key, held.get(key) ?? []);
    held.get(key)?.push({ side, event, head });
  };

  /** @returns the lane that the event changed; undefined when the bridge has no such lane. */
  const apply = async (side: Side, event: BridgeEvent, head: Head): Promise<Lane | undefined> => {
    hold(side, event, head);
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
    const isNew = (lane: Lane | undefined): boolean => lane !== undefined && ledgers.of(lane) === undefined;
    const changed = events.some((event) => event.kind === 'changed' || event.kind === 'voided' || isNew(laneOf(event)));
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
      const { lane } = one;
      const taken = await ledgers.atHeads((at) => {
        held.set(laneKey(lane), []);
        return { at, content: contentOf(one) };
      });
      if (taken === undefined) return;
      try {
        const turn = turns.get(laneKey(lane)) ?? 0n;
        turns.set(laneKey(lane), turn + 1n);
        if (await isConsistent(bridges, taken.content, taken.at, turn)) return;
        const fresh = await recovered(lane, taken.at);
        if (ledgers.of(lane) !== one) return;
        log.warn({ lane: laneKey(lane), code: 'withheld-log' }, 'events were withheld: lane rebuilt');
        await adopt(fresh, taken.at);
      } finally {
        held.delete(laneKey(lane));
      }
    },
  };
}

import { findTransfers } from '../chain/locate-transfers.ts';
import type { BridgeEvent } from '../chain/events.ts';
import type { Head } from '../chain/finality.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Auditor } from '../audit/auditor.ts';
import { confirm } from './confirm.ts';
import { recoverLane } from './recover-lane.ts';
import { takeTransfer, verifyTransfer } from './verify-transfer.ts';
import { type Watch, createWatch } from './chain-watch.ts';
import type { Bridges } from '../state/bridges.ts';
import { type Entry, type Ledger, createLedger } from '../state/ledger.ts';
import { isWhole } from './ledger-consistency.ts';
import { type Lane, type Side, laneKey, sides } from '../../protocol/lane.ts';

/** Final blocks of both chains, taken into a ledger for each lane. */
export interface Intake {
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly watches: Readonly<Record<Side, Watch>>;
  readonly ledger: (lane: Lane) => Ledger | undefined;
  /** The final heads that the ledgers are a picture of; undefined while events are being taken in. */
  heads(): Readonly<Record<Side, Head>> | undefined;
  /** Of the last final block that was taken in, in seconds; 0 before the first. */
  timestamp(side: Side): bigint;
  /** Builds the ledgers of these lanes from what the bridges say. */
  recover(lanes: readonly Lane[]): Promise<void>;
  /** Takes in what is newly final. Answers how many blocks were. @throws {PegwayError} `finality-reversed` */
  look(side: Side): Promise<number>;
  /** Reads one bridge anew, at its newest block: an event that says that it changed may have been withheld. */
  refresh(side: Side): Promise<void>;
  /** Builds a lane anew that is not what the bridges say. While the heads move on it is left for the next time. */
  repair(ledger: Ledger): Promise<void>;
}

export interface IntakeOptions {
  readonly bridges: Bridges;
  readonly auditor: Pick<Auditor, 'departed' | 'executed' | 'parked'>;
  readonly metrics: Metrics;
  readonly log: { info(o: object, m: string): void; warn(o: object, m: string): void };
  /** Events of a final block are in the ledgers; these lanes have moved. */
  readonly onTaken: (
    side: Side,
    taken: { readonly events: readonly BridgeEvent[]; readonly head: Head; readonly lanes: readonly Lane[] },
  ) => Promise<void>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export function createIntake({ bridges, auditor, metrics, log, onTaken, now }: IntakeOptions): Intake {
  const chains = bridges.sides;
  const ledgers = new Map<string, Ledger>();
  const ledger = (lane: Lane) => ledgers.get(laneKey(lane));
  /** Whether a final block is being taken in, or was taken in by half: the ledgers are a picture of no block then. */
  const moving: Record<Side, boolean> = { main: false, product: false };
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

  const heads = (): Readonly<Record<Side, Head>> | undefined => {
    const { main, product } = { main: watches.main.head, product: watches.product.head };
    return moving.main || moving.product || main === undefined || product === undefined ? undefined : { main, product };
  };

  const adopt = (fresh: Ledger): void => {
    const { lane } = fresh;
    fresh.stopped = ledger(lane)?.stopped;
    for (const entry of fresh.entries()) {
      auditor.departed(entry.transfer);
      entry.rejected = verifyTransfer(entry.transfer, known(lane));
    }
    countSeen(fresh, fresh.entries().length, fresh.entries());
    ledgers.set(laneKey(lane), fresh);
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
    // All or none: where one fails, what the others read would be older than what the next attempt reads.
    for (const fresh of await Promise.all(lanes.map((lane) => recovered(lane, at)))) adopt(fresh);
    for (const side of sides) {
      if (watches[side].head === undefined) watches[side].startAt(at[side]);
      timestamps[side] = at[side].timestamp;
    }
  };

  /** Reads one bridge anew; what was rejected because the two did not say the same may do now. */
  const refresh = async (side: Side): Promise<void> => {
    await bridges.refresh(side);
    const missing = bridges.lanes().filter((lane) => ledger(lane) === undefined);
    if (missing.length > 0) await recover(missing);
    for (const one of ledgers.values()) {
      for (const entry of one.entries()) entry.rejected &&= verifyTransfer(entry.transfer, known(one.lane));
    }
  };

  /** Answers the lane that it moved, unless that is none of this bridge's. */
  const takeEvent = async (side: Side, event: BridgeEvent, head: Head): Promise<Lane | undefined> => {
    if (event.kind !== 'departed') {
      const lane = confirm(event, { ledger, metrics, now });
      if (lane === undefined) return undefined;
      if (event.kind === 'executed') auditor.executed({ ...event, lane, timestamp: head.timestamp });
      if (event.kind === 'parked') auditor.parked(lane, event.nonce);
      return lane;
    }
    const { lane } = event.transfer;
    auditor.departed(event.transfer);
    const target = ledger(lane);
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

  const onEvents = (side: Side) => async (events: readonly BridgeEvent[], head: Head) => {
    moving[side] = true;
    if (events.some(({ kind }) => kind === 'changed' || kind === 'voided')) await refresh(side);
    const moved = new Map<string, Lane>();
    for (const event of events) {
      const lane = await takeEvent(side, event, head);
      if (lane !== undefined) moved.set(laneKey(lane), lane);
    }
    timestamps[side] = head.timestamp;
    await onTaken(side, { events, head, lanes: [...moved.values()] });
  };

  const watches: Record<Side, Watch> = {
    main: createWatch(chains.main, onEvents('main')),
    product: createWatch(chains.product, onEvents('product')),
  };

  return {
    ledgers,
    watches,
    ledger,
    heads,
    recover,
    refresh,

    timestamp: (side) => timestamps[side],

    async look(side) {
      const blocks = await watches[side].look();
      // A look that brings no news, such as a head that is lower for once, ends nothing of what was taken in by half.
      if (blocks > 0) moving[side] = false;
      return blocks;
    },

    async repair(one) {
      const at = heads();
      if (at === undefined || (await isWhole(bridges, one, at))) return;
      const fresh = await recovered(one.lane, at);
      const then = heads();
      if (then?.main !== at.main || then.product !== at.product) return;
      log.warn({ lane: laneKey(one.lane), code: 'withheld-log' }, 'events were withheld: lane built anew');
      adopt(fresh);
    },
  };
}

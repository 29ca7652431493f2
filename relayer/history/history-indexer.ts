import { setImmediate } from 'node:timers/promises';

import type { Address } from 'viem';

import type { BridgeEvent } from '../chain/events.ts';
import type { Head } from '../chain/finality.ts';
import { provenEvents } from '../chain/logs.ts';
import { lockedAt, supplyAt } from '../chain/chain-client.ts';
import { type TimedEvent, type Times, createTimes, withTimes } from '../chain/block-timestamps.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { Auditor } from '../audit/auditor.ts';
import { type Backfill, createBackfill } from './backfill.ts';
import { indexEvents } from './index-events.ts';
import { priceTransactions } from './price-transactions.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { sleep } from '../async/loop.ts';
import type { BlockRange, History } from '../store/history.ts';
import { countBits } from '../../protocol/bitmap.ts';
import { type Lane, type Side, type Status, directionTo, laneKey, sides, sourceOf } from '../../protocol/lane.ts';

/** Fills the history: new events as they become final, older ones in the background. */
export interface HistoryIndexer {
  /** Indexes events of final blocks, after the ledgers have applied them. Never rejects: nothing depends on it. */
  index(side: Side, events: readonly BridgeEvent[], head: Head): Promise<void>;
  /** Backfills events below the current heads, and prices transactions. Resolves when aborted. */
  run(): Promise<void>;
  /** Periodic upkeep: marks transfers executed while this relayer was down, and advances the covered range. */
  sweep(): void;
  /** True when no transfer is missing. */
  isComplete(): boolean;
  /** The blocks of which all events are in the history, up to the newest; `low` is 0 when nothing is older. */
  covered(side: Side): BlockRange;
  lastSignatureAt(signer: Address): bigint | undefined;
}

export interface HistoryIndexerOptions {
  readonly bridges: BridgePair;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly history: History;
  readonly watches: Readonly<Record<Side, { readonly head: Head | undefined }>>;
  /** Notified of executions from while this relayer was down. */
  readonly auditor: Pick<Auditor, 'missed'>;
  /** Called after events were added, or an older range was read. */
  readonly onIndexed: () => void;
  /** Days for which events are kept; all without. */
  readonly keepDays: number | undefined;
  readonly log: { warn(o: object, m: string): void };
  readonly now: () => number;
  readonly signal: AbortSignal;
}

const RETRY_SECONDS = 5;
const DAY = 86_400n;
/** Timestamps read at once. */
const TIMESTAMPS_PER_BATCH = 50;
/** Transfers per transaction: the event loop is blocked meanwhile. */
const TRANSFERS_PER_TRANSACTION = 256;

export function createHistoryIndexer(options: HistoryIndexerOptions): HistoryIndexer {
  const { bridges, ledgers, history, watches, auditor, onIndexed, keepDays, log, now, signal } = options;
  const times: Record<Side, Times> = {
    main: createTimes(bridges.sides.main.nodes),
    product: createTimes(bridges.sides.product.nodes),
  };
  const lastSignatures = new Map<Address, bigint>();
  const backfills: Partial<Record<Side, Backfill>> = {};
  const anchored = new Set<Address>();
  // Signer indices refer to the current set only as far back as the set has not changed.
  const changed: Record<Side, boolean> = { main: false, product: false };
  /** The block up to which events were indexed. */
  const indexedTo: Partial<Record<Side, bigint>> = {};
  /** Events could not be written: they are read again with the next block. */
  const writeFailed: Record<Side, boolean> = { main: false, product: false };

  const currentStatus = (lane: Lane, nonce: bigint): Status => {
    const ledger = ledgers.get(laneKey(lane));
    const entry = ledger?.get(nonce);
    if (entry !== undefined) return entry.parked ? 'parked' : 'open';
    return ledger === undefined || nonce >= ledger.nextNonce ? 'open' : 'executed';
  };

  const indexInParts = async (
    events: readonly TimedEvent[],
    signers: (side: Side) => readonly Address[],
  ): Promise<void> => {
    const onSignature = (signer: Address, at: bigint) => {
      if (at > (lastSignatures.get(signer) ?? 0n)) lastSignatures.set(signer, at);
    };
    for (const part of splitIntoParts(events)) {
      indexEvents(part, { history, currentStatus, signers, onSignature });
      await setImmediate();
    }
  };

  const isComplete = (side: Side): boolean =>
    [...ledgers.values()].every((ledger) => {
      const { lane, nextNonce } = ledger;
      if (sourceOf(lane.direction) === side) return history.completeFrom(lane, nextNonce) === 0n;
      return history.countSettled(lane, nextNonce) >= Number(nextNonce) - ledger.entries().length;
    });

  const warnOnce = (what: string) => {
    let lastMessage: string | undefined;
    return (error: unknown) => {
      const message = messageOf(error);
      if (message !== lastMessage) log.warn({ error: message }, what);
      lastMessage = message;
    };
  };

  const auditMissed = (events: readonly TimedEvent[], after: bigint): void => {
    for (const { event, at } of events) {
      if (event.kind !== 'executed' || event.blockNumber <= after) continue;
      const lane: Lane = { direction: directionTo(event.side), productToken: event.productToken };
      auditor.missed({ ...event, lane, timestamp: at });
    }
  };

  const backfillSide = (side: Side, start: bigint): Backfill => {
    const { source, background } = bridges.sides[side];
    // First run: no lower bound. Executions before the first start are checked by `pegway audit`.
    const seen = history.coveredRange(side)?.high ?? start;
    return createBackfill({
      side,
      start,
      logRange: BigInt(source.logRange),
      history,
      read: (from, to) => background(async () => withTimes(await provenEvents(source, { from, to }), times[side])),
      async index(events) {
        auditMissed(events, seen);
        changed[side] ||= events.some(({ event }) => event.kind === 'changed' && event.name === 'SignersChanged');
        await indexInParts(events, (of) => (changed[of] ? [] : bridges.state(of).signers));
        onIndexed();
        return events.some(isFirstEvent);
      },
      onError: warnOnce('history backfill failed, retrying'),
      retrySeconds: RETRY_SECONDS,
      now,
      signal,
    });
  };

  /** Open transfers were recovered by their links; only their timestamps are missing. */
  const indexOpenTransfers = async (): Promise<void> => {
    const entries = [...ledgers.values()].flatMap((ledger) => ledger.entries());
    const missing = entries.filter(({ transfer }) => history.get(transfer.lane, transfer.nonce) === undefined);
    for (let at = 0; at < missing.length && !signal.aborted; at += TIMESTAMPS_PER_BATCH) {
      const part = missing.slice(at, at + TIMESTAMPS_PER_BATCH).map(({ transfer }) => transfer);
      const timed = await Promise.all(
        part.map(async (transfer) => {
          const side = sourceOf(transfer.lane.direction);
          return { transfer, at: await times[side](transfer.blockNumber) };
        }),
      );
      history.transaction(() => {
        for (const { transfer, at } of timed)
          history.addDeparture(transfer, at, currentStatus(transfer.lane, transfer.nonce));
      });
    }
  };

  /** Reads collateral and supply of pegs at blocks up to which all events were indexed, and none after them. */
  const anchorTotals = async (): Promise<void> => {
    for (const productToken of bridges.state('main').pegs.keys()) {
      const { main, product } = { main: watches.main.head, product: watches.product.head };
      if (anchored.has(productToken) || main === undefined || product === undefined) continue;
      if (!bridges.state('product').pegs.has(productToken)) continue;
      const [locked, supply] = await bridges.sides.main.background(() =>
        Promise.all([
          lockedAt(bridges.sides.main, productToken, main.number),
          supplyAt(bridges.sides.product, productToken, product.number),
        ]),
      );
      const blocks = { main: main.number, product: product.number };
      if (sides.some((side) => (indexedTo[side] ?? 0n) > blocks[side])) continue;
      history.totals.anchor(productToken, { locked, supply, blocks });
      anchored.add(productToken);
    }
  };
  const isAnchored = () => [...bridges.state('main').pegs.keys()].every((token) => anchored.has(token));

  const reconcile = () => {
    for (const { lane } of ledgers.values()) history.reconcile(lane, (nonce) => currentStatus(lane, nonce));
  };

  const retryUntilDone = async (what: string, action: () => Promise<void>, done = () => true): Promise<void> => {
    const onError = warnOnce(what);
    while (!signal.aborted) {
      try {
        await action();
        if (done()) return;
      } catch (error) {
        onError(error);
      }
      await sleep(1, signal);
    }
  };

  return {
    async index(side, events, head) {
      indexedTo[side] = head.number;
      try {
        const timeOf = (block: bigint) =>
          block === head.number ? Promise.resolve(head.timestamp) : times[side](block).catch(() => times[side](block));
        const backfill = backfills[side];
        const from = (backfill?.covered().high ?? head.number) + 1n;
        const all = writeFailed[side]
          ? await provenEvents(bridges.sides[side].source, { from, to: head.number, toHash: head.hash })
          : events;
        await indexInParts(await withTimes(all, timeOf), (of) => bridges.state(of).signers);
        writeFailed[side] = false;
        backfill?.advance(head.number);
        if (all.length > 0) onIndexed();
      } catch (error) {
        writeFailed[side] = true;
        log.warn({ error: messageOf(error) }, 'history write failed');
      }
    },

    async run() {
      const started = sides.map((side) => (backfills[side] = backfillSide(side, watches[side].head?.number ?? 0n)));
      await Promise.all([
        retryUntilDone('executions during downtime not indexed yet', () => Promise.resolve(reconcile())),
        retryUntilDone('timestamps of open transfers not read yet', indexOpenTransfers),
        retryUntilDone('totals of pegs not read yet', anchorTotals, isAnchored),
        ...started.map((reading) => reading.run()),
        priceTransactions({
          nodes: { main: bridges.sides.main.nodes, product: bridges.sides.product.nodes },
          ...{ history, signal, onError: warnOnce('cost of transactions not read yet') },
        }),
      ]);
    },

    sweep() {
      reconcile();
      for (const side of sides) {
        backfills[side]?.save();
        const time = watches[side].head?.timestamp;
        if (keepDays !== undefined && time !== undefined) history.events.prune(side, time - BigInt(keepDays) * DAY);
      }
      if (!isAnchored()) void anchorTotals().catch(warnOnce('totals of pegs not read yet'));
    },

    isComplete: () => sides.every(isComplete),

    covered: (side) => backfills[side]?.covered() ?? { low: 1n, high: 0n },

    lastSignatureAt: (signer) => lastSignatures.get(signer),
  };
}

/** The constructor of a bridge begins the first epoch. */
const isFirstEvent = ({ event }: TimedEvent): boolean => {
  if (event.kind !== 'changed' || event.name !== 'SignersChanged') return false;
  const [, epoch = '0x'] = event.log.topics;
  return BigInt(epoch) === 1n;
};

/**
 * Splits events, in order, into parts of about {@link TRANSFERS_PER_TRANSACTION} transfers: one execution may have as
 * many alone.
 */
function splitIntoParts(events: readonly TimedEvent[]): TimedEvent[][] {
  const parts: TimedEvent[][] = [];
  let transfers = TRANSFERS_PER_TRANSACTION;
  for (const timed of events) {
    if (transfers >= TRANSFERS_PER_TRANSACTION) {
      parts.push([]);
      transfers = 0;
    }
    parts.at(-1)?.push(timed);
    transfers += timed.event.kind === 'executed' ? countBits(timed.event.mask) : 1;
  }
  return parts;
}

import type { Address, Hex } from 'viem';

import type { BridgeEvent } from '../../relayer/chain/events.ts';
import { isAttested } from '../../relayer/audit/execution-check.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Lane, type Status, type Transfer, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import { type Peg, quote } from '../../protocol/peg.ts';
import { exactAmountOf } from '../inspect/format.ts';
import type { PegTokens } from './peg-tokens.ts';

/** All events of one lane at both bridges, in chain order, and the present state. */
export interface LaneRecord {
  readonly lane: Lane;
  readonly peg: Peg;
  readonly tokens: PegTokens;
  /** Of the source chain; those after its pinned block only to look contents up. */
  readonly departures: readonly Transfer[];
  /** Of the destination chain, up to its pinned block. */
  readonly outcomes: readonly BridgeEvent[];
  /** At the pinned blocks: nonces that the source emitted, that the destination has set, and that are parked there. */
  readonly emitted: bigint;
  readonly set: ReadonlySet<bigint>;
  readonly parked: ReadonlySet<bigint>;
  readonly mainBridge: Address;
  /** The attestation over a run of transfers, in every signer epoch that there was. */
  readonly digests: (transfers: readonly Transfer[]) => readonly Hex[];
}

export interface LaneStory {
  readonly lane: Lane;
  readonly departures: readonly Transfer[];
  /** Where each transfer stands, by the events; those that are not named are open. */
  readonly standing: ReadonlyMap<bigint, Status>;
  /** Executions of nonces without a source event up to the newest block that was read: in flight, or invented. */
  readonly unfounded: readonly Extract<BridgeEvent, { kind: 'executed' }>[];
  readonly mistakes: readonly string[];
}

/** The state before and after an event of one transfer. */
const moves = {
  parked: [['open'], 'parked'],
  released: [['parked'], 'executed'],
  voided: [['parked'], 'open'],
  // A payment, or a release, that the token refuses: it stays as it was.
  failed: [['open', 'parked'], undefined],
  bounced: [['open', 'parked'], 'bounced'],
} as const satisfies Partial<Record<BridgeEvent['kind'], readonly [from: readonly Status[], to: Status | undefined]>>;

/** Goes through one lane's whole history, event by event. Pure. */
export function auditLane(record: LaneRecord): LaneStory {
  const { lane, outcomes, set, parked } = record;
  const name = laneKey(lane);
  const mistakes: string[] = [];
  const wrong = (text: string): void => void mistakes.push(`${name}: ${text}`);

  const departures = inOrder(record, wrong);
  for (const transfer of departures) checkContent(record, transfer, wrong);

  const standing = new Map<bigint, Status>();
  const unfounded: Extract<BridgeEvent, { kind: 'executed' }>[] = [];
  const move = (nonce: bigint, to: Status | undefined, from: readonly Status[], event: BridgeEvent): void => {
    const now = standing.get(nonce) ?? 'open';
    if (!from.includes(now)) {
      wrong(`${event.kind} in ${event.transactionHash}: nonce ${nonce} was ${now}, not ${from.join(' or ')}`);
    }
    standing.set(nonce, to ?? now);
  };
  const execute = (event: Extract<BridgeEvent, { kind: 'executed' }>): void => {
    const nonces = maskedNonces(event.firstNonce, event.mask);
    for (const nonce of nonces) move(nonce, 'executed', ['open'], event);
    const first = Number(event.firstNonce);
    const run = departures.slice(first, first + MAXIMUM_BATCH);
    if (isAttested(event, run, record.digests)) return;
    if (nonces.some((nonce) => nonce >= departures.length)) unfounded.push(event);
    else wrong(`what ${event.transactionHash} executed from nonce ${event.firstNonce} on is not what departed`);
  };
  for (const event of outcomes) {
    if (event.kind === 'executed') execute(event);
    else if ('nonce' in event) {
      const [from, to] = moves[event.kind];
      move(event.nonce, to, from, event);
    }
  }

  for (const nonce of set) {
    const now = standing.get(nonce) ?? 'open';
    const expected = parked.has(nonce) ? 'parked' : 'executed or bounced';
    const fits = parked.has(nonce) ? now === 'parked' : now === 'executed' || now === 'bounced';
    if (!fits)
      wrong(`nonce ${nonce} is ${expected} at the ${destinationOf(lane.direction)} bridge, ${now} by its events`);
  }
  for (const [nonce, now] of standing) {
    if (now !== 'open' && !set.has(nonce)) wrong(`nonce ${nonce} is ${now} by its events, open at the bridge`);
  }
  return { lane, departures, standing, unfounded, mistakes };
}

/** Nonces 0, 1, 2 … without a gap, each naming the block of the one before. */
function inOrder({ lane, departures, emitted }: LaneRecord, wrong: (text: string) => void): Transfer[] {
  const sorted = departures.toSorted((a, b) => (a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0));
  const run: Transfer[] = [];
  for (const transfer of sorted) {
    const before = run.at(-1);
    const expected = BigInt(run.length);
    if (transfer.nonce < expected) {
      wrong(`nonce ${transfer.nonce} departed twice, again in ${transfer.transactionHash}`);
      continue;
    }
    if (transfer.nonce > expected) {
      wrong(`nonce ${expected} is missing: no node returns its event, or the bridge skipped it`);
      break;
    }
    if (transfer.previousBlock !== (before?.blockNumber ?? 0n)) {
      wrong(
        `nonce ${transfer.nonce} names block ${transfer.previousBlock} as the one before, not ${before?.blockNumber ?? 0n}`,
      );
    }
    run.push(transfer);
  }
  if (BigInt(run.length) < emitted && sorted.length === run.length) {
    const side = sourceOf(lane.direction);
    wrong(`the ${side} bridge has emitted ${emitted} transfers, its events contain ${run.length}`);
  }
  return run;
}

function checkContent({ peg, lane, tokens }: LaneRecord, transfer: Transfer, wrong: (text: string) => void): void {
  const { nonce, sourceAmount, amount } = transfer;
  const converted = quote(peg, lane.direction, sourceAmount, 1n);
  if (!converted.ok || converted.amount !== amount) {
    const departed = exactAmountOf(sourceAmount, tokens[sourceOf(lane.direction)]);
    const arriving = exactAmountOf(amount, tokens[destinationOf(lane.direction)]);
    wrong(`nonce ${nonce}: ${departed} do not convert to ${arriving} at the rate of the peg`);
  }
}

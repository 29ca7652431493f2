import type { Address } from 'viem';

import {
  type BridgeState,
  executedWords,
  feePotAt,
  outboundNonce,
  parkedNonces,
  readState,
} from '../../relayer/chain/bridge-contract.ts';
import type { BridgeEvent } from '../../relayer/chain/events.ts';
import type { Head } from '../../relayer/chain/finality.ts';
import { provenEvents } from '../../relayer/chain/logs.ts';
import { type ChainClient, balanceAt, lockedAt, supplyAt } from '../../relayer/chain/chain-client.ts';
import { createTimes } from '../../relayer/chain/block-timestamps.ts';
import { CLOCK_MARGIN } from '../../relayer/audit/execution-check.ts';
import { shortTokens } from '../../relayer/audit/balance-sheet.ts';
import { stateBatch } from '../../relayer/state/statement.ts';
import { WORD, executedNonces } from '../../protocol/bitmap.ts';
import {
  type Lane,
  type Side,
  type Transfer,
  destinationOf,
  directions,
  laneKey,
  sourceOf,
} from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { type LaneStory, auditLane } from './audit-lane.ts';
import { type PegAudit, auditPeg } from './audit-peg.ts';
import type { PegTokens } from './peg-tokens.ts';
import { type Progress, readHistory } from './read.ts';

type Chains = Readonly<Record<Side, ChainClient>>;

/** The result of auditing a bridge's whole history. */
export interface HistoryAudit {
  /** The finalized blocks to which the whole audit is pinned. */
  readonly at: Readonly<Record<Side, bigint>>;
  readonly pegs: readonly PegAudit[];
  /** All violations, including those of single pegs. */
  readonly mistakes: readonly string[];
  /** Executions without a source event at this node yet, while the source may still be behind: repeat the audit. */
  readonly undecided: number;
}

/** Words of nonces beyond the source's that are checked as well. */
const WORDS_AHEAD = 4n;

interface LanePins {
  readonly lane: Lane;
  readonly emitted: bigint;
  readonly set: ReadonlySet<bigint>;
  readonly parked: ReadonlySet<bigint>;
}

/**
 * Reads every event of both bridges, up to a finalized block of each, and audits the result. Reads state at those
 * blocks alone, never at older ones.
 * @param tokensOf The units in which mistakes state amounts.
 */
export async function auditHistory(
  chains: Chains,
  tokensOf: (peg: Peg) => PegTokens | Promise<PegTokens>,
  onProgress: (side: Side, progress: Progress) => void,
): Promise<HistoryAudit> {
  const states = { main: await readState(chains.main), product: await readState(chains.product) };
  // Main second: it holds every deposit that the product side has executed by then.
  const product = await chains.product.finalHead();
  const main = await chains.main.finalHead();
  const heads = { main, product };
  const lanes = [...states.main.pegs.keys()].flatMap((productToken) =>
    directions.map((direction) => ({ direction, productToken })),
  );
  const pins = await Promise.all(lanes.map((lane) => pin(chains, lane, heads)));

  const [mainEvents, productEvents] = await Promise.all([
    readHistory(chains.main, main.number, wantedOf(pins, 'main'), (progress) => onProgress('main', progress)),
    readHistory(chains.product, product.number, wantedOf(pins, 'product'), (progress) =>
      onProgress('product', progress),
    ),
  ]);
  const events = { main: mainEvents, product: productEvents };
  // Withdrawals up to the main block may belong to redeems after the product block: read those, and count them as
  // ahead.
  const later = await departuresAfter(chains, heads);

  const books = await Promise.all(
    [...states.main.pegs.values()].map(async (peg) => ({
      ...(await readBooks(chains, peg, heads)),
      tokens: await tokensOf(peg),
    })),
  );
  const stories = new Map<string, LaneStory>();
  for (const { peg, tokens } of books) {
    for (const one of pins.filter(({ lane }) => lane.productToken === peg.productToken)) {
      stories.set(laneKey(one.lane), tell(chains, states, { ...one, peg, tokens }, events, later));
    }
  }
  const pegs = books.flatMap(({ peg, tokens, locked, supply, feePot }) => {
    const [mint, withdraw] = directions.map((direction) =>
      stories.get(laneKey({ direction, productToken: peg.productToken })),
    );
    if (mint === undefined || withdraw === undefined) return [];
    const of = (side: Side) => events[side].filter((event) => isOf(event, peg.productToken));
    return [
      auditPeg({
        ...{ peg, tokens, mint, withdraw, locked, supply, feePot, mainBridge: chains.main.address },
        events: { main: of('main'), product: of('product') },
        at: { main: main.number, product: product.number },
      }),
    ];
  });

  const mainTokens = [...new Set(books.map(({ peg }) => peg.mainToken))];
  const balances = new Map(
    await Promise.all(
      mainTokens.map(async (token) => [token, await balanceAt(chains.main, token, main.number)] as const),
    ),
  );
  const short = [...shortTokens(books, balances)].map(
    (token) => `the bridge holds less of ${token} than its pegs have locked and in their fee pots`,
  );
  const unfounded = await judgeUnfounded(chains, [...stories.values()]);
  return {
    at: { main: main.number, product: product.number },
    pegs,
    mistakes: [...pegs.flatMap(({ mistakes }) => mistakes), ...short, ...unfounded.mistakes],
    undecided: unfounded.undecided,
  };
}

const isOf = (event: BridgeEvent, productToken: Address): boolean =>
  event.kind === 'departed'
    ? event.transfer.lane.productToken === productToken
    : 'productToken' in event && event.productToken === productToken;

async function pin(chains: Chains, lane: Lane, heads: Readonly<Record<Side, Head>>): Promise<LanePins> {
  const { productToken, direction } = lane;
  const [source, destination] = [chains[sourceOf(direction)], chains[destinationOf(direction)]];
  const emitted = await outboundNonce(source, productToken, heads[source.side].number);
  const at = heads[destination.side].number;
  const [words, parked] = await Promise.all([
    executedWords(destination, productToken, (emitted + WORD - 1n) / WORD + WORDS_AHEAD, at),
    parkedNonces(destination, productToken, at),
  ]);
  const set = new Set(words.flatMap((bits, word) => executedNonces(BigInt(word), bits, 0n)));
  return { lane, emitted, set, parked: new Set(parked) };
}

function wantedOf(pins: readonly LanePins[], side: Side) {
  const departing = pins.filter(({ lane }) => sourceOf(lane.direction) === side);
  const arriving = pins.filter(({ lane }) => destinationOf(lane.direction) === side);
  return {
    departed: new Map(departing.map(({ lane, emitted }) => [laneKey(lane), emitted])),
    settled: new Map(arriving.map(({ lane, set, parked }) => [laneKey(lane), set.size - parked.size])),
  };
}

/** Departures in finalized blocks after the pinned ones. */
async function departuresAfter(chains: Chains, heads: Readonly<Record<Side, Head>>): Promise<Transfer[]> {
  const parts = await Promise.all(
    Object.values(chains).map(async (chain) => {
      const { number } = await chain.finalHead();
      const from = heads[chain.side].number + 1n;
      return number < from ? [] : provenEvents(chain.source, { from, to: number });
    }),
  );
  return parts.flat().flatMap((event) => (event.kind === 'departed' ? [event.transfer] : []));
}

function tell(
  chains: Chains,
  states: Readonly<Record<Side, BridgeState>>,
  { lane, emitted, set, parked, peg, tokens }: LanePins & { readonly peg: Peg; readonly tokens: PegTokens },
  events: Readonly<Record<Side, readonly BridgeEvent[]>>,
  later: readonly Transfer[],
): LaneStory {
  const key = laneKey(lane);
  const here = events[sourceOf(lane.direction)].flatMap((event) => (event.kind === 'departed' ? [event.transfer] : []));
  const domainOf = ({ chainId, address }: ChainClient) => ({ chainId, bridge: address });
  const pair = { main: domainOf(chains.main), product: domainOf(chains.product) };
  const { signerEpoch } = states[destinationOf(lane.direction)];
  return auditLane({
    ...{ lane, peg, tokens, emitted, set, parked, mainBridge: chains.main.address },
    departures: [...here, ...later].filter((transfer) => laneKey(transfer.lane) === key),
    outcomes: events[destinationOf(lane.direction)].filter(
      (event) => event.kind !== 'departed' && isOf(event, lane.productToken),
    ),
    digests(transfers) {
      const epochs = Array.from({ length: Number(signerEpoch) }, (_, index) => signerEpoch - BigInt(index));
      return epochs.map((epoch) => stateBatch(pair, epoch, transfers).digest);
    },
  });
}

async function readBooks(chains: Chains, peg: Peg, heads: Readonly<Record<Side, Head>>) {
  const [locked, supply, mainFeePot, feePot] = await Promise.all([
    lockedAt(chains.main, peg.productToken, heads.main.number),
    supplyAt(chains.product, peg.productToken, heads.product.number),
    feePotAt(chains.main, peg.productToken, heads.main.number),
    feePotAt(chains.product, peg.productToken, heads.product.number),
  ]);
  return { peg, locked, supply, mainFeePot, feePot };
}

/**
 * An execution without a source event is a violation once the source's time has passed it by more than the clock skew.
 */
async function judgeUnfounded(chains: Chains, stories: readonly LaneStory[]) {
  const mistakes: string[] = [];
  let undecided = 0;
  for (const { lane, unfounded } of stories) {
    if (unfounded.length === 0) continue;
    const [source, destination] = [chains[sourceOf(lane.direction)], chains[destinationOf(lane.direction)]];
    const { timestamp } = await source.finalHead();
    const timeOf = createTimes(destination.nodes);
    for (const { blockNumber, transactionHash, firstNonce } of unfounded) {
      if (timestamp <= (await timeOf(blockNumber)) + CLOCK_MARGIN) undecided++;
      else
        mistakes.push(`${laneKey(lane)}: what ${transactionHash} executed from nonce ${firstNonce} on never departed`);
    }
  }
  return { mistakes, undecided };
}

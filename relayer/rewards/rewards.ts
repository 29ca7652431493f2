import type { Address } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { type RewardPeriod, REWARDS_VERSION } from '../../protocol/rewards.ts';
import type { RewardsView } from '../../protocol/api-types.ts';
import type { Answer } from '../api/handle-attestation.ts';
import type { Beat } from '../async/beat.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Head } from '../chain/finality.ts';
import type { Caller } from '../callers/callers.ts';
import type { Config } from '../config.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import type { RewardsRequest } from '../peers/request.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { SignatureCollector } from '../pipeline/signature-collector.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import type { RewardsStore } from '../store/rewards-store.ts';
import { answerRewards } from './answer-rewards.ts';
import type { FactReader } from './fact-reader.ts';
import { type FeeMover, createFeeMover } from './fee-mover.ts';
import { shortfallOf } from './promises.ts';
import { createRewardsPublisher } from './publisher.ts';
import type { RewardsBook } from './rewards-book.ts';

/*
 * Fees and rewards of one bridge: final blocks → facts (fact reader) → periods (book) → signatures and publication
 * (publisher), and beside it the pots (fee mover). Nothing else waits for any of it.
 */

export interface Rewards {
  /** The Rewards contract. */
  readonly address: Address;
  /** One round of everything; see `Loop`. */
  readonly loop: Loop;
  answer(request: RewardsRequest, caller: Caller): Promise<Answer>;
  /** One period of every main token that has it, the last one of each for undefined. */
  view(period: bigint | undefined): RewardsView | undefined;
  readonly pots: FeeMover['pots'];
  /** The periods of a main token, and the last one published as last read. */
  progress(): readonly {
    readonly token: Address;
    readonly periods: readonly RewardPeriod[];
    readonly published: bigint | undefined;
  }[];
}

export interface RewardsOptions {
  readonly config: Pick<Config, 'fees' | 'turnSeconds' | 'sweepSeconds' | 'standSeconds'>;
  readonly address: Address;
  readonly chains: Readonly<Record<Side, ChainClient>>;
  /** The paying account on each chain. */
  readonly accounts: Readonly<Record<Side, { readonly transactions: TxManager; readonly address: Address }>>;
  readonly bridges: BridgePair;
  readonly book: RewardsBook;
  readonly reader: FactReader;
  readonly store: Pick<RewardsStore, 'clear'>;
  readonly head: (side: Side) => Head | undefined;
  readonly isPaused: (side: Side) => boolean;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly attester: Attester;
  readonly collect: SignatureCollector;
  /** True while this process may send for its signer. */
  readonly isLeaseHeld: () => boolean;
  /** Ends the requests of this process. */
  readonly signal: AbortSignal;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Periodic work that shares HTTP requests. */
  readonly beat: Beat;
}

/** Three quarters of the time are left to transfers while facts are read. */
const IDLE_RATIO = 3;
const MAX_IDLE_SECONDS = 2;
/** The pots are read this often, in seconds: only the weekly distribution waits for them. */
const POTS_EVERY_SECONDS = 300;
/** Promises are compared with holdings this often, in seconds. */
const CHECK_EVERY_SECONDS = 600;
/** Facts in doubt are read again at most this often, in seconds: a peer can raise the doubt. */
const REREAD_EVERY_SECONDS = 86_400;

export function createRewards(options: RewardsOptions): Rewards {
  const { config, address, chains, accounts, bridges, book, reader, store, head, isPaused, attester, collect } =
    options;
  const { isLeaseHeld, problems, log, signal, now, beat } = options;
  const authority = () => bridges.state('main');
  let rereadAt = -Infinity;

  const onMismatch = (token: Address, period: bigint): void => {
    log.warn({ token, period: period.toString() }, 'rewards differ from those of other signers');
    if (now() - rereadAt < REREAD_EVERY_SECONDS) return;
    rereadAt = now();
    // A node may have withheld an event.
    store.clear();
    book.clear();
    log.info({}, 'reading all events of the rewards again');
  };
  const publisher = createRewardsPublisher({
    ...{ main: chains.main, rewards: address, book, authority, attester, collect, onMismatch, log, signal, now },
    ...{ transactions: accounts.main.transactions, payer: accounts.main.address, turnSeconds: config.turnSeconds },
  });
  const mover = createFeeMover({
    ...{ chains, payer: accounts.main.address, isPaused, fees: config.fees, turnSeconds: config.turnSeconds, log, now },
    transactions: { main: accounts.main.transactions, product: accounts.product.transactions },
    pegs: () =>
      [...bridges.state('main').pegs.values()].filter(({ productToken }) =>
        bridges.state('product').pegs.has(productToken),
      ),
    place: (side) => {
      const { signers } = bridges.state(side);
      return { size: signers.length, index: signers.indexOf(attester.address) };
    },
    timestamp: (side) => head(side)?.timestamp,
  });

  let potsAt = -Infinity;
  const movePots = async (): Promise<void> => {
    const every = Math.min(POTS_EVERY_SECONDS, config.sweepSeconds * IDLE_RATIO);
    if (now() - potsAt < every) return;
    potsAt = now();
    await mover.move();
  };

  let checkedAt = -Infinity;
  /** Whatever is published, or will be next, must be there to be paid. */
  const checkPromises = async (): Promise<void> => {
    const at = head('main');
    if (at === undefined || now() - checkedAt < CHECK_EVERY_SECONDS) return;
    checkedAt = now();
    for (const token of book.tokens()) {
      const shortfall = await shortfallOf(chains.main, {
        rewards: address,
        token,
        own: book.periods(token),
        at: at.number,
      });
      const part = `rewards ${token}`;
      if (shortfall === undefined) problems.clear(part);
      else problems.set(part, 'audit-broken', shortfall);
    }
  };

  const periodOf = (token: Address, period: bigint): RewardPeriod | undefined =>
    book.periods(token)[Number(period) - 1];

  return {
    address,
    pots: () => mover.pots(),

    loop: {
      name: 'rewards',
      stallSeconds: config.sweepSeconds + config.standSeconds,
      async round() {
        const began = now();
        let isReading = false;
        for (const side of sides) isReading = (await reader.step(side)) || isReading;
        if (isReading) return Math.min(IDLE_RATIO * (now() - began), MAX_IDLE_SECONDS);
        reportIncomplete(reader.incomplete(), problems);
        if (await book.update()) log.info({ tokens: book.tokens().length }, 'rewards computed');
        await checkPromises();
        if (isLeaseHeld()) {
          await publisher.publish();
          await movePots();
        }
        await beat(config.sweepSeconds, signal);
        return 0;
      },
      retrySeconds: 5,
      onError: (error) => log.warn({ error: messageOf(error) }, 'rewards: round failed, retrying'),
    },

    answer: (request, caller) =>
      answerRewards(
        request,
        {
          ...{ chainId: chains.main.chainId, rewards: address, authority, attester, period: periodOf },
          catchUp: (signerEpoch) => bridges.catchUp('main', signerEpoch),
        },
        caller,
      ),

    view(number) {
      const found = book.tokens().flatMap((token) => {
        const period = number === undefined ? book.periods(token).at(-1) : periodOf(token, number);
        if (period === undefined) return [];
        const { period: of, endsAt, distributed, carried, total, root, shares } = period;
        return [{ token, period: of, endsAt, distributed, carried, total, root, shares }];
      });
      return found.length === 0 ? undefined : { version: REWARDS_VERSION, rewards: address, tokens: found };
    },

    progress: () =>
      book.tokens().map((token) => ({ token, periods: book.periods(token), published: publisher.published(token) })),
  };
}

/** Without all events this signer has no root to sign. */
function reportIncomplete(side: Side | undefined, problems: RewardsOptions['problems']): void {
  if (side === undefined) return problems.clear('rewards');
  const message = `the nodes of the ${side} chain have no event of the bridge's deployment: add one that keeps all logs`;
  problems.set('rewards', 'withheld-log', message);
}

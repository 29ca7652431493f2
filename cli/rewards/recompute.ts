import { setTimeout as sleep } from 'node:timers/promises';

import type { Address } from 'viem';

import { PegwayError, codeOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';
import { readState } from '../../relayer/chain/bridge-contract.ts';
import type { Head } from '../../relayer/chain/finality.ts';
import { satellitesOf } from '../../relayer/chain/satellites.ts';
import { createFactReader } from '../../relayer/rewards/fact-reader.ts';
import { createRewardsBook } from '../../relayer/rewards/rewards-book.ts';
import { RecordDatabase } from '../../relayer/store/record-database.ts';
import { openRewardsStore } from '../../relayer/store/rewards-store.ts';
import type { OpenChainClients } from '../inspect/target.ts';
import { wrong } from '../output.ts';

/** @throws {PegwayError} exit code 2 on a bridge without fees. */
export async function requireRewards({ main }: Pick<OpenChainClients, 'main'>): Promise<Address> {
  const { rewards } = await satellitesOf(main);
  if (rewards === undefined) throw wrong('this bridge has no rewards: it charges no fee', 'docs/rewards.md');
  return rewards;
}

export interface RecomputedRewards {
  /** Main tokens with at least one finished period. */
  readonly tokens: readonly Address[];
  /** Ascending. */
  periods(token: Address): readonly RewardPeriod[];
}

/** Reads all events of both bridges from the configured nodes, with proofs, and computes every finished period. */
export async function recomputeRewards(
  chains: OpenChainClients,
  say: (line: string) => void,
): Promise<RecomputedRewards> {
  const heads = new Map<Side, Head>();
  for (const side of sides) heads.set(side, await chains[side].finalHead());
  const { pegs } = await readState(chains.main);
  const store = openRewardsStore(new RecordDatabase(':memory:'), 'recomputed');
  const reader = createFactReader({ chains, store, head: (side) => heads.get(side) });
  for (const side of sides) {
    say(`reading the events of the ${side} bridge`);
    while (await patiently(() => reader.step(side)));
    if (reader.incomplete() === side) {
      throw new PegwayError(`${side} chain: the nodes have no event of the bridge's deployment`, {
        code: 'withheld-log',
        hint: 'ask a node that keeps all logs',
      });
    }
  }
  const { until } = reader;
  const book = createRewardsBook({ store, until, mainTokenOf: (productToken) => pegs.get(productToken)?.mainToken });
  await book.update();
  return { tokens: book.tokens(), periods: (token) => book.periods(token) };
}

const ATTEMPTS = 5;
const RETRY_MILLISECONDS = 1_000;

/** One slow answer of a node must not end a reading of thousands of blocks. */
async function patiently<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (codeOf(error) !== 'rpc-unreachable' || attempt === ATTEMPTS) throw error;
      await sleep(RETRY_MILLISECONDS);
    }
  }
}

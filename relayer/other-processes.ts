import { createHash } from 'node:crypto';

import type { BridgesView } from '../protocol/api-types.ts';
import type { OtherProcesses } from './api/bridge-directory.ts';
import type { Keys } from './bootstrap.ts';
import type { Fleet } from './fleet.ts';
import { shardOf } from './shards/assignment.ts';
import type { Forwarder } from './shards/forwarder.ts';
import type { ShardKeeper } from './shards/keeper.ts';
import type { Entry } from './shards/registry.ts';

/** A list costs a request to each of the others: it is shared by the requests of this long. */
const LIST_SECONDS = 1;

/** Names a process to the public: its host and port are not public. */
export const publicNameOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 8);

/** The other processes of this signer, as last read from Redis. */
export function createOtherProcesses(context: {
  readonly fleet: Fleet;
  readonly keys: Keys;
  readonly keeper: Pick<ShardKeeper, 'picture' | 'instance'>;
  readonly forwarder: Forwarder;
  /** Monotonic seconds. */
  readonly now: () => number;
}): OtherProcesses {
  const { fleet, keys, keeper, forwarder, now } = context;
  const shards = keys.paying.map(({ signer }) => signer.address);
  const holderOf = (bridgeId: string): string | undefined =>
    keeper.picture()?.shards.find(({ shard }) => shard === shardOf(bridgeId, shards))?.holder;
  const others = (): readonly Entry[] => (keeper.picture()?.members ?? []).filter(({ id }) => id !== keeper.instance);

  const ask = async (): Promise<readonly BridgesView[]> => {
    const answers = await Promise.allSettled(others().map(({ url }) => forwarder.get(url, '/v1/bridges')));
    // SECURITY: these are processes of this signer, as trusted as Redis, which named them.
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value as BridgesView] : []));
  };
  let asked: { readonly at: number; readonly answer: Promise<readonly BridgesView[]> } | undefined;

  return {
    bridges: () => fleet.config().bridges,
    bridgeOf: (contract) =>
      keeper
        .picture()
        ?.members.map(({ satellites }) => satellites[contract.toLowerCase()])
        .find((id) => id !== undefined),
    urlOf: (bridgeId) => others().find(({ id }) => id === holderOf(bridgeId))?.url,
    processOf(bridgeId) {
      const holder = holderOf(bridgeId);
      return holder === undefined ? undefined : publicNameOf(holder);
    },
    lists() {
      if (asked === undefined || now() - asked.at >= LIST_SECONDS) asked = { at: now(), answer: ask() };
      return asked.answer;
    },
  };
}

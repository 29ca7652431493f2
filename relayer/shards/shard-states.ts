import { assignShards, takingPart } from './assignment.ts';
import type { Picture } from './registry.ts';

/** A shard as this process sees it, for health. */
export type ShardState =
  | { readonly shard: string; readonly held: true }
  | { readonly shard: string; readonly held: false; readonly code: string; readonly message: string };

/** The processes of a signer as one of them last read them, and what it makes of them. */
export interface Share {
  readonly picture: Picture;
  /** The process that is to hold each shard. */
  readonly assigned: ReadonlyMap<string, string>;
  readonly takingPart: readonly string[];
}

export function shareOf(picture: Picture): Share {
  const members = takingPart(picture.members, (id) =>
    picture.members.some((one) => one.id === id && one.shards.length > 0),
  );
  return { picture, assigned: assignShards(picture.shards, members), takingPart: members };
}

/** Why a process does not hold a shard. Pure. */
export function shardState(inputs: {
  readonly shard: string;
  /** Of this process. */
  readonly instance: string;
  readonly isHeld: boolean;
  /** Undefined before Redis has answered. */
  readonly share: Share | undefined;
  /** Why Redis does not answer now. */
  readonly unreachable: string | undefined;
  /** Why this process leaves all shards to the others for now. */
  readonly sitsOut: string | undefined;
}): ShardState {
  const { shard, instance, isHeld, share, unreachable, sitsOut } = inputs;
  if (isHeld) return { shard, held: true };
  const because = (code: string, message: string): ShardState => ({ shard, held: false, code, message });
  if (unreachable !== undefined) return because('queue-unreachable', unreachable);
  if (share === undefined) return because('starting', 'the other processes have not been read from Redis yet');
  const holder = share.picture.shards.find((one) => one.shard === shard)?.holder;
  if (holder !== undefined && holder !== instance) return because('held-elsewhere', `held by the process ${holder}`);
  if (sitsOut !== undefined) return because('shard-not-opened', `held by no process; ${sitsOut}`);
  if (!share.takingPart.includes(instance)) {
    return because('other-shards', 'processes with another list of shards work: this one waits until they have ended');
  }
  const next = share.assigned.get(shard);
  const who =
    next === instance ? 'this process takes it once its former lease has expired' : `due at ${next ?? 'none'}`;
  return because('shard-unheld', `held by no process; ${who}`);
}

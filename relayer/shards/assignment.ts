import { createHash } from 'node:crypto';

/*
 * Which process of a signer works for which shard. Pure: every process computes it from the same picture. A process with an
 * outdated picture causes a delay and no harm, since only the holder of a shard's lease works for it.
 */

/** A process of the signer that is alive. */
export interface MemberView {
  readonly id: string;
  /** Equal for processes with the same shards. */
  readonly generation: string;
}

/** A shard with the process that holds its lease; `undefined` while no process does. */
export interface ShardView {
  readonly shard: string;
  readonly holder: string | undefined;
}

/** Highest-random-weight hashing: each pair has a weight that depends on nothing else. */
const weightOf = (one: string, other: string): string => createHash('sha256').update(`${one} ${other}`).digest('hex');

const byWeight =
  (key: string) =>
  (a: string, b: string): number =>
    weightOf(b, key).localeCompare(weightOf(a, key)) || a.localeCompare(b);

/**
 * The shard of a bridge. A further shard takes its share of the bridges, and no bridge moves between the others.
 * @param shards At least one.
 */
export function shardOf(bridgeId: string, shards: readonly string[]): string {
  const [first] = shards.toSorted(byWeight(bridgeId));
  if (first === undefined) throw new RangeError('no shards');
  return first;
}

/**
 * The process that is to hold each shard. The numbers of shards of two processes differ by one at most. Holders keep what they
 * have up to their share, so that a process that joins or leaves moves no more shards than it must.
 * @param members All of them have these shards.
 */
export function assignShards(shards: readonly ShardView[], members: readonly string[]): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  if (members.length === 0) return assigned;
  const heldBy = (member: string): string[] =>
    shards.filter(({ holder }) => holder === member).map(({ shard }) => shard);

  // The larger shares go to those that hold most.
  const inOrder = members.toSorted((a, b) => heldBy(b).length - heldBy(a).length || a.localeCompare(b));
  const least = Math.floor(shards.length / members.length);
  const larger = shards.length % members.length;
  const room = new Map(inOrder.map((member, place) => [member, least + (place < larger ? 1 : 0)]));
  const give = (shard: string, member: string): void => {
    assigned.set(shard, member);
    room.set(member, (room.get(member) ?? 0) - 1);
  };

  for (const member of inOrder) {
    const kept = heldBy(member).toSorted(byWeight(member)).slice(0, room.get(member));
    for (const shard of kept) give(shard, member);
  }
  for (const { shard } of shards) {
    if (assigned.has(shard)) continue;
    const [member] = inOrder.filter((one) => (room.get(one) ?? 0) > 0).toSorted(byWeight(shard));
    if (member !== undefined) give(shard, member);
  }
  return assigned;
}

/**
 * The processes that take part. Processes with other shards than those that work wait until these have ended: a bridge in two
 * shards would have two owners.
 * @param isHolding True for a process that holds a lease, of its own shards.
 */
export function takingPart(members: readonly MemberView[], isHolding: (id: string) => boolean): readonly string[] {
  const holding = members.filter(({ id }) => isHolding(id));
  const candidates = holding.length > 0 ? holding : members;
  const [generation] = candidates.map((member) => member.generation).toSorted();
  return members.filter((member) => member.generation === generation).map(({ id }) => id);
}

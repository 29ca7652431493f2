import type { Address, Hex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { balanceSlot, supplySlot } from '../../protocol/exits/slots.ts';
import type { TrieNodes } from '../../protocol/proof/walk-trie.ts';
import { type SlotQuestion, listSlots, recordSlots, snapshotSlots } from './snapshot-slots.ts';
import { type Ask, type SnapshotPlan, type Slots, takeSnapshot } from '../../protocol/exits/take-snapshot.ts';

export interface BridgeSnapshotPlan extends SlotQuestion, Pick<SnapshotPlan, 'chainId' | 'rule' | 'blockHash'> {
  readonly number: bigint;
}

/**
 * Proves everything that holders of a bridge can claim as of a block.
 * @throws {PegwayError} when the node lacks the state of that block, or has left out a holder.
 */
export async function snapshotBridge(ask: Ask, plan: BridgeSnapshotPlan, kept?: TrieNodes): Promise<Snapshot> {
  const { book, number, productTokens } = plan;
  await book.catchUp(ask, productTokens, number);
  let slots = snapshotSlots(plan);
  let snapshot = await takeSnapshot(ask, { ...plan, slots }, kept);
  // Parked deposits are rare: their list, then their records.
  for (const more of [listSlots, recordSlots]) {
    const found = more(snapshot, plan);
    if (found.length === 0) break;
    slots = withMore(slots, plan.productBridge, found);
    snapshot = await takeSnapshot(ask, { ...plan, slots }, snapshot.nodes);
  }
  for (const token of productTokens) requireEveryHolder(snapshot, token, [...book.holders(token)]);
  return snapshot;
}

const withMore = (slots: Slots, contract: Address, more: readonly Hex[]): Slots =>
  new Map([...slots, [contract, [...(slots.get(contract) ?? []), ...more]]]);

/** The balances must add up to the supply, which is proven as well. */
function requireEveryHolder(snapshot: Snapshot, token: Address, holders: readonly Address[]): void {
  const sum = holders.reduce((total, holder) => total + snapshot.slot(token, balanceSlot(holder)).value, 0n);
  const supply = snapshot.slot(token, supplySlot).value;
  if (sum === supply) return;
  throw new PegwayError(
    `${token}: the holders in its events have ${sum} at block ${snapshot.number}, but its supply is ${supply}`,
    { code: 'withheld-log', hint: 'the node left logs out: ask one that keeps all logs' },
  );
}

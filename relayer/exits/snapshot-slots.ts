import type { Address, Hex } from 'viem';

import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import {
  balanceSlot,
  executedSlot,
  exitAddressSlot,
  outboundSlot,
  parkedLengthSlot,
  parkedListSlots,
  parkedNoncesIn,
  parkedSlot,
  supplySlot,
} from '../../protocol/exits/slots.ts';
import type { AccountBook } from './account-book.ts';
import type { Slots } from '../../protocol/exits/take-snapshot.ts';

/**
 * Words of 256 deposits beyond the last: deposits are taken until the bridge halts, long after the last anchor, and a claim proves
 * that their words were empty.
 */
const WORDS_AHEAD = 32n;

export interface SlotQuestion {
  readonly productBridge: Address;
  readonly registry: Address;
  readonly productTokens: readonly Address[];
  /** Deposits of a peg so far: the main bridge's `outboundNonce`. */
  readonly deposits: (productToken: Address) => bigint;
  readonly book: AccountBook;
}

/** Everything that exits can ask of the product chain's state, but for the parked deposits. */
export function snapshotSlots({ productBridge, registry, productTokens, deposits, book }: SlotQuestion): Slots {
  const slots = new Map<Address, Hex[]>();
  const ofBridge: Hex[] = [];
  for (const token of productTokens) {
    ofBridge.push(outboundSlot(token), parkedLengthSlot(token));
    for (let word = 0n; word <= (deposits(token) >> 8n) + WORDS_AHEAD; word++) {
      ofBridge.push(executedSlot(token, word << 8n));
    }
    slots.set(token, [supplySlot, ...[...book.holders(token)].map(balanceSlot)]);
  }
  slots.set(productBridge, ofBridge);
  slots.set(registry, [...book.named].map(exitAddressSlot));
  return slots;
}

type Bridge = Pick<SlotQuestion, 'productBridge' | 'productTokens'>;

const lengthIn = (snapshot: Snapshot, { productBridge }: Bridge, token: Address): bigint =>
  snapshot.slot(productBridge, parkedLengthSlot(token)).value;

/** Where the parked deposits are listed, from a snapshot of their number. */
export const listSlots = (snapshot: Snapshot, bridge: Bridge): Hex[] =>
  bridge.productTokens.flatMap((token) => parkedListSlots(token, lengthIn(snapshot, bridge, token)));

/** The records of the parked deposits, from a snapshot of their list. */
export const recordSlots = (snapshot: Snapshot, bridge: Bridge): Hex[] =>
  bridge.productTokens.flatMap((token) => {
    const length = lengthIn(snapshot, bridge, token);
    const words = parkedListSlots(token, length).map((slot) => snapshot.slot(bridge.productBridge, slot).value);
    return parkedNoncesIn(words, length).map((nonce) => parkedSlot(token, nonce));
  });

import type { Address, Hex } from 'viem';

import type { MainDeparture } from './departures.ts';
import { executedSlot, outboundSlot, parkedSlot } from './slots.ts';
import type { Snapshot } from './snapshot.ts';

/** As `Exits.claimDeposit` takes them: of the bitmap, of the parked record, and of how many redeems had departed. */
export type DepositProofs = readonly [executed: Hex, parked: Hex, departed: Hex];

const NONE: Hex = '0x';
/** The 64 bits from here on are the nonce. */
const NONCE_SHIFT = 128n;

/**
 * The proofs that a deposit, or the refund of a bounce, is owed: open or parked at the block.
 * @returns undefined when nothing is owed: it was minted, or what bounced departed after the block.
 * @throws {PegwayError} when the snapshot lacks the bitmap.
 */
export function depositIn(
  snapshot: Snapshot,
  productBridge: Address,
  productToken: Address,
  { nonce, bounced }: Pick<MainDeparture, 'nonce' | 'bounced'>,
): DepositProofs | undefined {
  const bit = snapshot.slot(productBridge, executedSlot(productToken, nonce));
  const isSet = ((bit.value >> (nonce & 0xffn)) & 1n) === 1n;
  const record = isSet ? parkedRecord(snapshot, productBridge, productToken, nonce) : NONE;
  if (record === undefined) return undefined;
  if (bounced === 0n) return [bit.proof, record, NONE];

  const departed = snapshot.slot(productBridge, outboundSlot(productToken));
  return bounced <= BigInt.asUintN(64, departed.value >> NONCE_SHIFT) ? [bit.proof, record, departed.proof] : undefined;
}

/** The proof that a deposit is parked; undefined when it was minted: a snapshot has the record of parked ones only. */
function parkedRecord(snapshot: Snapshot, bridge: Address, productToken: Address, nonce: bigint): Hex | undefined {
  const slot = parkedSlot(productToken, nonce);
  if (snapshot.missing(bridge, slot) !== undefined) return undefined;
  const { value, proof } = snapshot.slot(bridge, slot);
  return value === 0n ? undefined : proof;
}

import { type Address, type Hex, encodeAbiParameters, hexToBigInt, keccak256, numberToHex } from 'viem';

// Where the contracts of the product chain keep what exits prove. The twin of the constants in `ProductState`, which a test
// of the contracts pins.
const PEGS_SLOT = 11n;
const OUTBOUND_NONCE = 1n;
const EXECUTED = 7n;
const PARKED = 8n;
const FIRST_SLOT = 0n;

const twoWords = [{ type: 'uint256' }, { type: 'uint256' }] as const;

/** The slot of a mapping's value. */
const slotOf = (key: bigint, mapping: bigint): bigint =>
  hexToBigInt(keccak256(encodeAbiParameters(twoWords, [key, mapping])));

const key = (slot: bigint): Hex => numberToHex(slot, { size: 32 });
const pegSlot = (productToken: Address, offset: bigint): bigint =>
  slotOf(hexToBigInt(productToken), PEGS_SLOT) + offset;

/** In a product token: the balance of an account. */
export const balanceSlot = (account: Address): Hex => key(slotOf(hexToBigInt(account), FIRST_SLOT));

/** In `ExitAddress`: the address that an account named. */
export const exitAddressSlot = balanceSlot;

/** In the product bridge: how many redeems departed, in the upper half of the word. */
export const outboundSlot = (productToken: Address): Hex => key(pegSlot(productToken, OUTBOUND_NONCE));

/** In the product bridge: the word of the bitmap with the bit of a deposit. */
export const executedSlot = (productToken: Address, nonce: bigint): Hex =>
  key(slotOf(nonce >> 8n, pegSlot(productToken, EXECUTED)));

/** In the product bridge: the first word of the record of a parked deposit. */
export const parkedSlot = (productToken: Address, nonce: bigint): Hex =>
  key(slotOf(nonce, pegSlot(productToken, PARKED)));

/** In the product bridge: how many deposits are parked. */
export const parkedLengthSlot = (productToken: Address): Hex => key(pegSlot(productToken, PARKED + 1n));

const NONCES_PER_SLOT = 4n;
const NONCE_BITS = 64n;

/** In the product bridge: where the nonces of so many parked deposits are listed. */
export function parkedListSlots(productToken: Address, length: bigint): Hex[] {
  const first = hexToBigInt(keccak256(parkedLengthSlot(productToken)));
  const slots = (length + NONCES_PER_SLOT - 1n) / NONCES_PER_SLOT;
  return Array.from({ length: Number(slots) }, (_, index) => key(first + BigInt(index)));
}

/** The nonces in the words of that list. */
export const parkedNoncesIn = (words: readonly bigint[], length: bigint): bigint[] =>
  Array.from({ length: Number(length) }, (_, index) => {
    const word = words[Math.floor(index / Number(NONCES_PER_SLOT))] ?? 0n;
    return (word >> (NONCE_BITS * (BigInt(index) % NONCES_PER_SLOT))) & (2n ** NONCE_BITS - 1n);
  });

/** In a product token: the supply. */
export const supplySlot: Hex = key(2n);

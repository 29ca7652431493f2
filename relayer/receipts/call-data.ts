import { type Hex, decodeFunctionData, sliceHex, toFunctionSelector, getAbiItem, concatHex } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { type IndexedSignature, indicesOf } from '../../protocol/attestation.ts';
import type { Side } from '../../protocol/lane.ts';

/* Signatures stand in the call data of a transaction alone: no event and no state contains them. */

const MASK = 4;
const SIGNATURE = 64;

const mainCall = (name: 'withdraw' | 'withdrawGuarded' | 'bounce' | 'approve'): Hex =>
  toFunctionSelector(getAbiItem({ abi: mainBridgeAbi, name }));
const mint = toFunctionSelector(getAbiItem({ abi: productBridgeAbi, name: 'mint' }));
const batches: Readonly<Record<Side, readonly Hex[]>> = {
  main: [mainCall('withdraw'), mainCall('withdrawGuarded')],
  product: [mint],
};

/** SECURITY: a stranger's transaction may contain any number of calls that are none. */
const MOST_CALLS = 8;

/**
 * The calls of a function with these first words in a transaction's input, from the selector on. They are found where they stand,
 * as another contract may have made the call, with the call data of the bridge within its own.
 */
function* callsIn(input: Hex, selector: Hex, words: readonly Hex[]): Generator<Hex> {
  const start = concatHex([selector, ...words])
    .slice(2)
    .toLowerCase();
  let found = 0;
  for (let at = input.indexOf(start, 2); at >= 0 && found < MOST_CALLS; at = input.indexOf(start, at + 1)) {
    if (at % 2 !== 0) continue;
    found++;
    yield `0x${input.slice(at)}`;
  }
}

const decoded = <T>(decode: () => T): T[] => {
  try {
    return [decode()];
  } catch {
    // Not a call: the words occur by chance, or by a stranger's intent.
    return [];
  }
};

export interface BatchCall {
  readonly transfers: Hex;
  readonly signatures: Hex;
  readonly sourceBlock: Hex;
}

/** Calls that execute or approve a batch, of this product token and first nonce, each in 32 bytes. */
export const batchCallsIn = (
  side: Side,
  input: Hex,
  words: readonly [productToken: Hex, firstNonce: Hex],
): BatchCall[] =>
  batches[side].flatMap((selector) =>
    [...callsIn(input, selector, words)].flatMap((data) =>
      decoded(() => {
        const { args } =
          side === 'main'
            ? decodeFunctionData({ abi: mainBridgeAbi, data })
            : decodeFunctionData({ abi: productBridgeAbi, data });
        const [, , transfers, signatures, sourceBlock] = args as readonly [Hex, bigint, Hex, Hex, Hex];
        return { transfers, signatures, sourceBlock };
      }),
    ),
  );

export interface BounceCall {
  readonly deadline: bigint;
  readonly signatures: Hex;
}

/** Calls that bounce a withdrawal, of this product token and nonce, each in 32 bytes. */
export const bounceCallsIn = (input: Hex, words: readonly [productToken: Hex, nonce: Hex]): BounceCall[] =>
  [...callsIn(input, mainCall('bounce'), words)].flatMap((data) =>
    decoded(() => {
      const { args } = decodeFunctionData({ abi: mainBridgeAbi, data });
      const [{ deadline }, signatures] = args as readonly [{ readonly deadline: bigint }, Hex];
      return { deadline, signatures };
    }),
  );

/** The signatures of calls that approve a digest. */
export const approvalsIn = (input: Hex, digest: Hex): Hex[] =>
  [...callsIn(input, mainCall('approve'), [digest])].flatMap((data) =>
    decoded(() => {
      const { args } = decodeFunctionData({ abi: mainBridgeAbi, data });
      const [, signatures] = args as readonly [Hex, Hex];
      return signatures;
    }),
  );

/** Mask (4 bytes) and 64 bytes for each of its bits, taken apart; empty when the length does not fit. */
export function splitSignatures(signatures: Hex): IndexedSignature[] {
  const length = (signatures.length - 2) / 2;
  if (length < MASK) return [];
  const indices = indicesOf(Number(BigInt(sliceHex(signatures, 0, MASK))));
  if (length !== MASK + SIGNATURE * indices.length) return [];
  return indices.map((index, at) => ({
    index,
    signature: sliceHex(signatures, MASK + SIGNATURE * at, MASK + SIGNATURE * (at + 1)),
  }));
}

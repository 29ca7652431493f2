import { type Address, type Hex, getAddress, isAddress, isHash } from 'viem';

import { maskedNonces } from '../../protocol/bitmap.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Direction, type Lane, type Side, directionTo, sides } from '../../protocol/lane.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { type BridgeEvent, decodeBridgeLog } from '../../relayer/chain/events.ts';
import { didYouMean } from '../inspect/did-you-mean.ts';
import { DIRECTION_WORDS, directionNamed } from '../inspect/direction.ts';
import { addressAt } from '../parse-address.ts';

/** A parsed query. */
export type Query =
  | { readonly kind: 'transaction'; readonly hash: Hex }
  /** `peg`: the product token's address or symbol. */
  | { readonly kind: 'nonce'; readonly direction: Direction; readonly peg: string; readonly nonce: bigint };

/** A transfer that the query names. */
export interface Named {
  readonly lane: Lane;
  readonly nonce: bigint;
}

const wrong = (message: string, hint = 'name it as 0xTRANSACTION, or as deposit PRODUCT_TOKEN NONCE'): PegwayError =>
  new PegwayError(message, { exitCode: 2, hint });

/** @throws {PegwayError} exit code 2. */
export function parseQuery(words: readonly string[]): Query {
  const [first = '', peg = '', nonce = ''] = words;
  if (words.length === 1) {
    if (isHash(first)) return { kind: 'transaction', hash: first };
    throw wrong(`expected a transaction (0x and 64 hex digits), found ${first}`);
  }
  if (words.length !== 3) throw wrong(`expected one word or three, found ${words.length}`);
  const direction = directionNamed(first);
  if (direction === undefined) throw wrong(`expected ${DIRECTION_WORDS}; found ${first}`);
  if (!/^\d{1,15}$/.test(nonce)) throw wrong(`expected a nonce, found ${nonce}`);
  return { kind: 'nonce', direction, peg, nonce: BigInt(nonce) };
}

/** @throws {PegwayError} exit code 2 when no peg of the bridge is called so. */
export function pegOf(peg: string, symbols: ReadonlyMap<Address, string>): Address {
  if (isAddress(peg, { strict: false })) {
    const address = addressAt('PRODUCT_TOKEN', peg);
    if (symbols.has(address)) return address;
  }
  const [found, ...more] = [...symbols].filter(([, symbol]) => symbol === peg);
  if (found !== undefined && more.length === 0) return found[0];
  const similar = didYouMean(peg, [...symbols.values()]);
  if (similar !== undefined) throw wrong(`no peg is named ${peg}`, `did you mean ${similar}?`);
  throw wrong(
    `no peg is ${peg}: there are ${[...symbols].map(([address, symbol]) => `${symbol} ${address}`).join(', ')}`,
  );
}

/** The effect of a transaction on transfers. */
export interface Transaction {
  readonly side: Side;
  readonly outcome: 'pending' | 'reverted' | 'done';
  readonly events: readonly BridgeEvent[];
}

interface RpcReceipt {
  readonly status: Hex;
  readonly logs: readonly RpcLog[];
}

/** Looks for a transaction on both chains; undefined when no node knows it. */
export async function findTransaction(
  chains: Readonly<Record<Side, ChainClient>>,
  hash: Hex,
): Promise<Transaction | undefined> {
  const looks = sides.map(async (side): Promise<Transaction | undefined> => {
    const { nodes, address } = chains[side];
    const receipt = await nodes.one<RpcReceipt | null>('eth_getTransactionReceipt', [hash]);
    if (receipt !== null) {
      const outcome = BigInt(receipt.status) === 1n ? 'done' : 'reverted';
      return { side, outcome, events: eventsOf(side, address, receipt.logs) };
    }
    const pending = await nodes.one<object | null>('eth_getTransactionByHash', [hash]);
    return pending === null ? undefined : { side, outcome: 'pending', events: [] };
  });
  return (await Promise.all(looks)).find((found) => found !== undefined);
}

/** The bridge's events among logs, unproven: for people, nothing is decided by them. */
export function eventsOf(side: Side, bridge: Address, logs: readonly RpcLog[]): BridgeEvent[] {
  return logs.filter((log) => getAddress(log.address) === bridge).map((log) => decodeBridgeLog(side, log));
}

/** The transfers that events are about, each once, in their order. */
export function namedIn(events: readonly BridgeEvent[]): Named[] {
  const named = events.flatMap((event): Named[] => {
    if (event.kind === 'departed') return [{ lane: event.transfer.lane, nonce: event.transfer.nonce }];
    if (event.kind === 'approved' || event.kind === 'changed' || event.kind === 'noted') return [];
    const lane = { direction: directionTo(event.side), productToken: event.productToken };
    const nonces = event.kind === 'executed' ? maskedNonces(event.firstNonce, event.mask) : [event.nonce];
    return nonces.map((nonce) => ({ lane, nonce }));
  });
  return [
    ...new Map(named.map((one) => [`${one.lane.direction}-${one.lane.productToken}-${one.nonce}`, one])).values(),
  ];
}

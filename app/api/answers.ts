import { type Address, type Hex, getAddress, isAddress, isHash } from 'viem';

import { type Direction, type Side, directions } from '../../protocol/lane.ts';
import { type Reason, isReason } from '../../protocol/reasons.ts';

/*
 * Parses relayer responses: known fields of the expected form, ignoring everything else. A transfer in a response is
 * only a name with hints to its blocks; its content and status are read from the chains.
 */

/** Status of one relayer, as it reports itself. */
export interface RelayerStatus {
  readonly address: Address;
  /** The finalized block up to which it has read each chain. */
  readonly scanned: Readonly<Record<Side, bigint | undefined>>;
  /** The depth at which it takes a block of a chain for final; undefined where it follows the chain's own tag. */
  readonly depth: Readonly<Record<Side, number | undefined>>;
  readonly problems: number;
}

/** One relayer's report on one transfer. */
export interface TransferReport {
  readonly reason: Reason | undefined;
  /** True if its signer has signed; undefined when not reported. */
  readonly signed: boolean | undefined;
  readonly block: bigint | undefined;
  readonly executedTransaction: Hex | undefined;
}

/** Hints to a transfer's blocks. */
export interface TransferHint {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly transactionHash: Hex;
}

export interface TransferHints {
  readonly complete: boolean;
  readonly hints: readonly TransferHint[];
  readonly cursor: string | undefined;
}

/** Balances of a peg after a change. */
export interface PegPoint {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly locked: bigint;
  readonly supply: bigint;
}

type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const listOf = (value: unknown, most: number): unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);

export function integerOf(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? value.toString() : value;
  return typeof text === 'string' && /^\d{1,78}$/.test(text) ? BigInt(text) : undefined;
}

export const addressOf = (value: unknown): Address | undefined =>
  typeof value === 'string' && isAddress(value, { strict: false }) ? getAddress(value) : undefined;
export const hashOf = (value: unknown): Hex | undefined =>
  typeof value === 'string' && isHash(value) ? value : undefined;

export function parseStatus(value: unknown): RelayerStatus | undefined {
  const status = fieldsOf(value);
  const address = addressOf(status['address']);
  if (address === undefined) return undefined;
  const scanned = (side: Side) => integerOf(fieldsOf(fieldsOf(status['bridges'])[side])['scannedBlock']);
  const depth = (side: Side) => {
    const value = fieldsOf(fieldsOf(fieldsOf(status['bridges'])[side])['finality'])['depth'];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  };
  return {
    address,
    scanned: { main: scanned('main'), product: scanned('product') },
    depth: { main: depth('main'), product: depth('product') },
    problems: listOf(status['problems'], 100).length,
  };
}

export function parseReport(value: unknown): TransferReport {
  const report = fieldsOf(value);
  const reason = report['reason'];
  const signed = report['signed'];
  return {
    reason: typeof reason === 'string' && isReason(reason) ? reason : undefined,
    signed: typeof signed === 'boolean' ? signed : undefined,
    block: integerOf(report['blockNumber']),
    executedTransaction: hashOf(report['executedTransaction']),
  };
}

export function parseTransfers(value: unknown): TransferHints {
  const answer = fieldsOf(value);
  const hints = listOf(answer['transfers'], 200).flatMap((item): TransferHint[] => {
    const fields = fieldsOf(item);
    const direction = directions.find((one) => one === fields['direction']);
    const productToken = addressOf(fields['productToken']);
    const nonce = integerOf(fields['nonce']);
    const transactionHash = hashOf(fields['transactionHash']);
    if (direction === undefined || productToken === undefined) return [];
    if (nonce === undefined || transactionHash === undefined) return [];
    return [{ direction, productToken, nonce, transactionHash }];
  });
  const cursor = answer['cursor'];
  const isCursor = (typeof cursor === 'string' || typeof cursor === 'number') && /^[\w-]{1,64}$/.test(String(cursor));
  return { complete: answer['complete'] === true, hints, cursor: isCursor ? String(cursor) : undefined };
}

export function parsePegHistory(value: unknown): { readonly complete: boolean; readonly points: readonly PegPoint[] } {
  const answer = fieldsOf(value);
  const points = listOf(answer['points'], 1_000).flatMap((item): PegPoint[] => {
    const fields = fieldsOf(item);
    const at = integerOf(fields['at']);
    const locked = integerOf(fields['locked']);
    const supply = integerOf(fields['supply']);
    // Up to the year 2255: the range that a number and a date can represent.
    if (at === undefined || at > 9_000_000_000n || locked === undefined || supply === undefined) return [];
    return [{ at: Number(at), locked, supply }];
  });
  return { complete: answer['complete'] === true, points: points.toSorted((a, b) => a.at - b.at) };
}

import { type Hex, isAddress, isHex } from 'viem';

import { type EventKind, type StreamedEvent, parseCursor, parseEventId } from '../protocol/events.ts';
import { directions, sides } from '../protocol/lane.ts';
import type { Notice } from '../protocol/notices.ts';
import { RelayerError } from './ask-relayer.ts';

const isOneOf = <T extends string>(all: readonly T[], value: unknown): value is T =>
  (all as readonly unknown[]).includes(value);

const isHash = (value: unknown): value is Hex => isHex(value) && value.length === 66;

const bigintOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^\d{1,78}$/.test(value) ? BigInt(value) : undefined;

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

/**
 * An event as a relayer sends it. `args` stays as on the wire, with integers as decimal strings.
 * SECURITY: only its form is checked; a relayer may invent events.
 * @throws {RelayerError} when it is not one.
 */
export function parseEvent(text: string): StreamedEvent {
  const wrong = (field: string) => new RelayerError(`a relayer sent an event with an invalid ${field}`);
  const wire = fieldsOf(text);
  if (wire === undefined) throw wrong('form: not JSON');
  const { id, kind, side, bridge, blockHash, transactionHash, name, args, direction, productToken, signers, cursor } =
    wire;
  // A relayer of an earlier release has only bridges' events, and only the former name.
  const { contract = bridge } = wire;
  const [block, timestamp, nonce] = [bigintOf(wire['block']), bigintOf(wire['timestamp']), bigintOf(wire['nonce'])];
  const place = typeof id === 'string' ? parseEventId(id) : undefined;
  if (place === undefined || place.block !== block) throw wrong('id');
  if (!isOneOf(sides, side)) throw wrong('side');
  // Kinds of later releases are passed on; a consumer ignores those that it does not use.
  if (typeof kind !== 'string' || typeof name !== 'string') throw wrong('kind');
  if (typeof contract !== 'string' || !isAddress(contract)) throw wrong('contract');
  if (!isHash(blockHash) || !isHash(transactionHash)) throw wrong('hash');
  if (timestamp === undefined) throw wrong('timestamp');
  if (typeof cursor !== 'string' || parseCursor(cursor) === undefined) throw wrong('cursor');
  if (direction !== undefined && !isOneOf(directions, direction)) throw wrong('direction');
  if (productToken !== undefined && !(typeof productToken === 'string' && isAddress(productToken))) {
    throw wrong('productToken');
  }
  const isIndices = (value: unknown): value is readonly number[] =>
    Array.isArray(value) && value.every(Number.isInteger);
  return {
    ...{ id: id as string, kind: kind as EventKind, side, chainId: place.chainId, contract, bridge: contract, block },
    ...{ log: place.log, item: place.item, blockHash, timestamp, transactionHash, name, cursor },
    args: Object(args) as Readonly<Record<string, unknown>>,
    ...{ direction, productToken, nonce },
    signers: isIndices(signers) ? signers : undefined,
  };
}

/**
 * A notice as a relayer sends it; undefined for any other text, and for kinds of later releases.
 * SECURITY: only its form is checked; a relayer may invent notices.
 */
export function parseNotice(text: string): Notice | undefined {
  const { kind, signer, statement, direction, productToken, count, digest, clean, ...rest } = fieldsOf(text) ?? {};
  const [at, firstNonce] = [bigintOf(rest['at']), bigintOf(rest['firstNonce'])];
  if (at === undefined || typeof productToken !== 'string' || !isAddress(productToken)) return undefined;
  if (kind === 'audit' && typeof clean === 'boolean') return { kind, at, productToken, clean };
  if (kind !== 'signed' || (statement !== 'batch' && statement !== 'bounce')) return undefined;
  if (typeof signer !== 'string' || !isAddress(signer) || !isOneOf(directions, direction)) return undefined;
  if (firstNonce === undefined || typeof count !== 'number' || !Number.isInteger(count) || !isHash(digest))
    return undefined;
  return { kind, at, signer, statement, direction, productToken, firstNonce, count, digest };
}

import { concatBytes } from 'viem';

import { fromBase64, toBase64 } from './base64.ts';
import type { Payments } from './format.ts';
import { ReceiptError } from './receipt-error.ts';

/*
 * The leaf of a batch's execution has a log for each payment. Those of an ordinary token differ in recipient and amount alone, and
 * the attestation has both: the file leaves them out, and the reader puts them back before it hashes the leaf.
 */

/** Bytes of an item of a batch, and of its recipient. */
const ITEM = 36;
const RECIPIENT = 20;
/** At the end of a log `Transfer(address,address,uint256)`: the recipient ends before the data (a length and 32 bytes). */
const RECIPIENT_END = 33;
const AMOUNT = 16;
const LEAST_LOG = RECIPIENT_END + RECIPIENT;
const MOST_LOG = 1_024;

/** A log with these 36 bytes of an item in it. */
function filled(log: Uint8Array, item: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(log);
  copy.set(item.subarray(0, RECIPIENT), log.length - RECIPIENT_END - RECIPIENT);
  copy.set(item.subarray(RECIPIENT), log.length - AMOUNT);
  return copy;
}

const itemsOf = (transfers: Uint8Array): Uint8Array[] =>
  Array.from({ length: transfers.length / ITEM }, (_, index) => transfers.subarray(index * ITEM, (index + 1) * ITEM));

const blankOf = (log: Uint8Array): Uint8Array => filled(log, new Uint8Array(ITEM));

/**
 * Puts the payments back into a leaf. Proves nothing by itself: the hash of the result does.
 * @param transfers Of the attestation.
 * @throws {ReceiptError}
 */
export function withPayments(leaf: Uint8Array, payments: Payments, transfers: Uint8Array, field: string): Uint8Array {
  const { at } = payments;
  const log = fromBase64(payments.log, MOST_LOG, `${field}.log`);
  if (log.length < LEAST_LOG || !isAt(blankOf(log), log, 0)) {
    throw new ReceiptError(`${field}.log`, `expected ${LEAST_LOG} bytes or more, with zeros for recipient and amount`);
  }
  if (at > leaf.length) throw new ReceiptError(`${field}.at`, `expected at most ${leaf.length}, found ${at}`);
  const logs = itemsOf(transfers).map((item) => filled(log, item));
  return concatBytes([leaf.subarray(0, at), ...logs, leaf.subarray(at)]);
}

/** A leaf without the payments of a batch, and what puts them back; undefined where it has no run of all of them. */
export function cutPayments(
  leaf: Uint8Array,
  transfers: Uint8Array,
): { readonly leaf: Uint8Array; readonly payments: Payments } | undefined {
  const items = itemsOf(transfers);
  if (items.length < 2) return undefined;
  const run = (log: Uint8Array): Uint8Array => concatBytes(items.map((item) => filled(log, item)));
  for (let at = 0; at + LOG * items.length <= leaf.length; at++) {
    if (leaf[at] !== LOG_START[0] || leaf[at + 1] !== LOG_START[1]) continue;
    const log = blankOf(leaf.subarray(at, at + LOG));
    const logs = run(log);
    if (!isAt(logs, leaf, at)) continue;
    const rest = concatBytes([leaf.subarray(0, at), leaf.subarray(at + logs.length)]);
    return { leaf: rest, payments: { at, log: toBase64(log) } };
  }
  return undefined;
}

const isAt = (bytes: Uint8Array, whole: Uint8Array, at: number): boolean =>
  bytes.every((byte, index) => whole[at + index] === byte);

/** The RLP of `Transfer(address,address,uint256)`: address, three topics, and one word of data. */
const LOG = 157;
const LOG_START = [0xf8, LOG - 2] as const;

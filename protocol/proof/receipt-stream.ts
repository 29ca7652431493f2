/*
 * Reads the response to `eth_getBlockReceipts` in pieces. Anyone can pay for a block with a million logs: half a
 * gigabyte of JSON, more than a string may hold. No library: the fastest streaming parser of npm that was measured takes
 * 3.5 times the processor time, and a stranger chooses how much there is to parse.
 */
import { ProofError } from './error.ts';
import { createGrowingBytes } from './growing-bytes.ts';
import type { RpcReceipt, RpcReceiptLog } from './receipts.ts';

/** Reads a response body, chunk by chunk. */
export interface ReceiptStream {
  /** @throws {ProofError} for malformed JSON, and whatever the receivers throw. */
  write(chunk: Uint8Array): void;
  /** The body without the receipts that were read: the response's JSON-RPC frame. */
  frame(): string;
}

/** In bytes: a log's data takes at most 12 MB of a block of 400 million gas, twice that as hex. */
const LARGEST_PIECE = 64 * 1_024 ** 2;

// Depth of the brackets around a byte: { "result": [ { "logs": [ {
const RECEIPTS = 2;
const RECEIPT = 3;
const LOGS = 4;
const LOG = 5;

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 91, 93, 123, 125] as const;

/**
 * Cuts a body into logs, receipts without them, and the rest, each parsed by itself. A list under another key, or a key
 * written with escapes, is left where it is, so that `onReceipt` may still receive logs within a receipt.
 */
export function createReceiptStream(
  onLog: (log: RpcReceiptLog) => void,
  onReceipt: (receipt: RpcReceipt) => void,
): ReceiptStream {
  const frame = createPiece();
  const receipt = createPiece();
  const log = createPiece();
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  /** True inside the list `result`, and inside a receipt's list `logs`. */
  let inReceipts = false;
  let inLogs = false;

  /** The piece that bytes at this place belong to; undefined between the elements of a list that is cut. */
  function current(): Piece | undefined {
    if (inLogs) return depth >= LOG ? log : undefined;
    if (inReceipts) return depth >= RECEIPT ? receipt : undefined;
    return frame;
  }

  function write(chunk: Uint8Array): void {
    let from = 0;
    const keep = (to: number): void => {
      current()?.append(chunk.subarray(from, to));
      from = to;
    };

    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        if (depth === RECEIPTS - 1 && byte === OPEN_LIST && !inReceipts) {
          keep(at + 1);
          inReceipts = frame.endsWith(/"result"\s*:\s*\[$/);
        } else if (depth === LOGS - 1 && byte === OPEN_LIST && inReceipts) {
          keep(at + 1);
          inLogs = receipt.endsWith(/"logs"\s*:\s*\[$/);
        } else if ((depth === LOG - 1 && inLogs) || (depth === RECEIPT - 1 && inReceipts)) keep(at);
        depth += 1;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        if (depth === LOG && inLogs) {
          keep(at + 1);
          onLog(parsed(log.take(), 'logs') as RpcReceiptLog);
        } else if (depth === LOGS && inLogs) {
          keep(at);
          inLogs = false;
        } else if (depth === RECEIPT && inReceipts) {
          keep(at + 1);
          onReceipt(parsed(receipt.take(), 'receipts') as RpcReceipt);
        } else if (depth === RECEIPTS && inReceipts) {
          keep(at);
          inReceipts = false;
        }
        depth -= 1;
      }
    }
    keep(chunk.length);
  }

  return { write, frame: () => frame.take() };
}

function parsed(json: string, what: 'logs' | 'receipts'): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ProofError(what, `${what}: expected JSON, found ${json.slice(0, 80)}`, { cause });
  }
}

interface Piece {
  append(bytes: Uint8Array): void;
  endsWith(pattern: RegExp): boolean;
  /** The text so far, which is dropped. */
  take(): string;
}

/** Longer than any key with the white space around it that a node writes. */
const TAIL = 64;

function createPiece(): Piece {
  const bytes = createGrowingBytes();
  return {
    append(more) {
      if (bytes.length + more.length > LARGEST_PIECE) {
        throw new ProofError('receipts', `receipts: expected at most ${LARGEST_PIECE} bytes in one receipt or log`);
      }
      bytes.append(more);
    },
    endsWith: (pattern) => pattern.test(Buffer.from(bytes.view().slice(-TAIL)).toString('latin1')),
    take() {
      const view = bytes.view();
      const text = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString();
      bytes.clear();
      return text;
    },
  };
}

/**
 * JSON-RPC 2.0 framing: requests to text, and a node's text to one outcome per request. No I/O.
 *
 * SECURITY: a node may return anything. An answer is matched to a request by its id alone, never by position: matching
 * by position has confused the head of the chain with its finalized block (Nethereum #926, viem #1415).
 */

/** One request. `id` is chosen by the transport, unique among the requests of one exchange. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A node's error object, as sent: its own code, message and data. */
export interface ErrorObject {
  /** 0 when the node sent none. */
  readonly code: number;
  readonly message: string;
  /** Any JSON; revert data is hex, in some clients one level deeper. Absent when the node sent none. */
  readonly data?: unknown;
}

/**
 * Why a response contains no answer to a request:
 * - `missing`: no item carries its id
 * - `repeated`: more than one item carries its id, so neither counts
 * - `malformed`: its item has neither a result nor an error, or both
 * - `not-json-rpc`: the body is JSON of another shape
 * - `not-json`, `html`: the body is not JSON; proxies and gateways answer in HTML
 */
export type SilenceReason = 'missing' | 'repeated' | 'malformed' | 'not-json-rpc' | 'not-json' | 'html';

/** The content of a response body for one request. */
export type Outcome =
  | { readonly kind: 'result'; readonly result: unknown }
  /**
   * `scope` is `body` when one error object answers the whole exchange: it may concern the batch and not its requests.
   */
  | { readonly kind: 'error'; readonly error: ErrorObject; readonly scope: 'request' | 'body' }
  | Silence;

export interface Silence {
  readonly kind: 'silence';
  readonly reason: SilenceReason;
  /** The first error in the body without a request id (`id: null`). It cannot be attributed, but explains the gap. */
  readonly unattributed?: ErrorObject;
}

/**
 * Builds the request body: one object for a single call, so that servers without batch support can serve it; otherwise
 * a list.
 */
export function encode(calls: readonly Call[]): string {
  const items = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }));
  return JSON.stringify(items.length === 1 ? items[0] : items);
}

/**
 * Assigns the items of a response body to requests. Total: any body gives exactly one outcome for each id. Items with
 * foreign, `null` or non-integer ids are ignored, whatever their content.
 */
export function match(ids: readonly number[], body: string): Map<number, Outcome> {
  const all = (outcome: Outcome) => new Map(ids.map((id) => [id, outcome]));
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return all({ kind: 'silence', reason: isHtml(body) ? 'html' : 'not-json' });
  }
  if (Array.isArray(parsed)) return matchItems(ids, parsed);
  if (!isRecord(parsed)) return all({ kind: 'silence', reason: 'not-json-rpc' });

  const error = errorOf(parsed);
  // The error answers no single request, so its id does not matter; many gateways send `null`, or always 1.
  if (error !== undefined && !hasResult(parsed)) {
    const isOwn = ids.length === 1 && parsed['id'] === ids[0];
    return all({ kind: 'error', error, scope: isOwn ? 'request' : 'body' });
  }
  if (!('result' in parsed)) return all({ kind: 'silence', reason: 'not-json-rpc' });
  return matchItems(ids, [parsed]);
}

function matchItems(ids: readonly number[], items: readonly unknown[]): Map<number, Outcome> {
  const wanted = new Set(ids);
  const found = new Map<number, Outcome>();
  let unattributed: ErrorObject | undefined;
  for (const item of items) {
    if (!isRecord(item)) continue;
    const id = item['id'];
    if (typeof id === 'number' && wanted.has(id)) {
      found.set(id, found.has(id) ? { kind: 'silence', reason: 'repeated' } : outcomeOf(item));
    } else if (id === null || id === undefined) {
      unattributed ??= errorOf(item);
    }
  }
  const outcomeFor = (id: number): Outcome => {
    const outcome = found.get(id) ?? { kind: 'silence', reason: 'missing' };
    return outcome.kind === 'silence' && unattributed !== undefined ? { ...outcome, unattributed } : outcome;
  };
  return new Map(ids.map((id) => [id, outcomeFor(id)]));
}

function outcomeOf(item: Readonly<Record<string, unknown>>): Outcome {
  const error = errorOf(item);
  if (error !== undefined && !hasResult(item)) return { kind: 'error', error, scope: 'request' };
  // Some nodes send `"error": null` beside a result.
  const isResult = 'result' in item && (item['error'] === undefined || item['error'] === null);
  return isResult ? { kind: 'result', result: item['result'] } : { kind: 'silence', reason: 'malformed' };
}

/** Some nodes send `"result": null` beside an error. */
const hasResult = (item: Readonly<Record<string, unknown>>): boolean =>
  item['result'] !== undefined && item['result'] !== null;

function errorOf(item: Readonly<Record<string, unknown>>): ErrorObject | undefined {
  const error = item['error'];
  // Gateways send their words alone, or a code in quotation marks.
  if (typeof error === 'string' && error !== '') return { code: UNSTATED_CODE, message: error };
  if (!isRecord(error)) return undefined;
  const { code, message, data } = error;
  if (!isCode(code) && typeof message !== 'string') return undefined;
  const words = typeof message === 'string' ? message : '';
  const number = isCode(code) ? Number(code) : UNSTATED_CODE;
  return data === undefined ? { code: number, message: words } : { code: number, message: words, data };
}

/** The code of an error that states none; JSON-RPC gives 0 no meaning. */
const UNSTATED_CODE = 0;

const isCode = (code: unknown): code is number | string =>
  typeof code === 'number' || (typeof code === 'string' && /^(-?\d+|0x[0-9a-f]+)$/i.test(code));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isHtml = (body: string): boolean => /^\uFEFF?\s*</.test(body);

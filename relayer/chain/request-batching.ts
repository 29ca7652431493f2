import type { ErrorObject, Outcome, Silence } from '../../protocol/json-rpc.ts';
import { BodyTooLargeError, type HttpResponse } from './http-client.ts';
import { TOO_MANY_REQUESTS } from './rpc-errors.ts';

/** Outcome of one HTTP exchange: a response with one outcome per request, or a failed connection. */
export type Reply =
  | { readonly kind: 'response'; readonly response: HttpResponse; readonly outcomes: ReadonlyMap<number, Outcome> }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A request in flight. */
export interface Delivery {
  readonly call: { readonly id: number };
  isSettled: boolean;
}

/** Providers change their limits: a learned limit expires after this long. */
const REMEMBERED_SECONDS = 3_600;

const CONTENT_TOO_LARGE = 413;
/**
 * HTTP statuses with which servers refuse a body that is a list: by its form, as a method or size that they do not serve, or
 * by failing on it. 401, 402, and those of a gateway (502 to 504) concern every request.
 */
const REFUSALS: readonly number[] = [400, 403, 404, 405, 406, 415, 422, 500, 501];

/**
 * Sends requests in batches within the node's limit. Providers report their limits in no common format, so the size is
 * found by trial: a refused batch is retried in halves, down to single requests.
 */
export function createBatchSizer<D extends Delivery>(options: {
  /** Never rejects. */
  readonly exchange: (batch: readonly D[]) => Promise<Reply>;
  readonly settle: (delivery: D, reply: Reply) => void;
  /** Maximum number of requests in one HTTP request. */
  readonly largestBatch: number;
  /** Monotonic seconds. */
  readonly now: () => number;
}): { send(deliveries: readonly D[]): void } {
  const { exchange, settle, largestBatch, now } = options;
  let learned: { readonly size: number; readonly until: number } | undefined;

  const limit = (): number => {
    if (learned !== undefined && now() >= learned.until) learned = undefined;
    return learned?.size ?? largestBatch;
  };
  const learn = (size: number): void => {
    learned = { size: Math.min(size, limit()), until: now() + REMEMBERED_SECONDS };
  };

  /** Settles the items of a refused batch that have an outcome, and returns the rest. */
  function unanswered(batch: readonly D[], reply: Reply): readonly D[] {
    const isAnswered = ({ call }: D): boolean => {
      const outcome = reply.kind === 'response' ? reply.outcomes.get(call.id) : undefined;
      return outcome?.kind === 'result' || (outcome?.kind === 'error' && !isOfBatch(outcome));
    };
    for (const one of batch) if (isAnswered(one)) settle(one, reply);
    return batch.filter(({ isSettled }) => !isSettled);
  }

  async function deliver(given: readonly D[]): Promise<void> {
    const batch = given.filter(({ isSettled }) => !isSettled);
    if (batch.length === 0) return;
    const reply = await exchange(batch);
    if (batch.length > 1 && refusesBatch(reply)) return split(unanswered(batch, reply), batch.length, reply);
    // A response that lacks items may have been cut at a limit.
    if (batch.length > 1 && lacksItems(reply)) learn(Math.ceil(batch.length / 2));
    for (const one of batch) settle(one, reply);
  }

  async function split(batch: readonly D[], refusedSize: number, refusal: Reply): Promise<void> {
    // Try one request alone: if it fails like the batch, size is not the cause, and more requests would not help.
    const [first] = batch;
    if (first === undefined) return;
    let rest = batch.slice(1);
    const probe = await exchange([first]);
    settle(first, probe);
    if (isRefusal(probe) || isSameError(probe, refusal)) {
      for (const one of rest) settle(one, refusal);
      return;
    }

    for (let size = Math.floor(refusedSize / 2); ; size = Math.max(1, Math.floor(size / 2))) {
      rest = rest.filter(({ isSettled }) => !isSettled);
      const part = rest.slice(0, size);
      if (part.length === 0) return learn(size);
      const reply = await exchange(part);
      if (part.length > 1 && refusesBatch(reply)) {
        rest = [...unanswered(part, reply), ...rest.slice(part.length)];
        size = Math.min(size, part.length);
        continue;
      }
      for (const one of part) settle(one, reply);
      rest = rest.slice(part.length);
      if (isRefusal(reply) || isSameError(reply, refusal)) {
        // Single requests now fail where one succeeded a moment ago: a rate limit, which does not change the learned
        // size.
        for (const one of rest) settle(one, reply);
        return;
      }
      if (reply.kind === 'response' && isSuccess(reply.response.status)) learn(size);
      return sendAll(rest);
    }
  }

  async function sendAll(deliveries: readonly D[]): Promise<void> {
    const size = limit();
    const batches: D[][] = [];
    for (let at = 0; at < deliveries.length; at += size) batches.push(deliveries.slice(at, at + size));
    await Promise.all(batches.map(deliver));
  }

  return { send: (deliveries) => void sendAll(deliveries) };
}

/** True if a response refuses the whole exchange: by its HTTP status, or by one error for all requests. */
function isRefusal(reply: Reply): boolean {
  if (reply.kind === 'failed') return false;
  const { status } = reply.response;
  if (status === CONTENT_TOO_LARGE || status === TOO_MANY_REQUESTS) return true;
  const outcomes = [...reply.outcomes.values()];
  const mayRefuse = REFUSALS.includes(status);
  if (mayRefuse && outcomes.every(({ kind }) => kind === 'silence')) return true;
  const isReadable = mayRefuse || isSuccess(status);
  return isReadable && outcomes.some((outcome) => outcome.kind === 'error' && outcome.scope === 'body');
}

/** True for an error of the whole exchange: geth sends "batch too large" under the id of the first request alone. */
const isOfBatch = ({ scope, error }: Extract<Outcome, { kind: 'error' }>): boolean =>
  scope === 'body' || /\bbatch|(request|response|body) (is )?too large/i.test(error.message);

/** True if a batch should be retried in parts. */
function refusesBatch(reply: Reply): boolean {
  if (reply.kind === 'failed') return reply.error instanceof BodyTooLargeError;
  // Items beyond a limit may be refused under `id: null`.
  const hasStray = () => silences(reply).some(({ unattributed }) => unattributed !== undefined);
  const hasOfBatch = () =>
    [...reply.outcomes.values()].some((outcome) => outcome.kind === 'error' && isOfBatch(outcome));
  return isRefusal(reply) || hasStray() || hasOfBatch();
}

const lacksItems = (reply: Reply): boolean =>
  reply.kind === 'response' &&
  isSuccess(reply.response.status) &&
  silences(reply).some(({ reason }) => reason === 'missing');

/** A rate limit returns the same text for one request as for many; a batch limit never applies to one request. */
function isSameError(one: Reply, other: Reply): boolean {
  const [a, b] = [firstError(one), firstError(other)];
  return a !== undefined && a.code === b?.code && a.message === b.message;
}

function firstError(reply: Reply): ErrorObject | undefined {
  if (reply.kind === 'failed') return undefined;
  const stray = silences(reply).find(({ unattributed }) => unattributed !== undefined)?.unattributed;
  const errors = [...reply.outcomes.values()].flatMap((outcome) => (outcome.kind === 'error' ? [outcome.error] : []));
  return stray ?? errors[0];
}

const silences = ({ outcomes }: Extract<Reply, { kind: 'response' }>): Silence[] =>
  [...outcomes.values()].filter((outcome) => outcome.kind === 'silence');

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

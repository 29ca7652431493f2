import { revertDataOf } from '../../protocol/call-failure.ts';
import type { ErrorObject } from '../../protocol/json-rpc.ts';
import { oneLine } from '../../protocol/failure-words.ts';
import { nodeWords, normalizeWords, rateLimitWords } from '../../protocol/node-words.ts';
import { PegwayError } from '../../protocol/errors.ts';

/** What HTTP added to a node's answer, where it was no plain success. */
export interface HttpFacts {
  /** Undefined for a success, and where no response came. */
  readonly status?: number | undefined;
  /** Of the `Retry-After` header. */
  readonly retryAfterSeconds?: number | undefined;
}

/** A node answered with a JSON-RPC error. */
export class RpcError extends PegwayError {
  override readonly name = 'RpcError';
  /** As the node sent it. */
  readonly error: ErrorObject;
  readonly rpcCode: number;
  /** Revert data, where the node sent any. */
  readonly data: `0x${string}` | undefined;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(endpoint: string, method: string, error: ErrorObject, { status, retryAfterSeconds }: HttpFacts = {}) {
    const words = oneLine(nodeWords(error)) || `error ${error.code}`;
    super(`${method} at ${endpoint}: ${words}${status === undefined ? '' : ` (HTTP ${status})`}`, { cause: error });
    this.error = error;
    this.rpcCode = error.code;
    this.data = revertDataOf(error.data);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** True if the node refused the request for its number, not for its content. */
export const isRateLimit = ({ error, status }: RpcError): boolean =>
  status === TOO_MANY_REQUESTS ||
  error.code === TOO_MANY_REQUESTS ||
  rateLimitWords.test(normalizeWords(nodeWords(error)));

export const TOO_MANY_REQUESTS = 429;

/** A node did not answer: nothing is known of the request. */
export class UnreachableError extends PegwayError {
  override readonly name = 'UnreachableError';
  readonly why: string;
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(endpoint: string, method: string, why: string, { status, retryAfterSeconds }: HttpFacts = {}) {
    super(`${method} at ${endpoint}: no answer (${why})`, { code: 'rpc-unreachable' });
    this.why = why;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

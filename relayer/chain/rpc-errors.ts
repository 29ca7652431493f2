import type { ErrorObject } from '../../protocol/json-rpc.ts';
import { oneLine } from '../../protocol/failure-words.ts';
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
    const words = oneLine(error.message) || `error ${error.code}`;
    super(`${method} at ${endpoint}: ${words}${status === undefined ? '' : ` (HTTP ${status})`}`, { cause: error });
    this.error = error;
    this.rpcCode = error.code;
    this.data = revertData(error.data);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A node did not answer: nothing is known of the request. */
export class UnreachableError extends PegwayError {
  override readonly name = 'UnreachableError';
  readonly status: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(endpoint: string, method: string, why: string, { status, retryAfterSeconds }: HttpFacts = {}) {
    super(`${method} at ${endpoint}: no answer (${why})`, { code: 'rpc-unreachable' });
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Nodes put revert data into `data`, as hex, or one level deeper. */
function revertData(data: unknown): `0x${string}` | undefined {
  if (typeof data === 'string' && data.startsWith('0x')) return data as `0x${string}`;
  if (typeof data === 'object' && data !== null && 'data' in data) return revertData(data.data);
  return undefined;
}

import { isCallFailure } from '../../protocol/call-failure.ts';
import { lowFundsWords, nodeWords, normalizeWords } from '../../protocol/node-words.ts';
import { RpcError, UnreachableError } from './rpc-errors.ts';

/** True if the node ran the call and it failed. Any other error reveals nothing about the call. */
export const isRefusal = (error: unknown): boolean => error instanceof RpcError && isCallFailure(error.error);

/** True if a node did not answer, or answered that it would not run the request, for example a rate limit. */
export const isNodeFailure = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof RpcError && !isRefusal(error));

/** True if the node does not serve the method, or not on this plan. */
export const isMethodMissing = (error: unknown): boolean =>
  error instanceof RpcError
    ? MISSING_CODES.includes(error.rpcCode) || missingWords.test(normalizeWords(nodeWords(error.error)))
    : error instanceof UnreachableError && error.status !== undefined && MISSING_STATUSES.includes(error.status);

/** JSON-RPC 2.0: method not found; Besu: method not enabled; EIP-1474: method not supported. */
const MISSING_CODES: readonly number[] = [-32_601, -32_604, -32_004];
const MISSING_STATUSES: readonly number[] = [403, 405, 501];
const missingWords =
  /method\b.*\b(not|disabled|unsupported|unavailable)|(unsupported|unknown|invalid) method|not (included|available|supported) (in|on|by|for) (your|this|the)/;

/** True if the account of a simulated transaction cannot pay for it. */
export const isLowFunds = (error: unknown): boolean =>
  error instanceof RpcError && !isRefusal(error) && lowFundsWords.test(normalizeWords(nodeWords(error.error)));

/** JSON-RPC's internal error: a fault of the node. */
const INTERNAL_ERROR = -32_603;

/**
 * An error without a reason. Besu returns it both for a call that burns its gas and for an internal fault; only a
 * further call can distinguish them.
 */
export const isUnexplained = (error: unknown): boolean =>
  error instanceof RpcError && error.rpcCode === INTERNAL_ERROR && !isRefusal(error);

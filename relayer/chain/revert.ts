import { isCallFailure } from '../../protocol/call-failure.ts';
import { RpcError, UnreachableError } from './rpc-errors.ts';

/** True if the node ran the call and it failed. Any other error reveals nothing about the call. */
export const isRefusal = (error: unknown): boolean => error instanceof RpcError && isCallFailure(error.error);

/** True if a node did not answer, or answered that it would not run the request, for example a rate limit. */
export const isNodeFailure = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof RpcError && !isRefusal(error));

/** JSON-RPC's internal error: a fault of the node. */
const INTERNAL_ERROR = -32_603;

/**
 * An error without a reason. Besu returns it both for a call that burns its gas and for an internal fault; only a
 * further call can distinguish them.
 */
export const isUnexplained = (error: unknown): boolean =>
  error instanceof RpcError && error.rpcCode === INTERNAL_ERROR && !isRefusal(error);

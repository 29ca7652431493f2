import { RpcError } from './rpc-errors.ts';

/** What clients say of a call that halted without a revert: Geth's words, and those that mean the same elsewhere. */
const halted = new RegExp(
  [
    ...[
      'revert',
      'out of ?gas|outofgas|gas uint64 overflow',
      'vm execution',
      'evm error',
      'invalid (opcode|jump|code)',
    ],
    ...['stack ((over|under)flow|limit reached)', 'return data out of bounds', 'write protection', 'max call depth'],
  ].join('|'),
  'i',
);

/** A node that ran a call and saw it fail, in its own words; any other error says nothing about what was called. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof RpcError && (error.rpcCode === 3 || error.data !== undefined || halted.test(error.message));

/** JSON-RPC's own code for a fault of the node. */
const INTERNAL_ERROR = -32_603;

/**
 * An error that gives no reason. Besu answers so for a call that burns its gas, and for a fault of its own: what it is, another
 * call must tell.
 */
export const isUnexplained = (error: unknown): boolean =>
  error instanceof RpcError && error.rpcCode === INTERNAL_ERROR && !isRefusal(error);

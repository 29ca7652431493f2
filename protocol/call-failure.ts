import type { ErrorObject } from './json-rpc.ts';

/** Client messages for a call that halted without a revert: Geth's, and the equivalents of other clients. */
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
    // Besu.
    'could not be completed due to an exception',
  ].join('|'),
  'i',
);

/** True if the node ran the call and it failed. Any other error reveals nothing about the call. */
export const isCallFailure = ({ code, message, data }: ErrorObject): boolean =>
  code === 3 || revertDataOf(data) !== undefined || halted.test(message);

/** Nodes put revert data into `data`, as hex, or one level deeper. */
export function revertDataOf(data: unknown): `0x${string}` | undefined {
  if (typeof data === 'string' && data.startsWith('0x')) return data as `0x${string}`;
  if (typeof data === 'object' && data !== null && 'data' in data) return revertDataOf(data.data);
  return undefined;
}

import type { ErrorObject } from './json-rpc.ts';
import { nodeWords, normalizeWords } from './node-words.ts';

const reverted = /\brevert(ed)?\b/;

/**
 * Halts of the EVM in the words of geth, Besu, Erigon, Nethermind, reth, Hardhat and anvil, after `normalizeWords`. Each
 * is a fault that only an execution has.
 */
const halted = new RegExp(
  [
    ...['out ?of ?gas', 'gas uint ?64 overflow', 'gas required exceeds', 'vm exec', '\\b(e?vm) (error|exception)'],
    ...['(invalid|bad|illegal|undefined|unknown) (\\w+ )?(op ?code|instruction|operation)', 'op ?code not'],
    ...['(invalid|bad) (jump|code)', 'stack (over|under) ?flow', 'stack limit', 'out of stack', 'out of offset'],
    ...['return ?data .*out of bounds', 'invalid return data', 'write protection', 'access violation'],
    ...[
      'static ?call',
      'illegal state change',
      'max call depth',
      'call (depth|too deep)',
      'precompile\\w* .*(error|fail)',
    ],
    ...[
      'contract address collision',
      '(create|transaction) collision',
      'code (is )?(too large|invalid)',
      'init ?code size',
    ],
    ...['due to an exception', 'execution (halted|failed)'],
  ].join('|'),
);

/** Faults of the node, under words such as "VM execution error" or "EVM error". */
const notExecuted =
  /time(d|s)? ?out|aborted|cancell?ed|deadline|pruned|trie|database|(block|header|state|method|account|history) .*not (found|available)/;

/** Geth's code for a revert. */
const REVERTED = 3;
/** The code of Parity's clients, and of Nethermind, for a failed execution. */
const EXECUTION_FAILED = -32_015;

/** True if the node ran the call and it failed. Any other error reveals nothing about the call. */
export function isCallFailure(error: ErrorObject): boolean {
  if (error.code === REVERTED || revertDataOf(error.data) !== undefined) return true;
  const words = normalizeWords(nodeWords(error));
  return reverted.test(words) || ((error.code === EXECUTION_FAILED || halted.test(words)) && !notExecuted.test(words));
}

/** Nodes put revert data into `data`, as hex, behind a word (`Reverted 0x…`), or within another error. */
export function revertDataOf(data: unknown): `0x${string}` | undefined {
  if (typeof data === 'string') return /^(?:revert\w* )?(0x[0-9a-f]*)$/i.exec(data)?.[1] as `0x${string}` | undefined;
  if (typeof data !== 'object' || data === null) return undefined;
  const { data: inner, originalError, error } = data as Readonly<Record<string, unknown>>;
  return revertDataOf(inner ?? originalError ?? error);
}

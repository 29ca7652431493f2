import type { ChaosChains } from './net.ts';

/** Pegway with one safety rule disabled, in a copy of the sources; and the fault that must expose it. */
export interface Mutant {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly faults: readonly string[];
  /** Client of both chains; default anvil. */
  readonly chains?: ChaosChains;
  readonly transfers: number;
}

/** `find` occurs exactly once in the file. */
export interface Change {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** Disables the reconciler, which would otherwise repair withheld lanes within seconds. */
const noSweep: Change = {
  file: 'relayer/pipeline/ledger-consistency.ts',
  find: '  isConsistent(bridges, contentOf(ledger), heads);',
  put: '  Promise.resolve(bridges !== undefined && ledger !== undefined && heads !== undefined);',
};

/** Disables the search for events that are missing between two others. */
const noGapCheck: readonly Change[] = [
  {
    file: 'relayer/pipeline/verify-transfer.ts',
    find: 'missing.length === 0 ? [] : await context.find(missing)',
    put: '[]',
  },
  { file: 'relayer/pipeline/verify-transfer.ts', find: 'next.nonce !== ledger.nextNonce', put: 'false' },
];

/*
 * Rules without a mutant, since another line of defence hides their absence: the signing history (a second content
 * requires broken finality or proofs), the lease between two processes of a signer (covered by nonces and bitmap, and
 * by test/e2e/standby.test.ts), and the contracts' checks of signatures and amounts (test/contracts).
 */
export const mutants: readonly Mutant[] = [
  {
    name: 'events are believed without proof',
    changes: [
      {
        file: 'relayer/chain/logs.ts',
        find: 'return { header, logs: prover.finish(headerOf?.(header) ?? header), placeOf: prover.placeOf };',
        put: `return { header, logs: (await request<readonly RpcReceipt[]>('eth_getBlockReceipts', [block.expectedHash])).flatMap(({ logs }) => logs as readonly RpcLog[]), placeOf: prover.placeOf };`,
      },
    ],
    faults: ['a node forges receipts'],
    transfers: 80,
  },
  {
    name: 'the newest block is taken for final',
    changes: [
      {
        file: 'relayer/chain/finality.ts',
        find: `['eth_getBlockByNumber', ['finalized', false]]`,
        put: `['eth_getBlockByNumber', ['latest', false]]`,
      },
    ],
    faults: ['reorganisation up to the final block'],
    chains: 'geth',
    transfers: 80,
  },
  {
    name: 'a gap in the nonces is skipped',
    changes: [...noGapCheck, noSweep],
    faults: ['all nodes of some signers withhold events'],
    transfers: 120,
  },
  {
    name: 'a bloom is believed of one node',
    changes: [
      {
        file: 'relayer/chain/finality.ts',
        find: '`${hash} ${parentHash} ${timestamp} ${logsBloom}`',
        put: '(void parentHash, void timestamp, void logsBloom, hash)',
      },
      // The next event of the lane would repair it within a block.
      ...noGapCheck,
      noSweep,
    ],
    faults: ['a node withholds events'],
    transfers: 600,
  },
  {
    name: 'a start forgets what was open',
    changes: [
      {
        file: 'relayer/pipeline/recover-lane.ts',
        find: 'ledger.reset(end, transfers, new Set(parked), now(), early);',
        put: 'ledger.reset(end, [], new Set(parked), now(), early);',
      },
    ],
    faults: ['kill -9, data folder deleted'],
    transfers: 300,
  },
  {
    name: 'the bridges execute what they have executed',
    changes: [
      {
        file: 'contracts/libraries/Bitmap.sol',
        find: 'mask = ~done & (type(uint256).max >> (256 - count));',
        put: 'mask = (done | ~done) & (type(uint256).max >> (256 - count));',
      },
    ],
    faults: ['peers cut off'],
    transfers: 80,
  },
  {
    name: 'approvals of another signer epoch count',
    changes: [
      {
        file: 'contracts/Bridge.sol',
        find: '                        epoch,\n',
        put: '                        epoch == 0 ? 0 : 1,\n',
      },
      {
        file: 'contracts/libraries/Signers.sol',
        find: 'return keccak256(abi.encode(epoch, digest));',
        put: 'return keccak256(abi.encode(epoch == 0 ? 0 : 1, digest));',
      },
      {
        file: 'protocol/attestation.ts',
        find: '      a.signerEpoch,\n',
        put: '      1n,\n',
      },
    ],
    faults: ['signers change in mid-flight'],
    transfers: 80,
  },
  {
    name: 'the audit finds nothing',
    changes: [
      {
        file: 'relayer/audit/audit-scheduler.ts',
        find: 'if (errors.length > 0) return state.broken(peg, errors);',
        put: 'if (errors.length > 0) return state.clean(peg);',
      },
    ],
    faults: ['four signers mint without a deposit'],
    transfers: 40,
  },
  {
    // The bitmap still prevents double execution: the symptom is the gas that other signers waste.
    name: 'nobody waits for its turn, nor for the one who moves it',
    changes: [
      {
        file: 'protocol/turns.ts',
        find: 'return options.readySeconds >= place * options.turnSeconds;',
        put: 'return place >= 0;',
      },
      {
        file: 'relayer/pipeline/backoff.ts',
        find: 'if (entry === undefined || entry.yieldedTo.has(peer)) continue;',
        put: 'if (entry !== undefined || peer >= 0) continue;',
      },
    ],
    faults: ['nodes slow'],
    transfers: 120,
  },
];

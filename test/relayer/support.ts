import { type Address, type Hex, getAddress, numberToHex } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';

import type { Anchor } from '../../protocol/anchors/statement.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import type { Lane, Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { createGate } from '../../relayer/pipeline/signing-gate.ts';
import type { Ledger } from '../../relayer/state/ledger.ts';
import type { Pair } from '../../relayer/state/statement.ts';

const addressOf = (byte: string) => getAddress(`0x${byte.repeat(20)}`);

export const productToken = addressOf('a1');
export const mainToken = addressOf('b2');
export const bridges = [addressOf('c3'), addressOf('d4')] as const;
export const holder = addressOf('e5');
export const lane: Lane = { direction: 'mint', productToken };

/** 2 product base units for each main base unit. */
export const peg: Peg = {
  mainToken,
  productToken,
  numerator: 2n,
  denominator: 1n,
  minimum: 1n,
  gasCap: 100_000,
  retired: false,
  capacity: 2n ** 128n - 1n,
  refillPerSecond: 0n,
  available: 2n ** 128n - 1n,
};

export const transferOf = (nonce: bigint, changes: Partial<Transfer> = {}): Transfer => ({
  lane,
  nonce,
  sender: holder,
  recipient: holder,
  sourceAmount: 5n,
  amount: 10n,
  previousBlock: 0n,
  blockNumber: 100n + nonce,
  blockHash: `0x${(100n + nonce).toString(16).padStart(64, '0')}`,
  transactionHash: `0x${'00'.repeat(32)}`,
  ...changes,
});

/** A proven log, for events of which only the decoded fields matter. */
export const logOf = (blockNumber = 1n, logIndex = 0): RpcLog => ({
  address: bridges[0],
  topics: [`0x${'00'.repeat(32)}`],
  data: '0x',
  blockNumber: numberToHex(blockNumber),
  blockHash: `0x${'22'.repeat(32)}`,
  transactionHash: `0x${'33'.repeat(32)}`,
  logIndex: numberToHex(logIndex),
});

/** Six signers, by their index. */
export const keys = Array.from({ length: 6 }, (_, index) => {
  const privateKey = `0x${(index + 1).toString(16).padStart(64, '0')}` as const;
  return {
    address: privateKeyToAccount(privateKey).address,
    async sign(hash: `0x${string}`) {
      const { r, s, yParity } = await sign({ hash, privateKey });
      return compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 });
    },
  };
});

/** A key that signs nothing of worth, and how often it was asked. */
export function countedSigner() {
  let asked = 0;
  const signer = {
    address: bridges[0],
    sign: () => {
      asked++;
      return Promise.resolve({ r: '0x01', s: '0x02', yParity: 0 } as const);
    },
  };
  return { signer, asked: () => asked };
}

export const pair: Pair = {
  main: { chainId: 1, bridge: bridges[0] },
  product: { chainId: 2, bridge: bridges[1] },
};

/** Deadline of the bounce statements in tests. */
export const deadline = 1_800_000_000n;

const rewardsRoot: Hex = `0x${'33'.repeat(32)}`;

/** A hash for tests. */
export const hashOf = (value: number): Hex => `0x${value.toString(16).padStart(64, '0')}`;

/** A signing gate over a view that a test changes; open for `address` and the transfers of the ledger. */
export function openGate(ledger: Ledger, address: Address) {
  const view = {
    ledger: ledger as Ledger | undefined,
    signers: [address] as readonly Address[],
    signerEpoch: 1n,
    paused: false,
    superseded: false,
    reversed: false,
    audit: undefined as Reason | undefined,
    /** The only computed period. */
    rewards: { token: address, period: 3n, root: rewardsRoot, total: 90n },
    /** The only computed history, up to block 7. */
    history: { blockHash: hashOf(7), historyRoot: hashOf(8) } as Pick<Anchor, 'blockHash' | 'historyRoot'> | Reason,
  };
  const gate = createGate({
    address,
    authority: () => view,
    ledger: () => view.ledger,
    isPaused: () => view.paused,
    isSuperseded: () => view.superseded,
    isFinalityReversed: () => view.reversed,
    auditObstacle: () => view.audit,
    rewards: (token, period) =>
      token === view.rewards.token && period === view.rewards.period ? view.rewards : undefined,
    history: (number) => (number === 7n ? view.history : 'not-final'),
  });
  return { view, gate };
}

export type View = ReturnType<typeof openGate>['view'];

/** Everything that can close the gate while a statement is being signed, and the reason that it then gives. */
export const closings: readonly (readonly [string, Reason, (view: View) => void])[] = [
  ['a pause', 'paused', (view) => void (view.paused = true)],
  ['a broken audit', 'audit-broken', (view) => void (view.audit = 'audit-broken')],
  ['a peg that was never audited', 'audit-pending', (view) => void (view.audit = 'audit-pending')],
  ['a finality reversal', 'finality-reversed', (view) => void (view.reversed = true)],
  ['a lost lease', 'standby', (view) => void (view.superseded = true)],
  ['a new signer epoch', 'wrong-bridge', (view) => void (view.signerEpoch += 1n)],
  ['the end of this signer’s membership', 'not-a-signer', (view) => void (view.signers = [])],
  ['a second content of the lane', 'second-content', (view) => void (view.ledger!.stopped = 'second-content')],
  ['an execution by others', 'already-executed', (view) => void view.ledger!.settle(0n)],
  [
    'a rejection',
    'peg-mismatch',
    (view) => {
      for (const entry of view.ledger!.entries()) entry.rejected = 'peg-mismatch';
    },
  ],
  [
    'the same transfer in another block',
    'digest-mismatch',
    (view) => view.ledger!.reset(1n, [transferOf(0n, { blockHash: `0x${'99'.repeat(32)}` })], new Set(), 0),
  ],
];

/** A key that is as slow as an HSM: it signs nothing before `finish`, and everything from then on. */
export function slowSigner(address: Address) {
  const finished = Promise.withResolvers<{ r: Hex; s: Hex; yParity: 0 }>();
  let asked = 0;
  const sign = () => {
    asked++;
    return finished.promise;
  };
  const finish = () => finished.resolve({ r: '0x01', s: '0x02', yParity: 0 });
  return { signer: { address, sign }, asked: () => asked, finish };
}

/** A signing history in memory that holds no other content. */
export const emptyHistory = { record: () => undefined };

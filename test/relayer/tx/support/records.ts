// Records of transactions and views of a chain, for tests of single decisions: defaults that a test overrides.
import type { Action, ChainView } from '../../../../relayer/tx/decide.ts';
import type { BlockId, Fees, TransactionRecord, Version } from '../../../../relayer/tx/records.ts';
import { address, gwei } from './world.ts';

export const block: BlockId = { number: 9n, hash: '0x09' };

export const fees = (maxFee: bigint, tip = gwei): Fees => ({
  legacy: false,
  maxFeePerGas: maxFee,
  maxPriorityFeePerGas: tip,
});

export const version = (given: Partial<Version> = {}): Version => ({
  hash: '0xaa',
  raw: '0x02',
  fees: fees(20n * gwei),
  gas: 100_000n,
  block: 10n,
  answer: 'accepted',
  ...given,
});

export const record = (given: Partial<TransactionRecord> = {}): TransactionRecord => ({
  key: 'mint:7',
  to: address,
  data: '0x',
  gas: 100_000n,
  note: {},
  chain: 'main',
  account: address,
  nonce: 5,
  status: 'pending',
  filler: false,
  versions: [version()],
  held: null,
  mined: null,
  sent: { block: 10n, at: 0 },
  ...given,
});

export const view = (
  given: Partial<ChainView> & { readonly at?: bigint; readonly baseFee?: bigint | null } = {},
): ChainView => {
  const { at = 11n, baseFee = 10n * gwei, ...rest } = given;
  return {
    head: { number: at, timestamp: at, baseFeePerGas: baseFee },
    count: 5,
    movedAt: 10n,
    highestNonce: 5,
    included: new Map(),
    tip: gwei,
    balance: null,
    policy: { maxFeePerGas: 100n * gwei, bumpAfterBlocks: 3 },
    finalityBlocks: 8,
    repeatAfterMs: 15_000,
    ...rest,
  };
};

/** The fees that a decision offers. */
export const feesOf = (actions: readonly Action[]): Fees | undefined =>
  actions.flatMap((action) => ('fees' in action ? [action.fees] : []))[0];

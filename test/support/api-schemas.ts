import { z } from 'zod';

import { periods } from '../../protocol/activity.ts';
import type {
  AnalyticsView,
  AnchorHistoryView,
  AnchorProofView,
  AnchorsView,
  BridgesView,
  GovernanceHistoryView,
  PegHistoryView,
  PegView,
  RewardsView,
  SigningView,
  StatusView,
  TransferView,
  TransfersView,
  Wire,
} from '../../protocol/api-types.ts';
import { type EventsView, eventKinds } from '../../protocol/events.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';

/*
 * Responses of the public port, as strict schemas: a surplus or missing field fails. The compiler checks each against
 * its view's type, and tests against running relayers and docs/api.md.
 */

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/) as unknown as z.ZodType<`0x${string}`>;
const hash = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<`0x${string}`>;
const decimal = z.string().regex(/^-?\d+$/);
const direction = z.enum(['mint', 'withdraw']);
const reason = z.enum(Object.keys(reasons) as [Reason, ...Reason[]]);

export const transfer = z.strictObject({
  direction,
  productToken: address,
  nonce: decimal,
  status: z.enum(['open', 'executed', 'parked', 'bounced']),
  reason: reason.optional(),
  signed: z.boolean(),
  readySeconds: z.number().optional(),
  sender: address,
  recipient: address,
  sourceAmount: decimal,
  amount: decimal,
  blockNumber: decimal,
  departedAt: decimal.optional(),
  transactionHash: hash,
  executedTransaction: hash.optional(),
  executedBlock: decimal.optional(),
  executedAt: decimal.optional(),
  signers: z.array(z.int()).optional(),
});

export const transfers = z.strictObject({
  complete: z.boolean(),
  fromNonce: z.record(z.string().regex(/^(mint|withdraw)-0x[0-9a-fA-F]{40}$/), decimal),
  transfers: z.array(transfer),
  cursor: z.string().optional(),
});

const limit = z.strictObject({ capacity: decimal, refillPerSecond: decimal }).nullable();

export const pegs = z.array(
  z.strictObject({
    mainToken: address,
    productToken: address,
    numerator: decimal,
    denominator: decimal,
    retired: z.boolean(),
    minimumDeposit: decimal.optional(),
    minimumRedeem: decimal,
    withdrawLimit: limit.optional(),
    mintLimit: limit,
    locked: decimal.optional(),
    supply: decimal.optional(),
  }),
);

export const pegHistory = z.strictObject({
  productToken: address,
  resolution: z.enum(['minute', 'hour', 'day']),
  complete: z.boolean(),
  points: z.array(z.strictObject({ at: decimal, locked: decimal, supply: decimal })),
});

const side = z.strictObject({
  chainId: z.int(),
  bridge: address,
  role: z.enum(['signer', 'observer']),
  index: z.int(),
  signers: z.array(address),
  threshold: z.int(),
  signerEpoch: decimal,
  pausedUntil: decimal,
  scannedBlock: decimal.optional(),
  scannedAt: decimal.optional(),
  balance: decimal.optional(),
  finality: z.union([z.literal('finalized'), z.strictObject({ depth: z.int() })]),
  trust: z.strictObject({
    nodes: z.int(),
    quorum: z.int(),
    proof: z.enum(['receipts', 'witnesses', 'none']),
    trustsOneNode: z.boolean(),
    slowNodes: z.array(z.string()),
  }),
});

export const status = z.strictObject({
  version: z.string(),
  address,
  payer: address,
  bridges: z.strictObject({ main: side, product: side }),
  signers: z.array(
    z.strictObject({ address, lastSignatureAt: decimal.optional(), lastAnswerSeconds: z.number().optional() }),
  ),
  margin: z.strictObject({ mint: z.int().optional(), withdraw: z.int().optional() }),
  lanes: z.array(
    z.strictObject({
      direction,
      productToken: address,
      nextNonce: decimal,
      open: z.int(),
      parked: z.int(),
      oldestSeconds: z.number().optional(),
      reason: reason.optional(),
    }),
  ),
  nextLanes: z.int().optional(),
  stopped: z.array(direction),
  problems: z.array(z.strictObject({ part: z.string(), code: z.string(), message: z.string() })),
});

export const rewards = z.strictObject({
  version: z.int(),
  rewards: address,
  tokens: z.array(
    z.strictObject({
      token: address,
      period: decimal,
      endsAt: decimal,
      distributed: decimal,
      carried: decimal,
      total: decimal,
      root: hash,
      shares: z.array(z.strictObject({ account: address, earned: decimal })),
    }),
  ),
});

const figures = {
  ...{ direction, productToken: address, departed: z.int(), volume: decimal, fees: decimal, arrived: z.int() },
  ...{ p50: z.int().optional(), p95: z.int().optional(), gas: decimal, priced: z.int() },
};

export const analytics = z.strictObject({
  period: z.enum(periods),
  from: decimal,
  to: decimal,
  until: decimal,
  complete: z.boolean(),
  totals: z.array(z.strictObject(figures)),
  periods: z.array(z.strictObject({ at: decimal, ...figures })),
});

const moment = z.strictObject({ at: decimal, block: decimal, transactionHash: hash });

export const governanceHistory = z.strictObject({
  complete: z.boolean(),
  proposals: z.array(
    z.strictObject({
      ...{ chain: z.enum(['main', 'product']), nonce: decimal, executableAt: decimal },
      ...{ accepted: moment, executed: moment.optional() },
    }),
  ),
});

export const signing = z.strictObject({
  since: decimal,
  complete: z.boolean(),
  batches: z.int(),
  signers: z.array(
    z.strictObject({
      address,
      batches: z.int(),
      lastSignatureAt: decimal.optional(),
      latencySeconds: z.number().optional(),
    }),
  ),
});

const anchor = { number: decimal, attestedAt: decimal, blockHash: hash, historyRoot: hash };

export const anchors = z.strictObject({
  anchors: address,
  sourceChainId: z.int(),
  firstBlock: decimal,
  latest: z.strictObject({ ...anchor, signerEpoch: decimal }).optional(),
  correcting: z.boolean(),
  readTo: decimal,
});

export const anchorHistory = z.strictObject({
  number: decimal,
  ...{ blockHash: hash, historyRoot: hash, tailRoot: hash },
  peaks: z.array(hash),
});

export const anchorProof = z.strictObject({
  anchor: z.strictObject(anchor),
  height: decimal,
  blockHash: hash,
  proof: z.strictObject({ siblings: z.array(hash), peaks: z.array(hash), tailRoot: hash }),
});

const summarySide = z.strictObject({ chainId: z.int(), bridge: address, scannedBlock: decimal.optional() });

export const bridges = z.strictObject({
  version: z.string(),
  bridges: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      state: z.enum(['starting', 'open', 'failed']),
      address: address.optional(),
      bridges: z.strictObject({ main: summarySide, product: summarySide }),
      margin: z.strictObject({ mint: z.number().optional(), withdraw: z.number().optional() }),
      open: z.int(),
      parked: z.int(),
      oldestSeconds: z.number().optional(),
      stopped: z.array(direction),
      problems: z.array(z.string()),
      process: z.string().optional(),
    }),
  ),
});

export const events = z.strictObject({
  events: z.array(
    z.strictObject({
      id: z.string().regex(/^\d+-\d+-\d+-\d+$/),
      kind: z.enum(eventKinds),
      side: z.enum(['main', 'product']),
      chainId: z.int(),
      contract: address,
      bridge: address,
      block: decimal,
      log: z.int(),
      item: z.int(),
      blockHash: hash,
      timestamp: decimal,
      transactionHash: hash,
      name: z.string(),
      args: z.record(z.string(), z.unknown()),
      direction: direction.optional(),
      productToken: address.optional(),
      nonce: decimal.optional(),
      signers: z.array(z.int()).optional(),
      cursor: z.string(),
    }),
  ),
  cursor: z.string(),
  more: z.boolean(),
});

export const attestation = z.strictObject({
  signer: address,
  digest: hash,
  signature: z.string().regex(/^0x[0-9a-f]{128}$/),
});

/** Every response outside 2xx. */
export const refusal = z.strictObject({
  reason: z.union([reason, z.literal('internal')]),
  message: z.string().optional(),
  ready: z.int().optional(),
});

/** Compile-time check that a schema and a view are mutually assignable. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** `Wire` uses undefined where JSON omits the field. */
type Loose<T> = T extends readonly (infer U)[]
  ? readonly Loose<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Loose<T[K]> }
    : T;
type Required_<T> = T extends readonly (infer U)[]
  ? readonly Required_<U>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Required_<Exclude<T[K], undefined>> }
    : T;
const same = <A, B>(proof: Same<Required_<A>, Required_<Loose<B>>>): boolean => proof;
same<z.output<typeof transfer>, Wire<TransferView>>(true);
same<z.output<typeof transfers>, Wire<TransfersView>>(true);
same<z.output<typeof pegs>, Wire<readonly PegView[]>>(true);
same<z.output<typeof pegHistory>, Wire<PegHistoryView>>(true);
same<z.output<typeof rewards>, Wire<RewardsView>>(true);
same<z.output<typeof events>, Wire<EventsView>>(true);
same<z.output<typeof bridges>, Wire<BridgesView>>(true);
same<z.output<typeof anchors>, Wire<AnchorsView>>(true);
same<z.output<typeof anchorHistory>, Wire<AnchorHistoryView>>(true);
same<z.output<typeof anchorProof>, Wire<AnchorProofView>>(true);
same<z.output<typeof analytics>, Wire<AnalyticsView>>(true);
same<z.output<typeof signing>, Wire<SigningView>>(true);
same<z.output<typeof governanceHistory>, Wire<GovernanceHistoryView>>(true);
same<z.output<typeof status>, Wire<StatusView>>(true);

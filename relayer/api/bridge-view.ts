import type { Address, Hex } from 'viem';

import type { Head } from '../chain/finality.ts';
import type { Config } from '../config.ts';
import type { PegHistoryQuery, PublicView, TransfersQuery } from '../peers/routes.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Entry, Ledger } from '../state/ledger.ts';
import { lanesPage } from './lanes-page.ts';
import type { Problems } from '../monitoring/problems.ts';
import { waitingFor } from '../state/wait-reason.ts';
import type { History, HistoryItem, Page } from '../store/history.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { eventsOf } from '../../protocol/events.ts';
import { type Direction, type Lane, type Side, laneKey, sides } from '../../protocol/lane.ts';
import { type Peg, isLimited } from '../../protocol/peg.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type {
  PegHistoryView,
  PegView,
  SideView,
  SignerView,
  StatusView,
  TransferView,
  TransfersView,
} from '../../protocol/api-types.ts';

export interface ViewOptions {
  readonly version: string;
  readonly address: Address;
  readonly payer: Address;
  readonly config: Config;
  readonly bridges: BridgePair;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly watches: Readonly<Record<Side, { readonly head: Head | undefined }>>;
  readonly history: History;
  readonly historyIndexer: { isComplete(): boolean; lastSignatureAt(signer: Address): bigint | undefined };
  /** Time of a signer's last answer, in monotonic seconds. */
  readonly lastAnswer: (signer: Address) => number | undefined;
  /** Mean time of a signer's answers, in seconds. */
  readonly latency: (signer: Address) => number | undefined;
  /** Number of signers in sync, minus the threshold. */
  readonly margin: (direction: Direction) => number | undefined;
  /** Balance of the paying account, in wei. */
  readonly balance: (side: Side) => bigint | undefined;
  /** Nodes of a chain that are slow, by name. */
  readonly slowNodes: (side: Side) => readonly string[];
  readonly hasSigned: (lane: Lane, nonce: bigint) => boolean;
  readonly problems: Pick<Problems, 'list'>;
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly now: () => number;
}

/** Builds the responses of the public port from this relayer's state, without a request to a node. */
export function publicView(options: ViewOptions): Omit<PublicView, 'attest'> {
  const { bridges, ledgers, history, historyIndexer } = options;

  const ledgerOf = (lane: Lane) => ledgers.get(laneKey(lane));

  /** The transfers that were executed with the signatures of one batch. */
  const itemsOf = (batch: Hex): HistoryItem[] =>
    sides
      .flatMap((side) =>
        history.events
          .executions(side, batch)
          .flatMap((found) => eventsOf({ side, chainId: bridges.pair[side].chainId, ...found })),
      )
      .flatMap(({ direction, productToken, nonce }) => {
        if (direction === undefined || productToken === undefined || nonce === undefined) return [];
        return history.get({ direction, productToken }, nonce) ?? [];
      });

  const page = (items: readonly HistoryItem[], last: HistoryItem | undefined): TransfersView => ({
    complete: historyIndexer.isComplete(),
    fromNonce: Object.fromEntries(
      [...ledgers.values()].map(({ lane, nextNonce }) => [laneKey(lane), history.completeFrom(lane, nextNonce)]),
    ),
    transfers: items.map((item) => transferView(item, ledgerOf(item.transfer.lane)?.get(item.transfer.nonce), options)),
    cursor: last === undefined ? undefined : cursorOf(last),
  });

  return {
    status: (query): StatusView => ({
      version: options.version,
      address: options.address,
      payer: options.payer,
      bridges: { main: sideView('main', options), product: sideView('product', options) },
      signers: signersOf(bridges).map((signer) => signerView(signer, options)),
      margin: { mint: options.margin('mint'), withdraw: options.margin('withdraw') },
      ...lanesPage([...ledgers.values()], query, options),
      problems: shortened(options.problems.list()),
    }),

    pegs: (): PegView[] =>
      [...bridges.state('product').pegs.values()].map((product) => {
        const main = bridges.state('main').pegs.get(product.productToken);
        return pegView(product, main, history.totals.now(product.productToken));
      }),

    pegHistory(productToken, { resolution, limit }: PegHistoryQuery): PegHistoryView | undefined {
      if (!bridges.state('product').pegs.has(productToken)) return undefined;
      const points = history.totals.points(productToken, resolution, limit);
      return { productToken, resolution, complete: historyIndexer.isComplete(), points };
    },

    transfers(query: TransfersQuery): TransfersView {
      const { account, productToken, direction, status, batch, limit, cursor: before } = query;
      if (batch !== undefined) return page(itemsOf(batch), undefined);
      // One item more than requested shows whether another page exists.
      const items = history.list({ account, productToken, direction, status, limit: limit + 1, before });
      return page(items.slice(0, limit), items.length > limit ? items[limit - 1] : undefined);
    },

    transfer({ direction, productToken, nonce }): TransferView | Reason {
      const lane = { direction, productToken };
      const ledger = ledgerOf(lane);
      const entry = ledger?.get(nonce);
      const item = history.get(lane, nonce);
      if (item !== undefined) return transferView(item, entry, options);
      if (entry !== undefined) return transferView(justFound(entry), entry, options);
      // Executed before this relayer's start, and not backfilled yet.
      return ledger !== undefined && nonce < ledger.nextNonce ? 'already-executed' : 'unknown-nonce';
    },
  };
}

/** Enough to name what is wrong. Other relayers read a bounded answer, so a fault of each of many pegs must not exceed it. */
const MAX_PROBLEMS = 64;
const MAX_MESSAGE_LENGTH = 1_000;

const shortened = (problems: StatusView['problems']): StatusView['problems'] =>
  problems
    .slice(0, MAX_PROBLEMS)
    .map(({ message, ...problem }) => ({ ...problem, message: publicMessage(problem.code, message) }));

/** SECURITY: what is wrong with a configuration file quotes it, and the URL of a node may hold an API key in its path. */
const publicMessage = (code: string, message: string): string =>
  code === 'reload-refused'
    ? 'the configuration file is not in effect: the log and /health/ready name the reason'
    : message.slice(0, MAX_MESSAGE_LENGTH);

/** Signers of both bridges, in the order of the main bridge's list. */
export const signersOf = (bridges: BridgePair): Address[] => [
  ...new Set([...bridges.state('main').signers, ...bridges.state('product').signers]),
];

const cursorOf = ({ departedAt, id }: HistoryItem): string => {
  const page: Page = { at: departedAt, id };
  return `${page.at}-${page.id}`;
};

/** A transfer that is proven but not in the history yet. */
const justFound = ({ transfer, parked }: Entry): Remembered => ({ transfer, status: parked ? 'parked' : 'open' });

type Remembered = Pick<HistoryItem, 'status' | 'transfer'> & Partial<HistoryItem>;

function transferView(item: Remembered, entry: Entry | undefined, options: ViewOptions): TransferView {
  const { lane, nonce, sender, recipient, sourceAmount, amount, blockNumber, transactionHash } = item.transfer;
  return {
    ...lane,
    nonce,
    status: entry === undefined ? item.status : entry.parked ? 'parked' : 'open',
    reason: entry === undefined ? undefined : waitingFor(entry, options.obstacle(lane)),
    signed: options.hasSigned(lane, nonce),
    readySeconds: entry === undefined ? undefined : Math.round(options.now() - entry.readyAt),
    sender,
    recipient,
    sourceAmount,
    amount,
    blockNumber,
    departedAt: item.departedAt,
    transactionHash,
    executedTransaction: item.executedTransaction,
    executedBlock: item.executedBlock,
    executedAt: item.executedAt,
    signers: item.signerMask === undefined ? undefined : indicesOf(item.signerMask),
  };
}

function sideView(side: Side, { bridges, config, address, watches, balance, slowNodes }: ViewOptions): SideView {
  const { signers, threshold, signerEpoch, pausedUntil } = bridges.state(side);
  const { rpcUrls, rpcQuorum, proof, finality } = config[side];
  return {
    ...bridges.pair[side],
    role: signers.includes(address) ? 'signer' : 'observer',
    index: signers.indexOf(address),
    signers,
    threshold,
    signerEpoch,
    pausedUntil,
    scannedBlock: watches[side].head?.number,
    scannedAt: watches[side].head?.timestamp,
    balance: balance(side),
    finality,
    trust: {
      nodes: rpcUrls.length,
      quorum: rpcQuorum,
      proof: rpcQuorum === 1 ? 'none' : proof,
      trustsOneNode: rpcQuorum === 1,
      slowNodes: slowNodes(side),
    },
  };
}

function signerView(address: Address, { historyIndexer, lastAnswer, now }: ViewOptions): SignerView {
  const answered = lastAnswer(address);
  return {
    address,
    lastSignatureAt: historyIndexer.lastSignatureAt(address),
    lastAnswerSeconds: answered === undefined ? undefined : Math.round(now() - answered),
  };
}

function pegView(
  product: Peg,
  main: Peg | undefined,
  totals: { readonly locked: bigint; readonly supply: bigint } | undefined,
): PegView {
  const { mainToken, productToken, numerator, denominator } = product;
  const limit = (peg: Peg) =>
    isLimited(peg) ? { capacity: peg.capacity, refillPerSecond: peg.refillPerSecond } : null;
  return {
    mainToken,
    productToken,
    numerator,
    denominator,
    retired: main?.retired ?? false,
    minimumDeposit: main?.minimum,
    minimumRedeem: product.minimum,
    withdrawLimit: main === undefined ? undefined : limit(main),
    mintLimit: limit(product),
    locked: totals?.locked,
    supply: totals?.supply,
  };
}

import {
  type Address,
  type Hash,
  type Hex,
  decodeEventLog,
  getAddress,
  isAddressEqual,
  padHex,
  toEventSelector,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { RpcHeader } from '../../protocol/proof/header.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { type ProvenTransaction, proveTransactions } from '../../protocol/proof/transactions.ts';
import type { RewardFact } from '../../protocol/rewards.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import { headerAt } from '../chain/finality.ts';
import { hintedBlocks, provenReceipts, witnessedLogs } from '../chain/logs.ts';
import type { Request } from '../chain/quorum-read.ts';
import type { PlacedFact } from '../store/rewards-store.ts';

const selectorOf = (name: string): Hash => {
  const item = [...mainBridgeAbi, ...productBridgeAbi].find((one) => one.type === 'event' && one.name === name);
  if (item?.type !== 'event') throw new RangeError(`no event ${name}`);
  return toEventSelector(item);
};

/** Events of both sides from which rewards are computed; `FeesCollected` exists on the main side alone. */
const COMMON = ['SignersChanged', 'TransfersExecuted', 'TransferReleased', 'TransferBounced', 'FeesCollected'].map(
  selectorOf,
);
const REDEEM = selectorOf('ProductTokenRedeem');

/** Proven logs of one block, with what no log contains. */
interface BlockFacts {
  readonly logs: readonly RpcLog[];
  /** In seconds. */
  readonly timestamp: bigint;
  readonly senderOf: (transaction: Hash) => Promise<Address>;
}

/**
 * Reads what rewards are computed from in a range of final blocks, both ends included. Proven as the chain's configuration
 * demands: with `receipts`, timestamp, logs and senders follow from the block hash on which the quorum agrees; with
 * `witnesses` the quorum agrees on each.
 */
export async function readFacts(
  chain: ChainClient,
  range: { readonly from: bigint; readonly to: bigint },
): Promise<PlacedFact[]> {
  const { source, side, address } = chain;
  const filters = [[COMMON], ...(side === 'product' ? [[REDEEM, null, null, padHex(address, { size: 32 })]] : [])];
  // With a quorum of 1 the hash is one node's claim, so a proof against it shows nothing.
  const isProven = source.proof === 'receipts' && chain.nodes.quorum > 1;
  const blocks = isProven
    ? await Promise.all(filters.map((topics) => hintedBlocks(source, range, topics)))
    : await Promise.all(
        filters.map(async (topics) =>
          (await witnessedLogs(source, range, topics)).map(({ blockNumber }) => BigInt(blockNumber)),
        ),
      );
  const facts: PlacedFact[] = [];
  // One block at a time: only the weekly distribution waits for it.
  for (const number of [...new Set(blocks.flat())].sort((a, b) => (a < b ? -1 : 1))) {
    const block = isProven ? await provenBlock(chain, number) : await witnessedBlock(chain, number, filters);
    for (const log of block.logs) {
      const fact = await factOf(chain, log, block);
      if (fact !== undefined) facts.push({ block: number, log: Number(log.logIndex), ...fact });
    }
  }
  return facts;
}

/** One honest node is enough: a proof holds whichever node supplied it, and a failed one is retried at the next node. */
async function provenBlock({ nodes, source, address }: ChainClient, number: bigint): Promise<BlockFacts> {
  const { hash } = await headerAt(nodes, number);
  const { rule } = source.proofs;
  type Block = RpcHeader & { readonly timestamp: Hex; readonly transactions: readonly unknown[] };
  const attempt = async (request: Request, endpoint: string): Promise<BlockFacts> => {
    let proven: readonly ProvenTransaction[] = [];
    // With computed transaction hashes in the header, the receipts are bound to their transactions, too.
    const withHashes = (block: Block): RpcHeader => {
      proven = proveTransactions(block.transactions, block.transactionsRoot, rule);
      return { ...block, transactions: proven.map((one) => one.hash) };
    };
    const place = { expectedHash: hash, number, rule, address };
    const { header: block, logs } = await provenReceipts<Block>(request, endpoint, place, withHashes);
    const senders = new Map(proven.map((one) => [one.hash, one]));
    return {
      logs,
      timestamp: BigInt(block.timestamp),
      async senderOf(transaction) {
        const sender = await senders.get(transaction)?.sender();
        if (sender !== undefined) return sender;
        throw new PegwayError(`${endpoint}: block ${hash} has no transaction ${transaction}`, {
          code: 'proof-invalid',
        });
      },
    };
  };
  return nodes.oneOf('eth_getBlockReceipts', attempt, { isPatient: true });
}

async function witnessedBlock(
  { nodes, source }: ChainClient,
  number: bigint,
  filters: readonly (readonly (Hash | readonly Hash[] | null)[])[],
): Promise<BlockFacts> {
  const [{ timestamp }, ...logs] = await Promise.all([
    headerAt(nodes, number),
    ...filters.map((topics) => witnessedLogs(source, { from: number, to: number }, topics)),
  ]);
  return {
    logs: logs.flat().sort((a, b) => Number(a.logIndex) - Number(b.logIndex)),
    timestamp,
    async senderOf(transaction) {
      const found = await nodes.agree<{ readonly from: Address }>(
        'eth_getTransactionByHash',
        [transaction],
        ({ from }) => from.toLowerCase(),
      );
      return getAddress(found.from);
    },
  };
}

/** @returns undefined for a log from which nothing is computed. */
async function factOf(
  { side, address }: ChainClient,
  log: RpcLog,
  { timestamp: at, senderOf }: BlockFacts,
): Promise<Pick<PlacedFact, 'fact' | 'isFirst'> | undefined> {
  const [topic] = log.topics;
  if (!isAddressEqual(log.address, address) || topic === undefined || ![...COMMON, REDEEM].includes(topic))
    return undefined;
  const raw = { data: log.data, topics: log.topics as [Hex, ...Hex[]] };
  const event =
    side === 'main'
      ? decodeEventLog({ abi: mainBridgeAbi, ...raw })
      : decodeEventLog({ abi: productBridgeAbi, ...raw });
  const later = (fact: RewardFact) => ({ fact, isFirst: false });
  const submitted = async (productToken: Address) => ({
    ...{ side, at, productToken: getAddress(productToken), transaction: log.transactionHash },
    submitter: await senderOf(log.transactionHash),
  });

  switch (event.eventName) {
    case 'SignersChanged': {
      const signers = event.args.signers.map((signer) => getAddress(signer));
      // The constructor begins epoch 1 before any other event.
      return { fact: { kind: 'signers', side, at, signers }, isFirst: event.args.signerEpoch === 1n };
    }
    case 'TransfersExecuted': {
      const { productToken, firstNonce, mask, signerMask } = event.args;
      return later({ kind: 'executed', ...(await submitted(productToken)), firstNonce, mask, signerMask });
    }
    case 'TransferReleased':
      return later({ kind: 'released', ...(await submitted(event.args.productToken)), nonce: event.args.nonce });
    case 'TransferBounced':
      return later({ kind: 'bounced', ...(await submitted(event.args.productToken)) });
    case 'FeesCollected': {
      const { productToken, amount } = event.args;
      return later({ kind: 'collected', side, at, productToken: getAddress(productToken), amount });
    }
    case 'ProductTokenRedeem': {
      const { productToken, nonce, redeemer, mainAmount } = event.args;
      // The bridge is the redeemer of its own fees, and of nothing else.
      if (!isAddressEqual(redeemer, address)) return undefined;
      return later({ kind: 'departed', side, at, productToken: getAddress(productToken), nonce, amount: mainAmount });
    }
    default:
      return undefined;
  }
}

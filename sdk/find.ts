import {
  type Address,
  type Hex,
  type PublicClient,
  type TransactionReceipt,
  type Transaction,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
  encodeEventTopics,
  formatLog,
  isAddressEqual,
  numberToHex,
  pad,
  parseEventLogs,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import { maskedNonces, wordOf } from '../protocol/bitmap.ts';
import type { Transfer } from '../protocol/lane.ts';
import type { BridgeReader, TransferName } from './bridge-client.ts';

const abi = [...mainBridgeAbi, ...productBridgeAbi];
const topicOf = (eventName: 'MainTokenDeposited' | 'ProductTokenRedeem' | (typeof arrivals)[number]): Hex =>
  encodeEventTopics({ abi, eventName })[0];

/** The events that end a transfer at its destination. */
const arrivals = ['TransfersExecuted', 'TransferReleased', 'TransferBounced'] as const;

/** Default block range of one `eth_getLogs`: most nodes allow it. */
const RANGE = 2_000n;

interface Window {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** A log of a block, not of a pending one. */
type BlockLog = TransactionReceipt['logs'][number];

async function logsOf({ bridge, reader }: BridgeReader, topics: (Hex | Hex[])[], { fromBlock, toBlock }: Window) {
  const range = { fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) };
  const logs = await reader.request({ method: 'eth_getLogs', params: [{ address: bridge, topics, ...range }] });
  // SECURITY: a node may return any log; only the bridge's own count.
  return logs.filter(({ address }) => isAddressEqual(address, bridge)).map((log) => formatLog(log) as BlockLog);
}

/** The source event of `logs` that names this transfer, as a transfer. */
function departuresIn(logs: readonly BlockLog[]): Transfer[] {
  return parseEventLogs({ abi, eventName: ['MainTokenDeposited', 'ProductTokenRedeem'], logs: [...logs] }).map(
    (log) => {
      const { productToken, nonce, recipient, mainAmount, productAmount, previousBlock } = log.args;
      const isMint = log.eventName === 'MainTokenDeposited';
      return {
        lane: { direction: isMint ? 'mint' : 'withdraw', productToken },
        nonce,
        recipient,
        previousBlock,
        sender: isMint ? log.args.depositor : log.args.redeemer,
        sourceAmount: isMint ? mainAmount : productAmount,
        amount: isMint ? productAmount : mainAmount,
        blockNumber: log.blockNumber,
        blockHash: log.blockHash,
        transactionHash: log.transactionHash,
      };
    },
  );
}

const sourceTopic = ({ direction }: Pick<TransferName, 'direction'>): Hex =>
  topicOf(direction === 'mint' ? 'MainTokenDeposited' : 'ProductTokenRedeem');

export interface FindOptions {
  /** Blocks to search first, from a peer or a cache. Hints: they save time and are not trusted. */
  readonly hints?: readonly bigint[];
  /** Blocks of one `eth_getLogs`. */
  readonly range?: bigint;
}

/**
 * The transfer that a lane and a nonce name, from its source event; undefined when the source bridge has none yet.
 * `reader` and `bridge` are of the source chain.
 * @throws RangeError when the node withholds the event of a transfer that the bridge has counted.
 */
export async function findDeparture(
  source: BridgeReader,
  name: TransferName,
  { hints = [], range = RANGE }: FindOptions = {},
): Promise<Transfer | undefined> {
  const { bridge, reader } = source;
  const { productToken, nonce } = name;
  const topics = [sourceTopic(name), pad(productToken), numberToHex(nonce, { size: 32 })];
  const look = async (window: Window) => departuresIn(await logsOf(source, topics, window))[0];
  for (const hint of hints) {
    const found = await look({ fromBlock: hint, toBlock: hint });
    if (found !== undefined) return found;
  }

  const contract = { address: bridge, abi: mainBridgeAbi } as const;
  const word = wordOf(nonce);
  const [next, first, after, last] = await Promise.all([
    reader.readContract({ ...contract, functionName: 'outboundNonce', args: [productToken] }),
    reader.readContract({ ...contract, functionName: 'outboundBlock', args: [productToken, word] }),
    reader.readContract({ ...contract, functionName: 'outboundBlock', args: [productToken, word + 1n] }),
    reader.readContract({ ...contract, functionName: 'lastOutboundBlock', args: [productToken] }),
  ]);
  if (nonce >= next) return undefined;
  const end = after === 0n ? last : after;
  for (let fromBlock = first; fromBlock <= end; fromBlock += range) {
    const toBlock = fromBlock + range - 1n < end ? fromBlock + range - 1n : end;
    const found = await look({ fromBlock, toBlock });
    if (found !== undefined) return found;
  }
  throw new RangeError(`the node withholds the event of ${name.direction} ${productToken} ${nonce}`);
}

/** All transfers of a lane that departed in one block, in nonce order: the batch that relayers fall back to. */
export async function departuresOfBlock(
  source: BridgeReader,
  lane: Pick<TransferName, 'direction' | 'productToken'>,
  block: bigint,
): Promise<Transfer[]> {
  const logs = await logsOf(source, [sourceTopic(lane), pad(lane.productToken)], { fromBlock: block, toBlock: block });
  return departuresIn(logs);
}

/** All transfers of both lanes of all pegs that an account sent from this chain in a range of blocks. */
export async function departuresOfSender(source: BridgeReader, sender: Address, window: Window): Promise<Transfer[]> {
  const topics = [topicOf('MainTokenDeposited'), topicOf('ProductTokenRedeem')];
  // viem's type has no wildcard in the middle; every node has.
  const anyPegOrNonce = null as unknown as Hex;
  return departuresIn(await logsOf(source, [topics, anyPegOrNonce, anyPegOrNonce, pad(sender)], window));
}

/** As `departuresOfSender`, from the block after `fromBlock` to the newest, in ranges that nodes allow; oldest first. */
export async function departuresSince(
  source: BridgeReader,
  sender: Address,
  fromBlock: bigint,
  range = RANGE,
): Promise<Transfer[]> {
  const newest = await source.reader.getBlockNumber({ cacheTime: 0 });
  const found: Transfer[] = [];
  for (let start = fromBlock + 1n; start <= newest; start += range) {
    const toBlock = start + range - 1n < newest ? start + range - 1n : newest;
    found.push(...(await departuresOfSender(source, sender, { fromBlock: start, toBlock })));
  }
  return found;
}

/** The receipt of a transaction; undefined while no block has it. @throws viem's errors when the node does not answer. */
export async function receiptOf(reader: PublicClient, hash: Hex): Promise<TransactionReceipt | undefined> {
  try {
    return await reader.getTransactionReceipt({ hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw error;
  }
}

/** A transaction, in a block or pending; undefined while the node has none. @throws viem's errors when it does not answer. */
export async function transactionOf(reader: PublicClient, hash: Hex): Promise<Transaction | undefined> {
  try {
    return await reader.getTransaction({ hash });
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return undefined;
    throw error;
  }
}

/**
 * The transfers that departed in a transaction; none when it is not in a block, or reverted.
 * @throws viem's errors when the node does not answer.
 */
export async function departuresOfTransaction({ bridge, reader }: BridgeReader, hash: Hex): Promise<Transfer[]> {
  const receipt = await receiptOf(reader, hash);
  return departuresIn((receipt?.logs ?? []).filter(({ address }) => isAddressEqual(address, bridge)));
}

/** The event that ended a transfer at its destination. */
export interface FoundArrival {
  readonly blockNumber: bigint;
  readonly transactionHash: Hex;
  /** The signers that counted; undefined for a release or a bounce. */
  readonly signerMask: number | undefined;
  /** For a bounce: the deposit that it went back as. */
  readonly returnNonce: bigint | undefined;
}

/** The event among `logs` that ended the transfer. */
export function arrivalIn(logs: readonly BlockLog[], nonce: bigint, token: Address): FoundArrival | undefined {
  for (const log of parseEventLogs({ abi, eventName: [...arrivals], logs: [...logs] })) {
    if (!isAddressEqual(log.args.productToken, token)) continue;
    const place = { blockNumber: log.blockNumber, transactionHash: log.transactionHash };
    if (log.eventName === 'TransfersExecuted') {
      const { firstNonce, mask, signerMask } = log.args;
      const bit = nonce - firstNonce;
      if (bit < 0n || bit > 255n || ((mask >> bit) & 1n) === 0n) continue;
      return { ...place, signerMask, returnNonce: undefined };
    }
    if (log.args.nonce !== nonce) continue;
    const returnNonce = log.eventName === 'TransferBounced' ? log.args.returnNonce : undefined;
    return { ...place, signerMask: undefined, returnNonce };
  }
  return undefined;
}

/**
 * The event that executed, released or bounced a transfer, sought from the newest block backwards; undefined when it is not
 * from `fromBlock` on. `reader` and `bridge` are of the destination chain.
 */
export async function findArrival(
  destination: BridgeReader,
  { productToken, nonce }: Pick<TransferName, 'productToken' | 'nonce'>,
  { fromBlock, range = RANGE }: { readonly fromBlock: bigint; readonly range?: bigint },
): Promise<FoundArrival | undefined> {
  const topics = [arrivals.map(topicOf), pad(productToken)];
  let toBlock = await destination.reader.getBlockNumber();
  while (toBlock >= fromBlock && toBlock >= 0n) {
    const start = toBlock - range + 1n > fromBlock ? toBlock - range + 1n : fromBlock;
    const found = arrivalIn(await logsOf(destination, topics, { fromBlock: start, toBlock }), nonce, productToken);
    if (found !== undefined) return found;
    toBlock = start - 1n;
  }
  return undefined;
}

export interface Execution {
  readonly blockNumber: bigint;
  readonly productToken: Address;
  readonly nonces: readonly bigint[];
  /** The signers that counted. */
  readonly signerMask: number;
  /** The attestation of the batch. */
  readonly digest: Hex;
}

/** The executions of a range of blocks, oldest first. */
export async function findExecutions(destination: BridgeReader, window: Window): Promise<Execution[]> {
  const logs = await logsOf(destination, [topicOf('TransfersExecuted')], window);
  return parseEventLogs({ abi, eventName: 'TransfersExecuted', logs }).map(({ blockNumber, args }) => {
    const { productToken, firstNonce, mask, signerMask, digest } = args;
    return { blockNumber, productToken, nonces: maskedNonces(firstNonce, mask), signerMask, digest };
  });
}

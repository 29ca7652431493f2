// Two chains and six signers, made from fixed keys: the same receipts in every run.
import {
  type Abi,
  type AbiEvent,
  type Address,
  type Hex,
  encodeAbiParameters,
  encodeEventTopics,
  getAbiItem,
  getAddress,
  pad,
} from 'viem';
import { privateKeyToAddress } from 'viem/accounts';

import { anchorsAbi, mainBridgeAbi, productBridgeAbi } from '../../../../protocol/abi.ts';
import {
  GROUP,
  append,
  emptyHistory,
  headOf,
  historyRootOf,
  proveHeight,
  tailRootOf,
} from '../../../../protocol/anchors/history.ts';
import {
  type TransferItem,
  attestationDigest,
  bounceDigest,
  encodeSignatures,
  encodeTransfers,
} from '../../../../protocol/attestation.ts';
import { type Direction, destinationOf, sourceOf } from '../../../../protocol/lane.ts';
import {
  type ReceiptBlock,
  type ReceiptParts,
  buildReceipt,
  proveLog,
  wordsToBase64,
} from '../../../../protocol/receipts/build-receipt.ts';
import type { Linkable, Receipt, ThroughProof } from '../../../../protocol/receipts/format.ts';
import { signDigest } from '../../../support/sign.ts';
import { type LogContent, type Outcome, hashOf, makeBlock } from '../../proof/support/block.ts';

const accountOf = (name: string): Address => getAddress(`0x${hashOf(name).slice(26)}`);

export const keys = [0, 1, 2, 3, 4, 5].map((index) => hashOf(`signer ${index}`));
export const signers = keys.map((key) => privateKeyToAddress(key));
export const THRESHOLD = 4;

export const pair = {
  main: { chainId: 1, bridge: accountOf('main bridge') },
  product: { chainId: 4242, bridge: accountOf('product bridge') },
} as const;
export const productToken = accountOf('product token');

const abi: Abi = [...mainBridgeAbi, ...productBridgeAbi, ...anchorsAbi];

/** A log as the contracts emit it, encoded by viem from their ABI: not by the code under test. */
export function logOf(address: Address, eventName: string, args: Readonly<Record<string, unknown>>): LogContent {
  const item = getAbiItem({ abi, name: eventName }) as AbiEvent;
  const rest = item.inputs.filter(({ indexed }) => indexed !== true);
  return {
    address,
    topics: encodeEventTopics({ abi, eventName, args: { ...args } }) as Hex[],
    data: encodeAbiParameters(
      rest,
      rest.map(({ name = '' }) => args[name]),
    ),
  };
}

const transferLog: LogContent = {
  address: productToken,
  topics: [hashOf('Transfer(address,address,uint256)'), hashOf('from'), hashOf('to')],
  data: hashOf('amount'),
};

/** As an ordinary token logs a payment. */
const paymentOf = ({ recipient, amount }: TransferItem): LogContent => ({
  address: productToken,
  topics: [transferLog.topics[0]!, pad(pair.product.bridge, { size: 32 }), pad(recipient, { size: 32 })],
  data: pad(`0x${amount.toString(16)}`, { size: 32 }),
});

/** Blocks have this many transactions, and ours is the one at `OURS`. */
export interface BlockShape {
  readonly transactions: number;
  readonly ours: number;
}

const SMALL: BlockShape = { transactions: 20, ours: 7 };

const foreign = (index: number): Outcome => ({
  logs: [transferLog, transferLog].slice(index % 2).map((log) => ({ ...log, data: hashOf(`amount ${index}`) })),
});

export function blockWith(
  number: bigint,
  logs: readonly LogContent[],
  { transactions, ours }: BlockShape = SMALL,
): ReceiptBlock {
  const outcomes = Array.from({ length: transactions }, (_, index) => (index === ours ? { logs } : foreign(index)));
  const { header, receipts } = makeBlock(number, outcomes);
  return { hash: header.hash, header, receipts, rule: 'ethereum' };
}

export interface Options {
  readonly direction?: Direction;
  readonly outcome?: Receipt['outcome'];
  /** Transfers in the batch, and the place of this one. */
  readonly count?: number;
  readonly place?: number;
  readonly shape?: BlockShape;
  readonly firstNonce?: bigint;
  /** Indices of the signers. */
  readonly signedBy?: readonly number[];
  /** With an anchor, of a history of this many blocks. */
  readonly anchored?: number;
  /** With the anchor: outer ones, of histories of so many blocks each. */
  readonly through?: readonly number[];
  /** Changes the parts before they are put together. */
  readonly change?: (parts: ReceiptParts) => ReceiptParts;
}

/** A case: the parts of a receipt with true claims, and the blocks that they are taken from. */
export interface Case {
  readonly parts: ReceiptParts;
  /** Index of our transaction in each block. */
  readonly ours: number;
  readonly blocks: {
    readonly departure: ReceiptBlock;
    readonly signerSet: ReceiptBlock;
    readonly parking: ReceiptBlock | undefined;
    readonly execution: ReceiptBlock;
  };
}

/** The parts of a receipt with true claims. */
export const makeParts = async (options: Options = {}): Promise<ReceiptParts> => (await makeCase(options)).parts;

export async function makeCase(options: Options = {}): Promise<Case> {
  const { direction = 'mint', outcome = 'executed', count = 1, place = count - 1, shape = SMALL } = options;
  const { firstNonce = 40n, signedBy = [0, 2, 3, 5] } = options;
  const [source, destination] = [pair[sourceOf(direction)], pair[destinationOf(direction)]];
  const signerEpoch = 3n;
  const amountOf = (index: number): bigint => 1_000n * BigInt(index + 1);
  const items = Array.from({ length: count }, (_, index) => ({
    recipient: accountOf(`recipient ${index}`),
    amount: amountOf(index),
  }));
  const nonce = firstNonce + BigInt(place);
  const sender = accountOf('sender');
  const { recipient, amount } = items[place]!;
  const sourceAmount = amount * 10n;

  const departed = logOf(source.bridge, direction === 'mint' ? 'MainTokenDeposited' : 'ProductTokenRedeem', {
    ...{ productToken, nonce, depositor: sender, redeemer: sender, recipient },
    mainAmount: direction === 'mint' ? sourceAmount : amount,
    productAmount: direction === 'mint' ? amount : sourceAmount,
    previousBlock: 90n,
  });
  const departureBlock = blockWith(100n, [transferLog, departed], shape);
  // The batch's last transfer may have departed later.
  const sourceBlock = place === count - 1 ? departureBlock.hash : blockWith(105n, [transferLog]).hash;

  const statement = { source, destination, signerEpoch, productToken };
  const transfers = encodeTransfers(items);
  const deadline = 1_900_000_000n;
  const digest =
    outcome === 'bounced'
      ? bounceDigest({ ...statement, nonce, redeemer: sender, recipient, mainAmount: amount, deadline })
      : attestationDigest({ ...statement, firstNonce, transfers, sourceBlock });
  const signatures = encodeSignatures(
    await Promise.all(signedBy.map(async (index) => ({ index, signature: await signDigest(keys[index]!, digest) }))),
  );
  const signerMask = signedBy.reduce((mask, index) => mask | (1 << index), 0);

  const all = (1n << BigInt(count)) - 1n;
  const bit = 1n << BigInt(place);
  const at = (name: string, args: object) => logOf(destination.bridge, name, { productToken, nonce, ...args });
  const executed = (mask: bigint) => at('TransfersExecuted', { firstNonce, mask, signerMask, digest });
  const payments = items.map((item) => paymentOf(item));
  const ends = {
    executed: [executed(all), ...payments],
    released: [transferLog, at('TransferReleased', {})],
    bounced: [at('TransferBounced', { returnNonce: 77n })],
  }[outcome];
  const position = { executed: 0, released: 1, bounced: 0 }[outcome];
  const parking = blockWith(
    290n,
    [
      at('TransferParked', { releasableAt: 1_800_000_000n }),
      executed(all & ~bit),
      ...payments.filter((_, index) => index !== place),
    ],
    shape,
  );
  const listed = blockWith(200n, [at('SignersChanged', { signerEpoch, signers, threshold: BigInt(THRESHOLD) })], shape);
  const { ours: transactionIndex } = shape;
  const execution = blockWith(300n, ends, shape);
  const atDestination = { signerSet: listed, ...(outcome === 'released' ? { parking } : {}), execution };
  const [mainBlocks, productBlocks] =
    direction === 'mint'
      ? [{ departure: departureBlock }, atDestination]
      : [atDestination, { departure: departureBlock }];
  const links = [];
  let inner: Readonly<Partial<Record<Linkable, ReceiptBlock>>> = productBlocks;
  for (const [index, length] of [options.anchored ?? [], options.through ?? []].flat().entries()) {
    const { link, block } = linkOf(inner, length, shape, index);
    links.push(link);
    inner = { ...(index === 0 ? mainBlocks : {}), anchor: block };
  }
  const [anchor, ...through] = links;
  const parts: ReceiptParts = {
    ...{ outcome, pair },
    transfer: { lane: { direction, productToken }, nonce, sender, recipient, sourceAmount, amount },
    departure: proveLog(departureBlock, { transactionIndex, log: 1 }),
    statement:
      outcome === 'bounced'
        ? { kind: 'bounce', signerEpoch, signatures, deadline }
        : { kind: 'batch', signerEpoch, signatures, firstNonce, transfers, sourceBlock },
    signerSet: { threshold: THRESHOLD, signers, event: proveLog(listed, { transactionIndex, log: 0 }) },
    ...(outcome === 'released' ? { parking: proveLog(parking, { transactionIndex, log: 0 }) } : {}),
    execution: proveLog(execution, { transactionIndex, log: position }),
    ...(anchor === undefined ? {} : { anchor }),
    ...(through.length === 0 ? {} : { through }),
  };
  return {
    ours: transactionIndex,
    parts: options.change === undefined ? parts : options.change(parts),
    blocks: {
      ...{ departure: departureBlock, signerSet: listed, execution },
      parking: outcome === 'released' ? parking : undefined,
    },
  };
}

export const anchors = accountOf('anchors');
const FIRST_BLOCK = 60n;

/** An anchor of a chain, of which the other blocks have hashes alone, and the block with its event. */
function linkOf(
  blocks: Readonly<Partial<Record<Linkable, ReceiptBlock>>>,
  count: number,
  shape: BlockShape,
  index: number,
): { readonly link: ThroughProof; readonly block: ReceiptBlock } {
  const ours = new Map(Object.values(blocks).map(({ header, hash }) => [BigInt(header.number), hash]));
  const hashes = Array.from({ length: count }, (_, index): Hex => {
    const height = FIRST_BLOCK + BigInt(index);
    return ours.get(height) ?? hashOf(`product block ${height}`);
  });
  const nodes = new Map<string, Hex>();
  const history = append(emptyHistory(FIRST_BLOCK), hashes, ({ level, index, hash }) =>
    nodes.set(`${level} ${index}`, hash),
  );
  const nodeAt = ({ level, index }: { readonly level: number; readonly index: bigint }): Hex =>
    nodes.get(`${level} ${index}`)!;
  const number = headOf(history);
  const contract = index === 0 ? anchors : accountOf(`anchors ${index}`);
  const event = logOf(contract, 'Anchored', {
    ...{ number, blockHash: hashes.at(-1), historyRoot: historyRootOf(history), attestedAt: 1_740_000_000n },
    ...{ peaks: history.peaks, tailRoot: tailRootOf(history) },
  });
  const { ours: transactionIndex } = shape;
  const siblings = Object.entries(blocks).map(([name, { header }]) => {
    const height = BigInt(header.number);
    const start = Number(height - FIRST_BLOCK) & ~(GROUP - 1);
    const proof = proveHeight(history, height, hashes.slice(start, start + GROUP), nodeAt);
    return [name, wordsToBase64(proof.siblings)] as const;
  });
  const block = blockWith(900n + BigInt(index), [event], shape);
  const link = {
    ...{ contract, firstBlock: Number(FIRST_BLOCK) },
    event: proveLog(block, { transactionIndex, log: 0 }),
    history: wordsToBase64([tailRootOf(history), ...history.peaks]),
    blocks: Object.fromEntries(siblings),
  };
  return { link, block };
}

export const makeReceipt = async (options: Options = {}): Promise<Receipt> =>
  (await buildReceipt(await makeParts(options))).receipt;

/** One receipt of each kind. */
export const kinds: Readonly<Record<string, Options>> = {
  'a deposit': {},
  'a redeem': { direction: 'withdraw' },
  'the third of a batch of five': { count: 5, place: 2 },
  'the last of a batch of five': { direction: 'withdraw', count: 5 },
  'a released transfer': { direction: 'withdraw', outcome: 'released', count: 2, place: 1 },
  'a bounced withdrawal': { direction: 'withdraw', outcome: 'bounced' },
  'a deposit with an anchor': { anchored: 1_000 },
  'a redeem with an anchor': { direction: 'withdraw', anchored: 100 },
  'a released deposit with an anchor, in a batch': {
    ...{ outcome: 'released', count: 5, place: 2, anchored: 256 },
  },
  'a deposit through an outer chain': { anchored: 300, through: [1_000] },
  'a redeem through two outer chains': { direction: 'withdraw', anchored: 100, through: [900, 1_024] },
  'a block of one transaction': { shape: { transactions: 1, ours: 0 } },
  'a block of 300 transactions': { shape: { transactions: 300, ours: 200 } },
};

import {
  type Address,
  type Hash,
  type Hex,
  encodeAbiParameters,
  getAbiItem,
  isAddressEqual,
  numberToHex,
  pad,
  parseAbiParameters,
  toEventSelector,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { ProofError } from '../../protocol/proof/error.ts';
import type { HeaderRule, RpcHeader } from '../../protocol/proof/header.ts';
import { headerOfHash } from '../../protocol/proof/header-of-hash.ts';
import { type RpcReceipt, encodeReceipt, rootOf } from '../../protocol/proof/receipts.ts';
import { orderedTrieProof } from '../../protocol/proof/trie.ts';
import { readEvents } from './logs.ts';
import type { ExitSources } from './sources.ts';

/** `IBridge.Status`: what the main bridge has not paid. */
const OPEN = 0;
const PARKED = 2;

/** A redeem that departed by B and was not paid by the halt. */
export interface UnpaidRedeem {
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly redeemer: Address;
  readonly recipient: Address;
  readonly mainAmount: bigint;
  readonly blockNumber: bigint;
  readonly blockHash: Hash;
  readonly transactionIndex: number;
  readonly transactionHash: Hash;
}

/** All of them that concern an account, as recipient or as redeemer. */
export async function unpaidRedeems(
  { main, product, firstBlock }: ExitSources,
  account: Address,
  until: bigint,
): Promise<UnpaidRedeem[]> {
  const { reader, bridge: address, logRange } = product;
  const range = { reader, address, from: firstBlock, to: until, logRange };
  const found: UnpaidRedeem[] = [];
  for (const event of await readEvents(range, productBridgeAbi, 'ProductTokenRedeem')) {
    const { productToken, nonce, redeemer, recipient, mainAmount } = event.args;
    if (!isAddressEqual(redeemer, account) && !isAddressEqual(recipient, account)) continue;
    const status = await main.reader.readContract({
      ...{ address: main.bridge, abi: mainBridgeAbi, functionName: 'status' },
      args: [productToken, nonce],
    } as const);
    if (status !== OPEN && status !== PARKED) continue;
    const { blockNumber, blockHash, transactionIndex, transactionHash } = event;
    found.push({
      ...{ productToken, nonce, redeemer, recipient, mainAmount },
      ...{ blockNumber, blockHash, transactionIndex, transactionHash },
    });
  }
  return found;
}

const redeemTopic = toEventSelector(getAbiItem({ abi: productBridgeAbi, name: 'ProductTokenRedeem' }));
const proofWords = parseAbiParameters('uint256, uint256, bytes[]');

/** Receipts of rollups are encoded by their own rule; by all others they are the same. */
const receiptRules = ['ethereum', 'op'] as const;

/**
 * What `Exits.claimRedeem` takes as the proof of the redeem's receipt, with its block's header.
 * @throws {PegwayError} when the node does not prove the redeem in that block.
 */
export async function receiptProofOf(
  { product: { reader, bridge, headerRule } }: Pick<ExitSources, 'product'>,
  redeem: UnpaidRedeem,
): Promise<{ readonly header: Hex; readonly proof: Hex }> {
  const { blockHash, transactionIndex, productToken, nonce } = redeem;
  const request = reader.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  const [block, receipts] = (await Promise.all([
    request({ method: 'eth_getBlockByHash', params: [blockHash, false] }),
    request({ method: 'eth_getBlockReceipts', params: [blockHash] }),
  ])) as [RpcHeader | null, RpcReceipt[] | null];
  if (block === null || receipts === null) {
    throw new PegwayError(`product chain: the node has no block ${blockHash}`, { code: 'not-final' });
  }
  const header = headerOfHash(block, blockHash, headerRule);
  const values = encodedReceipts(receipts, block.receiptsRoot, headerRule);
  const logs = receipts[transactionIndex]?.logs ?? [];
  const topics = [redeemTopic, pad(productToken.toLowerCase() as Hex), numberToHex(nonce, { size: 32 })];
  const log = logs.findIndex(
    (one) => isAddressEqual(one.address, bridge) && topics.every((topic, index) => one.topics[index] === topic),
  );
  if (log === -1 || values === undefined) {
    throw new PegwayError(`product chain: block ${blockHash} does not contain redeem ${nonce} of ${productToken}`, {
      code: 'proof-invalid',
      hint: 'ask another node',
    });
  }
  const nodes = orderedTrieProof(values, transactionIndex);
  return { header, proof: encodeAbiParameters(proofWords, [BigInt(transactionIndex), BigInt(log), [...nodes]]) };
}

/** Undefined when they are not those of the block. */
function encodedReceipts(
  receipts: readonly RpcReceipt[],
  root: Hash,
  rule: HeaderRule | undefined,
): Uint8Array[] | undefined {
  for (const each of rule === undefined ? receiptRules : [rule]) {
    try {
      const values = receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, each));
      if (rootOf(values) === root) return values;
    } catch (error) {
      if (rule !== undefined || !(error instanceof ProofError)) throw error;
    }
  }
  return undefined;
}

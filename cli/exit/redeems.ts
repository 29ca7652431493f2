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
import { type RpcHeader, encodeHeader, headerHash } from '../../protocol/proof/header.ts';
import { toHex } from '../../protocol/proof/hex.ts';
import { type RpcReceipt, encodeReceipt } from '../../protocol/proof/receipts.ts';
import { orderedTrieProof } from '../../protocol/proof/trie.ts';
import { readEvents } from './logs.ts';
import type { OpenExits } from './open-exits.ts';

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
export async function unpaidRedeems(exits: OpenExits, account: Address, until: bigint): Promise<UnpaidRedeem[]> {
  const { product, config, firstBlock, main, bridge } = exits;
  const range = {
    ...{ reader: product, address: config.product.bridge, from: firstBlock, to: until },
    logRange: config.product.logRange,
  };
  const found: UnpaidRedeem[] = [];
  for (const event of await readEvents(range, productBridgeAbi, 'ProductTokenRedeem')) {
    const { productToken, nonce, redeemer, recipient, mainAmount } = event.args;
    if (!isAddressEqual(redeemer, account) && !isAddressEqual(recipient, account)) continue;
    const status = await main.readContract({
      ...{ address: bridge, abi: mainBridgeAbi, functionName: 'status' },
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

/** What `Exits.claimRedeem` takes as the proof of the redeem's receipt, with its block's header. */
export async function receiptProofOf(
  { product, config }: OpenExits,
  redeem: UnpaidRedeem,
): Promise<{ readonly header: Hex; readonly proof: Hex }> {
  const { blockHash, transactionIndex, productToken, nonce } = redeem;
  const rule = config.product.headerRule;
  const request = product.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  const [block, receipts] = (await Promise.all([
    request({ method: 'eth_getBlockByHash', params: [blockHash, false] }),
    request({ method: 'eth_getBlockReceipts', params: [blockHash] }),
  ])) as [RpcHeader, RpcReceipt[]];
  const values = receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, rule));
  const nodes = orderedTrieProof(values, transactionIndex);
  const logs = receipts[transactionIndex]?.logs ?? [];
  const topics = [redeemTopic, pad(productToken.toLowerCase() as Hex), numberToHex(nonce, { size: 32 })];
  const log = logs.findIndex(
    (one) =>
      isAddressEqual(one.address, config.product.bridge) && topics.every((topic, index) => one.topics[index] === topic),
  );
  if (log === -1 || headerHash(block, rule) !== blockHash) {
    throw new PegwayError(`product chain: block ${blockHash} does not contain redeem ${nonce} of ${productToken}`, {
      code: 'proof-invalid',
      hint: 'ask another node',
    });
  }
  const header = toHex(encodeHeader(block, rule));
  return { header, proof: encodeAbiParameters(proofWords, [BigInt(transactionIndex), BigInt(log), [...nodes]]) };
}

import { type Address, type Hex, encodeFunctionData, zeroHash } from 'viem';

import { type TransferItem, attestationDigest, encodeTransfers, productBridgeAbi } from '../../../sdk/index.ts';
import type { ChaosNet } from '../net.ts';
import type { Random } from '../random.ts';
import { bridgeOf, sendOnce, signedBy } from '../stranger.ts';
import { THIEF } from './lies.ts';

/** A mint that no deposit stands behind. */
export interface Junk {
  readonly productToken: Address;
  readonly firstNonce: bigint;
  readonly items: readonly TransferItem[];
}

export const makeJunk = (net: ChaosNet, random: Random): Junk => ({
  productToken: random.pick(net.tokens),
  firstNonce: BigInt(random.between(0, 10_000)),
  items: [{ recipient: THIEF, amount: BigInt(random.between(1, 1e9)) }],
});

/** Sends it to the bridge with the signatures of these. */
export async function mintJunk(net: ChaosNet, junk: Junk, by: readonly Address[]): Promise<void> {
  const { productToken, firstNonce } = junk;
  const { reader, at } = bridgeOf(net, 'product');
  const { main: source, product: destination } = net.devnet.file;
  const signerEpoch = await reader.readContract({ ...at, functionName: 'signerEpoch' });
  const transfers: Hex = encodeTransfers(junk.items);
  const content = { signerEpoch, productToken, firstNonce, transfers, sourceBlock: zeroHash };
  const digest = attestationDigest({ destination, source, ...content });
  const signatures = await signedBy(net, 'product', digest, by);
  const args = [productToken, firstNonce, transfers, signatures, zeroHash] as const;
  await sendOnce(net, 'product', encodeFunctionData({ abi: productBridgeAbi, functionName: 'mint', args }));
}

import type { Address, Hex } from 'viem';

import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import { encodeSignatures, mainBridgeAbi } from '../../sdk/index.ts';
import type { Side } from '../../protocol/lane.ts';
import { signDigest } from '../support/sign.ts';
import { eventually } from '../support/wait.ts';
import type { ChaosNet } from './net.ts';

/*
 * Actions of signers outside their relayers, honest or not: sent from a separate account, signed by any of their keys.
 */

const GAS = 2_000_000n;
const TIP = 1_000_000_000n;
/** Blocks come every second: a transaction not mined by then was dropped or reorged. */
const MINED_SECONDS = 4;

const clientOf = (net: ChaosNet, side: Side) => {
  const stranger = net.devnet.file.holders.at(-1);
  if (stranger === undefined) throw new Error('a devnet without holders');
  return holderOf(net.devnet.file, stranger.privateKey)[side];
};

/** Sends one transaction to a bridge, ignoring rejection by the pool or the bridge. */
export async function sendOnce(net: ChaosNet, side: Side, data: Hex): Promise<void> {
  const { reader, writer, bridge } = clientOf(net, side);
  const { address } = writer.account;
  const mined = () => reader.getTransactionCount({ address, blockTag: 'latest' });
  const nonce = await mined();
  const { baseFeePerGas } = await reader.getBlock();
  const fees = { maxFeePerGas: 3n * (baseFeePerGas ?? 0n) + TIP, maxPriorityFeePerGas: TIP };
  await writer.sendTransaction({ to: bridge, data, nonce, gas: GAS, type: 'eip1559', ...fees }).catch(() => undefined);
  await eventually('it is mined', async () => (await mined()) > nonce, MINED_SECONDS).catch(() => undefined);
}

/** Sends the result of `next` repeatedly, until it returns undefined. */
export async function insist(
  net: ChaosNet,
  side: Side,
  what: string,
  next: () => Promise<Hex | undefined>,
): Promise<void> {
  await eventually(what, async () => {
    const data = await next();
    if (data === undefined) return true;
    await sendOnce(net, side, data);
    return false;
  });
}

/** A bridge's state at its newest block. */
export const bridgeOf = (net: ChaosNet, side: Side) => {
  const { reader, bridge } = net.holder[side];
  return { reader, at: { address: bridge, abi: mainBridgeAbi } as const };
};

export const signersOf = (net: ChaosNet, side: Side): Promise<readonly Address[]> => {
  const { reader, at } = bridgeOf(net, side);
  return reader.readContract({ ...at, functionName: 'signers' });
};

export const keyOf = (net: ChaosNet, signer: Address): Hex => {
  const member = net.devnet.members.find(({ address }) => address === signer);
  if (member === undefined) throw new Error(`${signer} is a signer, and nobody has its key`);
  return member.privateKey;
};

/** These signers' signatures over a digest, ordered by their current indices at the bridge. */
export async function signedBy(net: ChaosNet, side: Side, digest: Hex, by: readonly Address[]): Promise<Hex> {
  const places = await signersOf(net, side);
  const signatures = await Promise.all(
    by
      .filter((signer) => places.includes(signer))
      .map(async (signer) => ({
        index: places.indexOf(signer),
        signature: await signDigest(keyOf(net, signer), digest),
      })),
  );
  return encodeSignatures(signatures);
}

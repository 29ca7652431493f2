import { type Hex, encodeFunctionData } from 'viem';
import { sign } from 'viem/accounts';

import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import type { DevnetFile } from '../../cli/devnet/start.ts';
import { encodeSignatures, mainBridgeAbi } from '../../sdk/index.ts';
import { compactSignature } from '../../protocol/attestation.ts';

type Side = 'main' | 'product';

const signatureOf = async (hash: Hex, privateKey: Hex): Promise<Hex> => {
  const { r, s, yParity } = await sign({ hash, privateKey });
  return compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 });
};

/** A holder of the devnet that no test uses; pays for what signers decide. */
function payerAt(file: DevnetFile, side: Side) {
  const key = file.holders.at(-1)?.privateKey ?? '0x';
  return holderOf(file, key)[side];
}

/** Waits until it is in a block; a revert fails. */
async function send(file: DevnetFile, side: Side, data: Hex): Promise<void> {
  const { reader, writer, bridge } = payerAt(file, side);
  await reader.call({ account: writer.account, to: bridge, data });
  const hash = await writer.sendTransaction({ to: bridge, data });
  await reader.waitForTransactionReceipt({ hash });
}

/** One signer pauses a bridge. */
export async function pause(file: DevnetFile, side: Side): Promise<void> {
  const { reader, bridge } = payerAt(file, side);
  const digest = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'pauseDigest' });
  const signature = await signatureOf(digest, file.signers[0]?.privateKey ?? '0x');
  await send(file, side, encodeFunctionData({ abi: mainBridgeAbi, functionName: 'pause', args: [signature] }));
}

/** A quorum of signers changes a bridge with calls that run at once. */
export async function decide(file: DevnetFile, side: Side, calls: readonly Hex[]): Promise<void> {
  const { reader, bridge } = payerAt(file, side);
  const { timestamp } = await reader.getBlock();
  const args = [timestamp + 3_600n, calls] as const;
  const contract = { address: bridge, abi: mainBridgeAbi } as const;
  const digest = await reader.readContract({ ...contract, functionName: 'governanceDigest', args });
  const signatures = await Promise.all(
    file.signers
      .slice(0, 4)
      .map(async ({ index, privateKey }) => ({ index, signature: await signatureOf(digest, privateKey) })),
  );
  const data = encodeFunctionData({
    ...{ abi: mainBridgeAbi, functionName: 'propose' },
    args: [...args, encodeSignatures(signatures)],
  });
  await send(file, side, data);
}

export const unpause = (file: DevnetFile, side: Side): Promise<void> =>
  decide(file, side, [encodeFunctionData({ abi: mainBridgeAbi, functionName: 'unpause' })]);

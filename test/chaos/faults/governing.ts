import { type Address, type Hex, encodeFunctionData } from 'viem';

import { devnetDelays } from '../../../cli/devnet/deploy-bridges.ts';
import { mainBridgeAbi } from '../../../sdk/index.ts';
import type { Side } from '../../../protocol/lane.ts';
import type { ChaosNet } from '../net.ts';
import { bridgeOf, insist, signedBy, signersOf } from '../stranger.ts';

const THRESHOLD = 4;
const DEADLINE_SECONDS = 3_600n;

/** A proposal with the signatures that it needs, as call data. */
async function proposal(net: ChaosNet, side: Side, calls: readonly Hex[]): Promise<Hex> {
  const { reader, at } = bridgeOf(net, side);
  const { timestamp } = await reader.getBlock();
  const deadline = timestamp + DEADLINE_SECONDS;
  const digest = await reader.readContract({ ...at, functionName: 'governanceDigest', args: [deadline, calls] });
  const quorum = (await signersOf(net, side)).slice(0, THRESHOLD);
  const args = [deadline, calls, await signedBy(net, side, digest, quorum)] as const;
  return encodeFunctionData({ abi: mainBridgeAbi, functionName: 'propose', args });
}

/** A quorum lets a paused bridge go on. */
export async function unpause(net: ChaosNet, side: Side): Promise<void> {
  const { reader, at } = bridgeOf(net, side);
  const calls = [encodeFunctionData({ abi: mainBridgeAbi, functionName: 'unpause' })];
  await insist(net, side, `the ${side} bridge is not paused`, async () => {
    const paused = await reader.readContract({ ...at, functionName: 'paused' });
    return paused ? proposal(net, side, calls) : undefined;
  });
}

/** A quorum gives a bridge these signers; the delay passes at once. */
export async function changeSigners(net: ChaosNet, side: Side, next: readonly Address[]): Promise<void> {
  const { reader, at } = bridgeOf(net, side);
  const setSigners = { abi: mainBridgeAbi, functionName: 'setSigners', args: [next, BigInt(THRESHOLD)] } as const;
  const calls = [encodeFunctionData(setSigners)];
  await insist(net, side, `the ${side} bridge has its new signers`, async () => {
    if (String(await signersOf(net, side)) === String(next)) return undefined;
    const { executableAt } = await reader.readContract({ ...at, functionName: 'pendingProposal' });
    // Nothing else is ever proposed that has to wait.
    if (executableAt === 0n) return proposal(net, side, calls);
    const { timestamp } = await reader.getBlock();
    if (timestamp < executableAt) {
      await net.drivers[side].pass(devnetDelays.governanceDelay);
    }
    return encodeFunctionData({ abi: mainBridgeAbi, functionName: 'execute', args: [calls] });
  });
}

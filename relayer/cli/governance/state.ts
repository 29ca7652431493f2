import { type Address, type Hex, getAddress, zeroHash } from 'viem';

import { mainBridgeAbi } from '../../chain/abi.ts';
import { type BridgeAt, view } from '../../chain/bridge.ts';
import { latestHead } from '../../chain/finality.ts';
import type { Side } from '../../transfer/lane.ts';

/** Of a bridge: what governance depends on, at its newest block. All times in seconds since the epoch, as the chain counts. */
export interface GovernedState {
  readonly chain: Side;
  readonly chainId: number;
  readonly bridge: Address;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly signerEpoch: bigint;
  /** The nonce of the proposal that the bridge takes next. */
  readonly nonce: bigint;
  readonly delays: {
    readonly governanceDelay: number;
    readonly parkDelay: number;
    readonly pauseDuration: number;
    readonly bounceDelay: number;
  };
  readonly pausedUntil: bigint;
  /** What was accepted and is not executed. */
  readonly pending:
    | {
        readonly nonce: bigint;
        readonly callsHash: Hex;
        readonly executableAt: bigint;
        readonly signerEpoch: bigint;
      }
    | undefined;
  /** Of the newest block. */
  readonly timestamp: bigint;
}

export async function readGoverned(bridge: BridgeAt & { readonly chainId: number }): Promise<GovernedState> {
  const { nodes, address, side, chainId } = bridge;
  const call = { address, abi: mainBridgeAbi, agreed: true } as const;
  const [signers, threshold, signerEpoch, nonce, delays, pausedUntil, pending, head] = await Promise.all([
    view(nodes, { ...call, functionName: 'signers' }),
    view(nodes, { ...call, functionName: 'threshold' }),
    view(nodes, { ...call, functionName: 'signerEpoch' }),
    view(nodes, { ...call, functionName: 'governanceNonce' }),
    view(nodes, { ...call, functionName: 'delays' }),
    view(nodes, { ...call, functionName: 'pausedUntil' }),
    view(nodes, { ...call, functionName: 'pendingProposal' }),
    latestHead(nodes),
  ]);
  return {
    chain: side,
    chainId,
    bridge: address,
    signers: signers.map((signer) => getAddress(signer)),
    threshold: Number(threshold),
    signerEpoch,
    nonce,
    delays,
    pausedUntil,
    pending: pending.callsHash === zeroHash ? undefined : pending,
    timestamp: head.timestamp,
  };
}

/** How long an accepted proposal can be executed, in seconds; `EXECUTION_WINDOW` of the contract. */
export const EXECUTION_WINDOW = 604_800n;

/** Where the pending proposal stands. */
export type PendingStage = 'waiting' | 'executable' | 'expired' | 'epoch-changed';

export const stageWords: Readonly<Record<PendingStage, string>> = {
  waiting: 'waiting',
  executable: 'can be executed now',
  expired: 'expired: it can no longer be executed',
  'epoch-changed': 'dead: the signers changed since it was accepted',
};

export function stageOf({
  pending,
  timestamp,
  signerEpoch,
}: Pick<GovernedState, 'pending' | 'timestamp' | 'signerEpoch'>): PendingStage | undefined {
  if (pending === undefined) return undefined;
  if (pending.signerEpoch !== signerEpoch) return 'epoch-changed';
  if (timestamp < pending.executableAt) return 'waiting';
  return timestamp < pending.executableAt + EXECUTION_WINDOW ? 'executable' : 'expired';
}

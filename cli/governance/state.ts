import { type Address, type Hex, zeroHash } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type Authority, type BridgeAt, readAuthority, view } from '../../relayer/chain/bridge-contract.ts';
import { latestHead } from '../../relayer/chain/finality.ts';
import type { Side } from '../../protocol/lane.ts';

/** Of a bridge: what governance depends on, at its newest block. All times in seconds since the epoch, as the chain counts. */
export interface GovernedState extends Authority {
  readonly chain: Side;
  readonly chainId: number;
  readonly bridge: Address;
  /** The nonce of the proposal that the bridge takes next. */
  readonly nonce: bigint;
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
  const [authority, nonce, pending, head] = await Promise.all([
    readAuthority(bridge),
    view(nodes, { ...call, functionName: 'governanceNonce' }),
    view(nodes, { ...call, functionName: 'pendingProposal' }),
    latestHead(nodes),
  ]);
  return {
    ...authority,
    ...{ chain: side, chainId, bridge: address, nonce },
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

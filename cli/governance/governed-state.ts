import { type Address, type Hex, decodeEventLog, hexToBigInt, numberToHex, toEventSelector, zeroHash } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { PendingStage } from '../../protocol/governance.ts';
import type { Side } from '../../protocol/lane.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { type Authority, type BridgeAt, readAuthority, view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { headerAt, latestHead } from '../../relayer/chain/finality.ts';
import type { RpcQuorum } from '../../relayer/chain/rpc-quorum.ts';
import { type Proposal, callsHash, proposalFromData } from './proposal.ts';

/**
 * Governance-related state of a bridge at its newest block. All times in seconds since the epoch, by the chain's clock.
 */
export interface GovernedState extends Authority {
  readonly chain: Side;
  readonly chainId: number;
  readonly bridge: Address;
  /** The nonce that the next proposal must carry. */
  readonly nonce: bigint;
  /** The epoch in which the current list of signers began; proposals are signed for it. */
  readonly listEpoch: bigint;
  /** The accepted proposal that is not executed yet. */
  readonly pending:
    | {
        readonly nonce: bigint;
        readonly callsHash: Hex;
        readonly executableAt: bigint;
        /** The epoch in which the list of signers that accepted it began. */
        readonly listEpoch: bigint;
      }
    | undefined;
  /** Timestamp of the newest block. */
  readonly timestamp: bigint;
}

export async function readGoverned(bridge: BridgeAt & { readonly chainId: number }): Promise<GovernedState> {
  const { nodes, address, side, chainId } = bridge;
  const call = { address, abi: mainBridgeAbi, agreed: true } as const;
  const [authority, nonce, listEpoch, pending, head] = await Promise.all([
    readAuthority(bridge),
    view(nodes, { ...call, functionName: 'governanceNonce' }),
    view(nodes, { ...call, functionName: 'listEpoch' }),
    view(nodes, { ...call, functionName: 'pendingProposal' }),
    latestHead(nodes),
  ]);
  return {
    ...authority,
    ...{ chain: side, chainId, bridge: address, nonce, listEpoch },
    pending: pending.callsHash === zeroHash ? undefined : pending,
    timestamp: head.timestamp,
  };
}

export const stageWords: Readonly<Record<PendingStage, string>> = {
  waiting: 'waiting',
  executable: 'can be executed now',
  expired: 'expired: it can no longer be executed',
  'signers-replaced': 'dead: the list of signers was replaced since it was accepted',
};

/** A proposal that a bridge has accepted, from its event. */
export interface Accepted {
  readonly proposal: Proposal;
  /** Indices of the counted signatures, in the signer list that accepted it. */
  readonly acceptedBy: readonly number[];
  readonly blockNumber: bigint;
}

/** The first block with a time of at least `timestamp`, by bisection over headers alone. */
async function blockAt(nodes: RpcQuorum, timestamp: bigint): Promise<bigint> {
  let high = (await latestHead(nodes)).number;
  let low = 0n;
  while (low < high) {
    const middle = (low + high) / 2n;
    if ((await headerAt(nodes, middle)).timestamp < timestamp) low = middle + 1n;
    else high = middle;
  }
  return low;
}

const acceptedTopic = toEventSelector(
  'ProposalAccepted(uint256 nonce, uint256 executableAt, uint32 signerMask, bytes[] calls)',
);

/**
 * Recovers the calls of the pending proposal, of which the bridge stores only the hash. A pending proposal freezes
 * `governanceDelay`, so `executableAt` less the delay is the exact timestamp of the accepting block.
 * @throws {PegwayError} `withheld-log` when no node returns the event.
 */
export async function findPending(
  side: Pick<ChainClient, 'nodes' | 'address'>,
  state: Pick<GovernedState, 'chain' | 'chainId' | 'bridge' | 'pending' | 'delays'>,
): Promise<Accepted | undefined> {
  const { pending } = state;
  if (pending === undefined) return undefined;
  const second = pending.executableAt - BigInt(state.delays.governanceDelay);
  const [from, after] = [await blockAt(side.nodes, second), await blockAt(side.nodes, second + 1n)];
  const filter = {
    address: side.address,
    topics: [acceptedTopic, numberToHex(pending.nonce, { size: 32 })],
    fromBlock: numberToHex(from),
    toBlock: numberToHex(after),
  };
  const logs = await side.nodes.one<readonly RpcLog[]>('eth_getLogs', [filter]);
  for (const log of logs) {
    const topics = log.topics as [Hex, ...Hex[]];
    const { args } = decodeEventLog({ abi: mainBridgeAbi, eventName: 'ProposalAccepted', data: log.data, topics });
    const { chain, chainId, bridge } = state;
    const request = { chain, chainId, bridge, listEpoch: pending.listEpoch, nonce: args.nonce };
    const proposal = proposalFromData({ ...request, deadline: pending.executableAt, calls: args.calls });
    // SECURITY: a node may return any event; only one that matches the bridge's stored hash counts.
    if (callsHash(proposal) !== pending.callsHash) continue;
    return { proposal, acceptedBy: indicesOf(args.signerMask), blockNumber: hexToBigInt(log.blockNumber) };
  }
  throw new PegwayError(
    `the ${state.chain} bridge has accepted proposal ${pending.nonce}, but no node returns its event`,
    { code: 'withheld-log', hint: 'ask another node, or name the proposal’s file' },
  );
}

import { type Hex, decodeEventLog, hexToBigInt, numberToHex, toEventSelector } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { headerAt, latestHead } from '../../relayer/chain/finality.ts';
import type { Nodes } from '../../relayer/chain/rpc-quorum.ts';
import type { ChainSide } from '../../relayer/chain/chain-client.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import { callsHash } from './check.ts';
import { type Proposal, proposalFromData } from './proposal.ts';
import type { GovernedState } from './state.ts';

/** A proposal that a bridge has accepted, as its event tells it. */
export interface Accepted {
  readonly proposal: Proposal;
  /** Indices of those whose signatures were counted, in the list of signers that accepted it. */
  readonly acceptedBy: readonly number[];
  readonly blockNumber: bigint;
}

/** The first block whose time is at least `timestamp`, by bisection over headers alone. */
async function blockAt(nodes: Nodes, timestamp: bigint): Promise<bigint> {
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
 * Finds the calls of the pending proposal, of which the bridge itself keeps the hash alone. While one is pending nothing can
 * change `governanceDelay`, so `executableAt` less the delay is the very second of the block that accepted it.
 * @throws {PegwayError} `withheld-log` when no node returns the event.
 */
export async function findPending(
  side: Pick<ChainSide, 'nodes' | 'address'>,
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
    const request = { chain: state.chain, chainId: state.chainId, bridge: state.bridge, nonce: args.nonce };
    const proposal = proposalFromData({ ...request, deadline: pending.executableAt, calls: args.calls });
    // SECURITY: a node may return any event; the bridge's own hash says which one is true.
    if (callsHash(proposal) !== pending.callsHash) continue;
    return { proposal, acceptedBy: indicesOf(args.signerMask), blockNumber: hexToBigInt(log.blockNumber) };
  }
  throw new PegwayError(
    `the ${state.chain} bridge has accepted proposal ${pending.nonce}, but no node returns its event`,
    { code: 'withheld-log', hint: 'ask another node, or name the proposal’s file' },
  );
}

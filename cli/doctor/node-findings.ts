import { type Address, type Hex, hexToBigInt, hexToNumber, numberToHex } from 'viem';

import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { NO_FINALIZED_HINT, type RpcHeader } from '../../relayer/chain/finality.ts';
import { mayBeLimit } from '../../relayer/chain/log-reader.ts';
import { RpcError, isRateLimit } from '../../relayer/chain/rpc-errors.ts';
import type { Endpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { mainBridgeAbi } from '../../protocol/abi.ts';
import { lastOutboundBlock, view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainConfig } from '../../relayer/config.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { chainIdOf } from '../inspect/answering.ts';
import { span } from '../inspect/format.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';
import { measureLogRange } from './measure-log-range.ts';
import { recompute } from './recompute.ts';

/** Blocks per node with header hash and receipts root recomputed. */
const RECOMPUTED = 100n;
/** Maximum lag of this machine's clock behind a block's timestamp, in seconds. */
const CLOCK_SLACK = 15;

export interface NodeChecks {
  readonly chain: ChainClient;
  readonly config: ChainConfig;
  readonly productTokens: readonly Address[];
  /** This machine's clock, in seconds since the epoch. */
  readonly now: () => number;
}

/** Sends a relayer's requests to each node separately: another node's response must not hide a fault. */
export async function* nodeFindings(checks: NodeChecks): AsyncGenerator<Finding> {
  const { chain, config } = checks;
  for (const endpoint of chain.nodes.endpoints) {
    const subject = `${chain.side} node ${endpoint.name}`;
    const id = await look(subject, 'chain id', () => ownChain(endpoint, config));
    yield id;
    if (id.outcome === 'bad') continue;
    const final = await header(endpoint, config).catch((error: unknown) => error);
    if (final instanceof Error) {
      yield await look(subject, 'final block', () => Promise.reject(final));
      continue;
    }
    const block = final as RpcHeader;
    yield await look(subject, 'final block', () => finalBlock(endpoint, block, config, checks.now()));
    yield await look(subject, 'clock', () => clock(endpoint, checks.now));
    yield await look(subject, 'state at the final block', () => finalState(endpoint, chain.address, block));
    yield await look(subject, 'eth_getLogs range', () => logRange(endpoint, chain, config, hexToBigInt(block.number)));
    yield await look(subject, 'eth_getLogs content', () => lastEvents(endpoint, checks, hexToBigInt(block.number)));
    // With an rpcQuorum of 1, too: it shows whether the quorum can be raised.
    if (config.proof === 'witnesses') continue;
    yield await look(subject, `last ${RECOMPUTED} blocks`, () =>
      recompute(endpoint, { to: hexToBigInt(block.number), count: RECOMPUTED, rule: config.headerRule, chain }),
    );
  }
  yield await look(`${chain.side} chain`, 'nodes agree', () => agreement(checks));
  yield await look(`${chain.side} chain`, 'trust', () => trust(config));
}

async function ownChain(endpoint: Endpoint, { chainId: expected }: ChainConfig): Promise<Outcome> {
  const found = hexToNumber(await chainIdOf(endpoint));
  return found === expected ? ok(`${found}`) : bad(`${found}, expected ${expected}`, 'correct chainId or rpcUrls');
}

async function header(endpoint: Endpoint, { finality }: ChainConfig): Promise<RpcHeader> {
  const read = async (at: string, hint = 'let the node sync') => {
    const found = await endpoint
      .request<RpcHeader | null>('eth_getBlockByNumber', [at, false])
      .catch((error: unknown) => {
        if (error instanceof RpcError && !isRateLimit(error))
          throw new PegwayError(messageOf(error), { cause: error, hint });
        throw error;
      });
    if (found !== null) return found;
    throw new PegwayError(`it returns no block for ${at}`, { hint });
  };
  if (finality === 'finalized') return read('finalized', NO_FINALIZED_HINT);
  const latest = hexToBigInt((await read('latest')).number);
  const depth = BigInt(finality.depth);
  return read(numberToHex(latest > depth ? latest - depth : 0n));
}

async function finalBlock(
  endpoint: Endpoint,
  final: RpcHeader,
  { finality, staleSeconds }: ChainConfig,
  now: number,
): Promise<Outcome> {
  const latest = await endpoint.request<RpcHeader>('eth_getBlockByNumber', ['latest', false]);
  const behind = hexToBigInt(latest.number) - hexToBigInt(final.number);
  const age = now - Number(hexToBigInt(final.timestamp));
  const how = finality === 'finalized' ? 'finalized tag' : `depth ${finality.depth}`;
  const found = `${hexToBigInt(final.number)} by ${how}, ${behind} behind the head, ${span(age)} old`;
  if (age > staleSeconds) return bad(found, `older than staleSeconds (${staleSeconds}): is the node in sync?`);
  return ok(found);
}

async function clock(endpoint: Endpoint, now: () => number): Promise<Outcome> {
  const latest = await endpoint.request<RpcHeader>('eth_getBlockByNumber', ['latest', false]);
  const ahead = Number(hexToBigInt(latest.timestamp)) - now();
  if (ahead > CLOCK_SLACK) {
    return bad(`this machine is ${span(ahead)} behind the newest block`, 'set the clock, by NTP for example');
  }
  return ok(ahead > 0 ? 'in step with the newest block' : `the newest block is ${span(-ahead)} old`);
}

/**
 * Reads state at the final block as relayers do: by the block's hash (EIP-1898), and never at an older one. A node that
 * names blocks by height alone must not pass.
 */
export async function finalState(
  endpoint: Pick<Endpoint, 'request'>,
  bridge: Address,
  { hash }: Pick<RpcHeader, 'hash'>,
): Promise<Outcome> {
  let code: Hex;
  try {
    code = await endpoint.request<Hex>('eth_getCode', [bridge, { blockHash: hash }]);
  } catch (error) {
    return bad(messageOf(error), 'use a node that serves state at a block named by its hash (EIP-1898)');
  }
  return code === '0x' ? bad('no bridge there yet', 'wait until its deployment is final') : ok('there');
}

async function logRange(
  endpoint: Endpoint,
  { address }: ChainClient,
  { logRange: configured }: ChainConfig,
  head: bigint,
): Promise<Outcome> {
  const works = async (blocks: bigint) => {
    const from = head + 1n > blocks ? head + 1n - blocks : 0n;
    const range = { fromBlock: numberToHex(from), toBlock: numberToHex(head) };
    try {
      return Array.isArray(await endpoint.request('eth_getLogs', [{ address, ...range }]));
    } catch (error) {
      // A node that is slow or limits requests shows nothing about ranges.
      if (!mayBeLimit(error)) throw error;
      return false;
    }
  };
  const { largest, limited } = await measureLogRange(works, BigInt(configured), head + 1n);
  if (largest === 0n) return bad('it answers none, not even of one block', 'use a node that serves logs');
  const found = limited ? `${largest} blocks at most` : `${largest} blocks and more`;
  if (limited && largest < BigInt(configured))
    return bad(found, `set logRange to ${largest} or less, found ${configured}`);
  return ok(`${found} (logRange ${configured})`);
}

/** A lagging or pruned node returns an empty list, not an error. */
async function lastEvents(endpoint: Endpoint, { chain, productTokens }: NodeChecks, final: bigint): Promise<Outcome> {
  const blocks = await Promise.all(productTokens.map((token) => lastOutboundBlock(chain, token, final)));
  const last = blocks.reduce((a, b) => (a > b ? a : b), 0n);
  if (last === 0n) return ok('the bridge has emitted nothing yet');
  const range = { fromBlock: numberToHex(last), toBlock: numberToHex(last) };
  const logs = await endpoint.request<readonly RpcLog[]>('eth_getLogs', [{ address: chain.address, ...range }]);
  if (logs.length > 0) return ok(`it returns the bridge’s last event, of block ${last}`);
  return bad(
    `it returns nothing of block ${last}, in which the bridge emitted`,
    'the node prunes or withholds logs: replace it',
  );
}

async function agreement({ chain, config }: NodeChecks): Promise<Outcome> {
  const { number, hash } = await chain.finalHead();
  const owner = await view(chain.nodes, {
    ...{ address: chain.address, abi: mainBridgeAbi, functionName: 'remoteChainId', at: number, agreed: true },
  });
  return ok(
    `${config.rpcQuorum} of ${config.rpcUrls.length} name ${hash.slice(0, 10)}… for block ${number}, remote chain ${owner}`,
  );
}

function trust({ rpcUrls, rpcQuorum, proof, headerRule }: ChainConfig): Outcome {
  if (rpcQuorum === 1) {
    return warn(
      `rpcQuorum is 1 of ${rpcUrls.length} nodes: events are not proven`,
      'one node is trusted with everything: use it only with your own node, or configure three nodes and rpcQuorum 2',
    );
  }
  const how = proof === 'receipts' ? `receipts, headers by ${headerRule}` : `${rpcQuorum} witnesses`;
  return ok(`${rpcQuorum} of ${rpcUrls.length} nodes must agree; proof by ${how}`);
}

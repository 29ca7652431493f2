import type { Address } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { type ChainConfig, type SideConfig, rpcUrlOf } from '../config.ts';
import { mayContain } from '../../protocol/proof/prove-block.ts';
import { coalesceBy } from '../async/coalesce.ts';
import { limit } from '../async/limit.ts';
import type { Background, ChainClient } from './chain-client.ts';
import { type Head, type Tip, finalHead, headerAt, latestHead } from './finality.ts';
import { type HttpObserver, type RpcObserver, openEndpoint } from './json-rpc-endpoint.ts';
import { type ReadLinkedHashes, createLinkedHashes } from './linked-hashes.ts';
import { type BlockProofs, contractsOf, createBlockProofs, openLogSource, proveBlock, provenEvents } from './logs.ts';
import { type RpcQuorum, createRpcQuorum } from './rpc-quorum.ts';
import type { Satellites } from './satellites.ts';

/** One chain through the operator's nodes, shared by every bridge on it. Disposal closes the nodes' connections. */
export interface ChainReader extends AsyncDisposable {
  /** In messages, logs and metrics. */
  readonly name: string;
  readonly chainId: number;
  readonly nodes: RpcQuorum;
  readonly proofs: BlockProofs;
  finalHead(): Promise<Head>;
  /** The header at a height, agreed by the quorum. */
  headerAt(number: bigint): Promise<Head>;
  readonly linkedHashes: ReadLinkedHashes;
  /** Runs reads for which no transfer waits, few at once; see `Background`. */
  readonly background: Background;
  latestHead(): Promise<Tip>;
  /** One bridge on this chain. A block is proven once, whichever bridges ask for it. */
  bridgeAt(side: Side, address: Address, satellites?: Satellites): ChainClient;
  /** Proves no more logs of this bridge for the others. */
  forget(address: Address): void;
}

/** Of all bridges of a chain. */
const BACKGROUND_AT_ONCE = 4;
/** One that takes longer, as at a node that hangs, no longer keeps others waiting. */
const BACKGROUND_SECONDS = 10;

export interface ChainObservers {
  readonly request: RpcObserver;
  readonly response?: HttpObserver;
  readonly disagreement: () => void;
  /** A node became slow, or is well again. */
  readonly slow?: (endpoint: string, isSlow: boolean) => void;
}

/** Opens a chain. Sends no request yet. @param rateLimitSeconds See `createRpcQuorum`. */
export function openChain(
  name: string,
  config: ChainConfig,
  observe: ChainObservers,
  rateLimitSeconds = 0,
): ChainReader {
  const endpoints = config.rpcUrls.map((node, index) =>
    openEndpoint({
      ...{ url: rpcUrlOf(node), index, timeoutSeconds: config.requestTimeoutSeconds, observe: observe.request },
      ...(config.batch ? {} : { largestBatch: 1 }),
      ...(observe.response === undefined ? {} : { onResponse: observe.response }),
    }),
  );
  const nodes = createRpcQuorum({
    ...{ name, endpoints, chainId: config.chainId, quorum: config.rpcQuorum, rateLimitSeconds },
    onDisagreement: observe.disagreement,
    ...(observe.slow === undefined ? {} : { onSlow: observe.slow }),
  });
  const { logRange, proof, headerRule, chainId } = config;
  const proofs = createBlockProofs(nodes, headerRule);
  const last: { final?: bigint; latest?: bigint } = {};
  const reader = {
    ...{ name, chainId, nodes, proofs },
    async finalHead() {
      const head = await finalHead(nodes, config.finality, last.final);
      last.final = head.number;
      return head;
    },
    // Several bridges of a chain follow its heads together.
    headerAt: coalesceBy((number: bigint) => headerAt(nodes, number)),
    linkedHashes: createLinkedHashes(nodes, headerRule),
    background: limit(BACKGROUND_AT_ONCE, BACKGROUND_SECONDS),
    async latestHead() {
      const tip = await latestHead(nodes, last.latest);
      last.latest = tip.number;
      return tip;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(endpoints.map((endpoint) => endpoint[Symbol.asyncDispose]()));
    },
  };
  return {
    ...reader,
    forget: (address) => void proofs.contracts.delete(address),

    bridgeAt: function bridgeAt(side, address, satellites = {}): ChainClient {
      const source = openLogSource({ nodes, side, bridge: address, satellites, logRange, proof, proofs });
      /** Blocks that only a slower node named, after their range had been read. */
      const late = new Set<bigint>();
      return {
        ...{ ...reader, side, address, source },
        including: (named) => bridgeAt(side, address, named),
        async events(from, to) {
          // The bloom shows that most blocks hold no event. A node that lies about it withholds a log,
          // which the gap in the nonces reveals, as with a log that `eth_getLogs` leaves out.
          const isEmpty = from === to.number && !contractsOf(source).some((one) => mayContain(to.logsBloom, one));
          const range = { from, to: to.number, toHash: to.hash };
          const events = isEmpty ? [] : await provenEvents(source, range, (number) => late.add(number));

          const read = new Set(events.map(({ blockNumber }) => blockNumber));
          const named = [...late].filter((number) => number <= to.number);
          for (const number of named) {
            if (!read.has(number)) events.push(...(await proveBlock(source, number)));
          }
          for (const number of named) late.delete(number);
          return events.sort((a, b) => Number(a.blockNumber - b.blockNumber));
        },
      };
    },
  };
}

/** One bridge on a chain of its own, for programs that look at a single bridge. Sends no request yet. */
export const openChainClient = (
  side: Side,
  config: SideConfig,
  observe: ChainObservers,
  rateLimitSeconds?: number,
): ChainClient => openChain(side, config, observe, rateLimitSeconds).bridgeAt(side, config.bridge);

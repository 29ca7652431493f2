import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import type { JsonRpcServer } from 'hardhat/types/network';

import { type RpcRequest, post, read } from '../support/rpc-proxy.ts';

/**
 * Hardhat's node on a chain kept by another client. It cannot follow a chain, so a new head gets a node that forks
 * there; until that node has started, its predecessor answers, as a node does that is behind. It answers every request
 * with its own code and its own errors, including unsupported methods, and validates each transaction first. Accepted
 * transactions are forwarded to the chain; its pool is lost with the next head. On a chain with reorganisations it forks
 * at the final block: Hardhat aborts the process when the block at which it forks is replaced meanwhile.
 */
export interface HardhatNode {
  readonly url: string;
  close(): Promise<void>;
}

interface Head {
  readonly number: string;
}

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

interface Fork {
  readonly server: JsonRpcServer;
  readonly url: string;
  /** Of the block at which it forks. */
  readonly number: number;
  /** The final block at that time. */
  readonly finalNumber: string;
}

/** Position of the block parameter in each method's parameters. */
const BLOCK_PLACE: Readonly<Record<string, number>> = {
  eth_getBlockByNumber: 0,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getTransactionCount: 1,
};

export async function startHardhatNode(
  { chainId, rpcUrl }: { readonly chainId: number; readonly rpcUrl: string },
  forksAt: 'latest' | 'finalized',
): Promise<HardhatNode> {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-hardhat-'));
  const hardforkHistory = { cancun: { blockNumber: 0 } };
  // Starting takes seconds; the first request waits for it.
  const environment = createHardhatRuntimeEnvironment({
    // Never the cache of another run: its chain had the same id.
    paths: { cache: folder },
    chainDescriptors: { [chainId]: { name: `chain ${chainId}`, chainType: 'l1', hardforkHistory } },
    networks: {
      follower: {
        ...{ type: 'edr-simulated', chainType: 'l1', chainId, hardfork: 'cancun', blockGasLimit: 30_000_000 },
        // Without accounts of its own: each fork would derive all of their keys.
        ...{ accounts: [], mining: { auto: false }, forking: { url: rpcUrl } },
      },
    },
  });

  const ask = async (method: string, ...params: unknown[]): Promise<unknown> => {
    const [answer] = (await post(rpcUrl, [{ jsonrpc: '2.0', id: 1, method, params }])) as Answer[];
    return answer?.result;
  };
  const headOf = async (tag: 'latest' | 'finalized') => (await ask('eth_getBlockByNumber', tag, false)) as Head;

  let current: Fork | undefined;
  let next: Promise<Fork> | undefined;
  /** By `performance.now()`. Starts take at most half of the time, however slow the machine is. */
  let nextStart = 0;
  const newestFork = async (): Promise<Fork> => {
    const [head, final] = await Promise.all([headOf(forksAt), headOf('finalized')]);
    const isNew = current === undefined || Number(head.number) > current.number;
    if (next === undefined && isNew && performance.now() >= nextStart) {
      next = succeed(Number(head.number), forksAt === 'latest' ? final.number : head.number);
      next.catch(() => undefined);
    }
    const node = current ?? next;
    if (node === undefined) throw new Error('no node has started');
    return node;
  };
  const succeed = async (number: number, finalNumber: string): Promise<Fork> => {
    const begun = performance.now();
    try {
      const started = await fork(number, finalNumber);
      // The predecessor completes the requests that it has received.
      current?.server.close().catch(() => undefined);
      current = started;
      return started;
    } finally {
      next = undefined;
      nextStart = 2 * performance.now() - begun;
    }
  };
  const fork = async (number: number, finalNumber: string): Promise<Fork> => {
    const override = { forking: { url: rpcUrl, blockNumber: number } };
    const { network } = await environment;
    const server = await network.createServer({ network: 'follower', override }, '127.0.0.1', 0);
    const { port } = await server.listen();
    return { server, url: `http://127.0.0.1:${port}`, number, finalNumber };
  };

  const answer = async (request: RpcRequest, { url, finalNumber }: Fork): Promise<Answer> => {
    const place = BLOCK_PLACE[request.method];
    const params = [...request.params];
    if (place !== undefined && params[place] === 'finalized') params[place] = finalNumber;
    const [own] = (await post(url, [{ ...request, params }])) as Answer[];
    if (own === undefined) throw new Error(`no answer to ${request.method}`);
    if (request.method !== 'eth_sendRawTransaction' || own.error !== undefined) return own;
    const [passed] = (await post(rpcUrl, [request])) as Answer[];
    return passed ?? own;
  };

  const server = createServer((request, response) => {
    const handle = async () => {
      const parsed = JSON.parse(await read(request)) as RpcRequest | RpcRequest[];
      const node = await newestFork();
      const requests = Array.isArray(parsed) ? parsed : [parsed];
      const answers = await Promise.all(requests.map((one) => answer(one, node)));
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(Array.isArray(parsed) ? answers : answers[0]));
    };
    handle().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await next?.catch(() => undefined);
      await current?.server.close().catch(() => undefined);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openEndpoint } from '../../../../relayer/chain/json-rpc-endpoint.ts';
import { type RpcQuorum, createRpcQuorum } from '../../../../relayer/chain/rpc-quorum.ts';

/** A node's behaviour: a result, a JSON-RPC error for a `Refusal`, or no response for `Silence`. */
export type Says = (method: string, params: readonly unknown[]) => unknown;

export class Refusal {
  readonly code: number;
  readonly message: string;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    this.code = code;
    this.message = message;
    this.data = data;
  }
}

export const Silence = Symbol('silence');

/** A node on its own port, with behaviour dictated by the test. */
export interface FakeNode {
  readonly url: string;
  /** Number of requests by method. */
  readonly asked: Map<string, number>;
  says: Says;
  close(): Promise<void>;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

export async function startNode(says: Says): Promise<FakeNode> {
  const node = { says, asked: new Map<string, number>() };
  const answer = ({ id, method, params }: Call) => {
    node.asked.set(method, (node.asked.get(method) ?? 0) + 1);
    const result = node.says(method, params);
    if (result instanceof Refusal) {
      const { code, message, data } = result;
      return { jsonrpc: '2.0', id, error: { code, message, data } };
    }
    return result === Silence ? Silence : { jsonrpc: '2.0', id, result };
  };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const calls = JSON.parse(body) as Call | Call[];
      const answers = [calls].flat().map(answer);
      if (answers.includes(Silence)) return void response.destroy();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(Array.isArray(calls) ? answers : answers[0]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(node, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

export interface Chain {
  readonly nodes: RpcQuorum;
  readonly fakes: readonly FakeNode[];
  /** Number of disagreements between the nodes. */
  readonly disagreements: () => number;
  close(): Promise<void>;
}

/** Nodes as an operator configures them, with this `quorum`. */
export async function startNodes(quorum: number, ...says: readonly Says[]): Promise<Chain> {
  const fakes = await Promise.all(says.map(startNode));
  const endpoints = fakes.map(({ url }, index) => openEndpoint({ url, index, timeoutSeconds: 2 }));
  let disagreements = 0;
  const nodes = createRpcQuorum({
    ...{ name: 'main', chainId: 1, quorum },
    endpoints,
    onDisagreement: () => disagreements++,
  });
  return {
    ...{ nodes, fakes, disagreements: () => disagreements },
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint[Symbol.asyncDispose]()));
      await Promise.all(fakes.map((fake) => fake.close()));
    },
  };
}

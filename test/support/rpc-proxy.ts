import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { request as send } from 'undici';

export interface RpcRequest {
  readonly id: unknown;
  readonly method: string;
  params: unknown[];
}

/** A refusal of a request by a node. `ask` rejects with it; any other error breaks the connection. */
export class NodeError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Faults applied to requests that pass through the proxy. Each is optional. */
export interface NodeFault {
  /** Runs before the request is forwarded; a result given here replaces the node's. */
  ask?(request: RpcRequest, node: (method: string, ...params: unknown[]) => Promise<unknown>): Promise<unknown>;
  /** Transforms the node's result. */
  tell?(request: RpcRequest, result: unknown): unknown;
  /** Applies to the whole HTTP request. */
  http?(response: ServerResponse): Promise<'answered' | 'go on'>;
}

/** A JSON-RPC proxy with one path per route, which identifies the client and the chain's node. */
export interface RpcProxy {
  /** Adds a route to a node; `name` may hold slashes. */
  way(name: string, rpcUrl: string): string;
  /** Faults by route name; replaced as a whole. */
  readonly faults: Map<string, NodeFault>;
  /** Called for every transaction that is forwarded. */
  onSend: (way: string) => void;
  close(): Promise<void>;
}

export async function startRpcProxy(): Promise<RpcProxy> {
  const ways = new Map<string, string>();
  const faults = new Map<string, NodeFault>();
  const proxy: { onSend: RpcProxy['onSend'] } = { onSend: () => undefined };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = decodeURI(request.url ?? '').slice(1);
    const target = ways.get(name);
    if (target === undefined) return void response.writeHead(404).end();
    const fault = faults.get(name);
    if ((await fault?.http?.(response)) === 'answered') return;
    const body = await read(request);
    if (fault === undefined && !body.includes('"eth_sendRawTransaction"')) return pass(target, body, response);
    const node = async (method: string, ...params: unknown[]) => {
      const answer = (await post(target, [{ jsonrpc: '2.0', id: 1, method, params }])) as { result?: unknown }[];
      return answer[0]?.result;
    };

    const parsed = JSON.parse(body) as RpcRequest | RpcRequest[];
    const requests = Array.isArray(parsed) ? parsed : [parsed];
    const own = new Map<unknown, object>();
    for (const one of requests) {
      try {
        const result = await fault?.ask?.(one, node);
        if (result !== undefined) own.set(one.id, { result });
      } catch (error) {
        if (!(error instanceof NodeError)) throw error;
        own.set(one.id, { error: { code: error.code, message: error.message } });
      }
    }
    const passed = requests.filter(({ id }) => !own.has(id));
    for (const { method } of passed) {
      if (method === 'eth_sendRawTransaction') proxy.onSend(name);
    }
    const said = passed.length === 0 ? [] : ((await post(target, passed)) as { id: unknown; result?: unknown }[]);
    const answers = requests.map((one) => {
      if (own.has(one.id)) return { jsonrpc: '2.0', id: one.id, ...own.get(one.id) };
      const answer = said.find(({ id }) => id === one.id);
      if (answer === undefined || !('result' in answer) || fault?.tell === undefined) return answer;
      return { ...answer, result: fault.tell(one, answer.result) };
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(Array.isArray(parsed) ? answers : answers[0]));
  };

  const server = createServer((request, response) => {
    // A broken connection is one of the faults, and occurs at the end of a test.
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    way(name, rpcUrl) {
      ways.set(name, rpcUrl);
      return `http://127.0.0.1:${port}/${name}`;
    },
    faults,
    get onSend() {
      return proxy.onSend;
    },
    set onSend(listener) {
      proxy.onSend = listener;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Forwards a response as it arrives: most requests meet no fault, and parsing them all would cost more than the relayers. */
async function pass(url: string, body: string, response: ServerResponse): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await send(url, { method: 'POST', headers, body });
  response.writeHead(answer.statusCode, headers);
  await pipeline(answer.body, response);
}

/** Reads the body of a request. */
export async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Sends one or more requests to a node, and returns the response. */
export async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

/** Faults that do not depend on the request. */
export const silence: NodeFault = {
  http(response) {
    response.destroy();
    return Promise.resolve('answered');
  },
};

export const slowness = (milliseconds: number): NodeFault => ({
  async http() {
    await sleep(milliseconds);
    return 'go on';
  },
});

import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Hex } from 'viem';

import { type RpcRequest, post, read } from './rpc-proxy.ts';

/** Habits of public providers that own nodes do not have. All of them are counted, so that a run can be repeated. */
export interface Habits {
  /** Blocks in one `eth_getLogs`; the refusal is a JSON-RPC error, or plain text with HTTP 400. */
  readonly range?: { readonly blocks: number; readonly refusal: 'error' | 'http' };
  /** Logs in one answer. */
  readonly results?: number;
  /** Every so many HTTP requests one is answered with 429. */
  readonly limited?: { readonly every: number; readonly retryAfter?: number };
  /** Methods that the plan does not include: 403. */
  readonly forbidden?: readonly string[];
  /** Items in a batch: further ones are dropped, or the whole batch is refused by one error. */
  readonly batch?: { readonly items: number; readonly refusal: 'dropped' | 'error' };
  /** Blocks by which the nodes behind the load balancer are behind; requests go to them in turn. */
  readonly behind?: readonly number[];
  /** Blocks by which `finalized` is behind, beyond that. */
  readonly finalizedBehind?: number;
  /** The first request for a block that was just announced returns `null`. */
  readonly announcesEarly?: boolean;
}

export interface Provider extends AsyncDisposable {
  readonly url: string;
  /** How often each habit showed. */
  readonly shown: ReadonlyMap<string, number>;
  /** HTTP requests so far. */
  readonly requests: () => number;
  /** From now on the plan's daily allowance is used up: every request is refused. */
  exhaust(): void;
}

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Passes requests on to a node of one's own, with the habits of a provider. */
export async function startProvider(rpcUrl: string, habits: Habits): Promise<Provider> {
  const shown = new Map<string, number>();
  const show = (habit: string): void => void shown.set(habit, (shown.get(habit) ?? 0) + 1);
  const announced = new Set<string>();
  let requests = 0;
  let isExhausted = false;
  let turn = 0;

  const node = async (method: string, ...params: unknown[]): Promise<unknown> =>
    ((await post(rpcUrl, { jsonrpc: '2.0', id: 1, method, params })) as Answer).result;
  const newest = async (): Promise<number> => Number(await node('eth_blockNumber'));
  const hex = (number: number): Hex => `0x${Math.max(0, number).toString(16)}`;

  /** Undefined to pass the request on. */
  async function own({ id, method, params }: RpcRequest): Promise<Answer | undefined> {
    const lag = habits.behind?.[turn++ % habits.behind.length] ?? 0;
    const [first] = params;
    if (method === 'eth_getLogs') return logs(id, first as Filter, lag);
    if (lag === 0 && habits.finalizedBehind === undefined && habits.announcesEarly !== true) return undefined;
    if (method === 'eth_blockNumber') return { id, result: hex((await newest()) - lag) };
    if (method === 'eth_getBlockByNumber') {
      if (first === 'finalized') {
        const final = (await node(method, first, false)) as { readonly number: Hex } | null;
        const behind = lag + (habits.finalizedBehind ?? 0);
        if (final === null || behind === 0) return undefined;
        show('lagging finalized');
        return { id, result: await node(method, hex(Number(final.number) - behind), params[1]) };
      }
      const head = (await newest()) - lag;
      if (first === 'latest') return { id, result: await node(method, hex(head), params[1]) };
      if (Number(first) > head) {
        show('node behind');
        return { id, result: null };
      }
    }
    if (method.startsWith('eth_getBlock') && habits.announcesEarly === true && !announced.has(String(first))) {
      announced.add(String(first));
      show('null for a block just announced');
      return { id, result: null };
    }
    return undefined;
  }

  interface Filter {
    readonly fromBlock?: Hex;
    readonly toBlock?: Hex;
  }
  async function logs(id: unknown, { fromBlock, toBlock }: Filter, lag: number): Promise<Answer | undefined> {
    if (fromBlock === undefined || !toBlock?.startsWith('0x')) return undefined;
    const blocks = Number(toBlock) - Number(fromBlock) + 1;
    if (habits.range !== undefined && blocks > habits.range.blocks && habits.range.refusal === 'error') {
      show('range refused');
      return { id, error: { code: -32_602, message: `ranges over ${habits.range.blocks} blocks are not supported` } };
    }
    if (lag === 0 || Number(toBlock) <= (await newest()) - lag) return undefined;
    // A node that is behind returns what it has, and no error (go-ethereum issue 24078).
    show('logs of a node behind');
    return { id, result: [] };
  }

  const refuse = (response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);

  async function answer(body: string, response: ServerResponse): Promise<void> {
    requests += 1;
    const parsed = JSON.parse(body) as RpcRequest | RpcRequest[];
    const asked = [parsed].flat();
    const failure = (code: number, message: string): string =>
      JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } });
    if (isExhausted) {
      show('daily cap');
      return refuse(response, 402, failure(-32_005, 'daily request count exceeded, request rate limited'));
    }
    if (habits.limited !== undefined && requests % habits.limited.every === 0) {
      show('429');
      const { retryAfter } = habits.limited;
      const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
      return refuse(response, 429, failure(-32_005, 'compute units per second exceeded'), headers);
    }
    if (asked.some(({ method }) => habits.forbidden?.includes(method) === true)) {
      show('403');
      return refuse(response, 403, 'this method is not included in your plan');
    }
    if (habits.batch !== undefined && asked.length > habits.batch.items && habits.batch.refusal === 'error') {
      show('batch refused');
      return refuse(response, 200, failure(-32_600, 'batch too large'));
    }
    if (habits.range?.refusal === 'http' && asked.some((one) => blocksOf(one) > (habits.range?.blocks ?? 0))) {
      show('range refused');
      return refuse(response, 400, 'ranges of this size need another plan');
    }
    const answers: (Answer | undefined)[] = [];
    for (const one of asked) {
      const { method, params } = one;
      const passed =
        (await own(one)) ?? ((await post(rpcUrl, { jsonrpc: '2.0', id: one.id, method, params })) as Answer);
      const isTooMuch = habits.results !== undefined && method === 'eth_getLogs' && sizeOf(passed) > habits.results;
      if (isTooMuch) show('result refused');
      const refusal = { code: -32_005, message: `query returned more than ${habits.results} results` };
      answers.push(isTooMuch ? { id: one.id, error: refusal } : passed);
    }
    const kept = habits.batch === undefined ? answers : answers.slice(0, habits.batch.items);
    if (kept.length < answers.length) show('batch item dropped');
    const items = kept.map((one) => ({ jsonrpc: '2.0', ...one }));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(Array.isArray(parsed) ? items : items[0]));
  }

  const server = createServer((request, response) => {
    read(request)
      .then((body) => answer(body, response))
      // The node may be gone at the end of a test.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ shown, requests: () => requests },
    exhaust() {
      isExhausted = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function blocksOf({ method, params }: RpcRequest): number {
  const [{ fromBlock, toBlock } = {}] = params as [{ readonly fromBlock?: Hex; readonly toBlock?: Hex }?];
  if (method !== 'eth_getLogs' || fromBlock === undefined || toBlock === undefined) return 0;
  return Number(toBlock) - Number(fromBlock) + 1;
}

const sizeOf = ({ result }: Answer): number => (Array.isArray(result) ? result.length : 0);

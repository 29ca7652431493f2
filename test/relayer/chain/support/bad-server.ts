import { type IncomingHttpHeaders, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly calls: readonly Call[];
  /** True if the calls arrived as a batch. */
  readonly isBatch: boolean;
  /** Resolves when the connection under the request is closed. */
  readonly closed: Promise<void>;
}

/** A server with HTTP responses dictated by the test, JSON-RPC or not. */
export interface BadServer extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  readonly received: readonly Received[];
  /** Open connections. */
  connections(): Promise<number>;
}

export async function startBadServer(
  answer: (received: Received, response: ServerResponse) => void,
): Promise<BadServer> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const closed = new Promise<void>((resolve) => response.on('close', resolve));
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const parsed = JSON.parse(body) as Call | Call[];
      const one = {
        ...{ headers: request.headers, url: request.url ?? '', closed },
        ...{ calls: [parsed].flat(), isBatch: Array.isArray(parsed) },
      };
      received.push(one);
      answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ host, url: `http://${host}`, received },
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends JSON; a list as a batch, anything else unchanged. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** An honest node's response to a call: its method and first parameter, so that swapped responses are detected. */
export const honest = ({ id, method, params }: Call) => ({
  jsonrpc: '2.0',
  id,
  result: `${method} ${String(params[0])}`,
});

/** A response to all calls, as a batch if they came as one. */
export const honestly = ({ calls, isBatch }: Received): unknown => {
  const items = calls.map(honest);
  return isBatch ? items : items[0];
};

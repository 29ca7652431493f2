import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** Of RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A WebSocket server that sends heads when a test dictates it. */
export interface HeadsServer extends AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  readonly connections: () => number;
  send(message: unknown): void;
  /** Sends one head to each connection. */
  head(): void;
  /** Ends each connection. */
  cut(): void;
}

export async function startHeadsServer(): Promise<HeadsServer> {
  const sockets = new Set<Duplex>();
  let connections = 0;
  const server = createServer();
  server.on('upgrade', (request, socket: Duplex) => {
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    // The subscription is taken for granted.
    socket.once('data', () => {
      connections++;
      sockets.add(socket);
      socket.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const send = (message: unknown): void => {
    const payload = Buffer.from(JSON.stringify(message));
    // One unmasked text frame of less than 126 bytes.
    for (const socket of sockets) socket.write(Buffer.concat([Buffer.from([0x81, payload.length]), payload]));
  };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ connections: () => connections, send, cut },
    head: () => send({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: {} } }),
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

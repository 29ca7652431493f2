// The sending thread of a flood: see flood.ts.
import { type Socket, connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

import type { FloodOrder } from './flood.ts';

const { port, perSecond, from, bodies } = workerData as FloodOrder;

const CONNECTIONS_AN_ADDRESS = 8;
const TICK_MILLISECONDS = 10;
/** A sender that reads no answers would be cut off by the kernel, and is no harder to withstand. */
const MOST_OPEN = 500;

const messages = bodies.map((body) =>
  Buffer.from(
    `POST /v1/attestations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  ),
);
let counts = new Map<number, number>();
const count = (status: number): void => void counts.set(status, (counts.get(status) ?? 0) + 1);

interface Line {
  socket: Socket;
  open: number;
}

const lines = from.flatMap((localAddress) =>
  Array.from({ length: CONNECTIONS_AN_ADDRESS }, () => {
    const line = { open: 0 } as Line;
    const dial = (): void => {
      line.open = 0;
      line.socket = connect({ port, host: '127.0.0.1', localAddress });
      line.socket.on('data', (chunk: Buffer) => {
        for (const [, status] of chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)) {
          line.open--;
          count(Number(status));
        }
      });
      line.socket.on('error', () => count(0));
      line.socket.on('close', () => setTimeout(dial, 100));
    };
    dial();
    return line;
  }),
);

const began = performance.now();
let sent = 0;
setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
  for (; sent < due; sent++) {
    const line = lines[sent % lines.length];
    const message = messages[sent % messages.length];
    if (line === undefined || message === undefined || line.socket.pending || line.open >= MOST_OPEN) continue;
    line.open++;
    line.socket.write(message);
  }
}, TICK_MILLISECONDS);
setInterval(() => {
  parentPort?.postMessage(counts);
  counts = new Map();
}, 200);

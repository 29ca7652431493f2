import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP proxy that lies between two hosts as a distance does: handshake and data travel for a time. */
export interface Distance {
  readonly url: string;
  /** Connections opened through it. */
  connections(): number;
  /** Requests for a signature sent through it. */
  attestations(): number;
  close(): Promise<void>;
}

/** @param roundTrip Milliseconds there and back. */
export async function startDistance(to: { host: string; port: number }, roundTrip: number): Promise<Distance> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let attestations = 0;

  /** Delivers each piece after half a round trip, in order; the first one after the handshake's as well. */
  const carry = (from: Socket, onward: Socket, openedAt: number): void => {
    let last: Promise<unknown> = Promise.resolve();
    const later = (deliver: () => void): void => {
      const handshake = Math.max(0, openedAt + roundTrip - performance.now());
      const travelled = new Promise((resolve) => setTimeout(resolve, handshake + roundTrip / 2));
      last = Promise.all([last, travelled]).then(deliver);
    };
    from.on('data', (data) => later(() => onward.writable && onward.write(data)));
    from.on('end', () => later(() => onward.end()));
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      later(() => onward.destroy());
    });
    sockets.add(from);
  };

  const server = createServer((near) => {
    connections++;
    const far = connect(to.port, to.host);
    near.on('data', (data) => (attestations += data.toString('latin1').split('POST /v1/attestations').length - 1));
    const openedAt = performance.now();
    carry(near, far, openedAt);
    carry(far, near, openedAt);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    attestations: () => attestations,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP proxy that can be cut or slowed, transparent to its client. */
export interface Cable {
  readonly port: number;
  /** Closes open connections and refuses new ones until it is mended. */
  cut(): void;
  mend(): void;
  /** Delays what passes from now on by so many milliseconds in each direction; open connections, too. */
  delay(milliseconds: number): void;
  /** Target of new connections; open ones keep theirs. */
  lead(to: { readonly host: string; readonly port: number }): void;
  close(): Promise<void>;
}

export async function layCable(end: { readonly host: string; readonly port: number }): Promise<Cable> {
  let to = end;
  const sockets = new Set<Socket>();
  let isCut = false;
  let delay = 0;
  /** Chunks arrive in order, also when the delay changes between two of them. */
  const forward = (one: Socket, other: Socket): void => {
    let earliest = 0;
    const pass = (action: () => void): void => {
      const now = performance.now();
      earliest = Math.max(earliest, now + delay);
      if (earliest <= now) action();
      else setTimeout(action, earliest - now);
    };
    one.on('data', (chunk) =>
      pass(() => {
        if (other.writable) other.write(chunk);
      }),
    );
    one.on('end', () => pass(() => other.end()));
    one.on('close', () => pass(() => other.destroy()));
  };
  const server = createServer((from) => {
    if (isCut) return void from.destroy();
    const onward = connect(to.port, to.host);
    for (const [one, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => sockets.delete(one));
      forward(one, other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };

  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (isCut = false),
    delay: (milliseconds) => void (delay = milliseconds),
    lead: (other) => void (to = other),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP proxy that can be cut, transparent to its client. */
export interface Cable {
  readonly port: number;
  /** Closes open connections and refuses new ones until it is mended. */
  cut(): void;
  mend(): void;
  /** Target of new connections; open ones keep theirs. */
  lead(to: { readonly host: string; readonly port: number }): void;
  close(): Promise<void>;
}

export async function layCable(end: { readonly host: string; readonly port: number }): Promise<Cable> {
  let to = end;
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((from) => {
    if (isCut) return void from.destroy();
    const onward = connect(to.port, to.host);
    for (const [one, other] of [
      [from, onward],
      [onward, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
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
    lead: (other) => void (to = other),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

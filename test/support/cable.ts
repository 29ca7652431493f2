import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** A TCP connection that can be cut: what talks through it needs no knowledge of it. */
export interface Cable {
  readonly port: number;
  /** Ends what is open and refuses what comes, until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export async function layCable(to: { readonly host: string; readonly port: number }): Promise<Cable> {
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
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { randomInt } from 'node:crypto';
import { type Server, createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections (from 32768 on, and higher elsewhere): a process that is down for a while
 * finds its port free when it comes back, whatever was connected meanwhile.
 */
const FIRST = 20_000;
const END = 32_768;

/** Undefined when the port is in use. */
const listenOn = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

async function holdFreePort(): Promise<{ readonly port: number; readonly server: Server }> {
  for (let attempt = 0; attempt < END - FIRST; attempt++) {
    const port = randomInt(FIRST, END);
    const server = await listenOn(port);
    if (server !== undefined) return { port, server };
  }
  throw new RangeError(`no port of 127.0.0.1 from ${FIRST} to ${END - 1} is free`);
}

/** `count` different ports of 127.0.0.1 without a listener. */
export async function freePorts(count: number): Promise<number[]> {
  // All are held until the last is found, so that none is found twice.
  const held = await Promise.all(Array.from({ length: count }, holdFreePort));
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new RangeError('no free port');
  return port;
}

/** This port of 127.0.0.1 if it has no listener, else another one. */
export async function portNear(preferred: number): Promise<number> {
  const server = await listenOn(preferred);
  if (server === undefined) return freePort();
  await new Promise((resolve) => server.close(resolve));
  return preferred;
}

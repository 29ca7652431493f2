import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below what systems give to outgoing connections (from 32768 on, and higher elsewhere): a process that is down for a while
 * finds its port free when it comes back, whatever was connected meanwhile.
 */
const FIRST = 20_000;
const END = 32_768;

async function hasNoListener(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

/**
 * Reserves a port of 127.0.0.1 until this process ends, whichever program listens there in the meantime. Without it, two
 * devnets that start at once could find the same port free before either listens there, and one that restarts a relayer
 * could find its port taken. The reservation is the UDP port of the same number, which nothing here uses for anything else.
 * @returns false when the port is reserved, or has a listener.
 */
async function reserve(port: number): Promise<boolean> {
  const reservation = createSocket('udp4').unref();
  try {
    await once(reservation.bind({ port, address: '127.0.0.1', exclusive: true }), 'listening');
  } catch {
    return false;
  }
  if (await hasNoListener(port)) return true;
  reservation.close();
  return false;
}

/** A port of 127.0.0.1 without a listener, reserved for this process and what it starts. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < END - FIRST; attempt++) {
    const port = randomInt(FIRST, END);
    if (await reserve(port)) return port;
  }
  throw new RangeError(`no port of 127.0.0.1 from ${FIRST} to ${END - 1} is free`);
}

/** As `freePort`, so many different ones. */
export const freePorts = (count: number): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, () => freePort()));

/** This port of 127.0.0.1 if it is free, else another one; reserved as by `freePort`. */
export const portNear = async (preferred: number): Promise<number> =>
  (await reserve(preferred)) ? preferred : freePort();

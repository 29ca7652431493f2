import { type AddressInfo, type Socket, createServer } from 'node:net';

import type { PGlite } from '@electric-sql/pglite';

/*
 * Several clients on the one session of a PGlite, by the Postgres wire protocol. The socket server that PGlite's makers offer
 * puts the messages of different clients between one another, so that one client's Bind meets another's Parse ("unnamed
 * prepared statement does not exist"), and gives a notification to whoever caused it. Here what belongs together runs
 * together, and listeners hear what they listen for.
 */

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;
/** Messages after which the client waits: simple query, sync, flush, terminate, function call. */
const ENDS_UNIT = new Set(Array.from('QSHXF', (letter) => letter.charCodeAt(0)));
const NOTIFICATION = 'A'.charCodeAt(0);
// A comment may come before it.
const LISTENS = /^\s*(un)?listen\s+"?([\w:.-]+|\*)"?/im;

/** What is done to the database itself after so many units, and never while a client's transaction is open. */
export interface Upkeep {
  readonly everyUnits: number;
  readonly work: () => Promise<unknown>;
}

export async function serveWire(
  database: PGlite,
  upkeep: Upkeep,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Map<Socket, Set<string>>();
  const units: { socket: Socket; bytes: Buffer }[] = [];
  let owner: Socket | undefined;
  let busy = false;
  let served = 0;

  /** The answer goes to who asked; a notification in it to who listens. */
  const deliver = (socket: Socket, answer: Uint8Array): void => {
    const bytes = Buffer.from(answer);
    const own: Buffer[] = [];
    for (let start = 0; start < bytes.length;) {
      const message = bytes.subarray(start, start + 1 + bytes.readInt32BE(start + 1));
      start += message.length;
      if (message.readUInt8(0) !== NOTIFICATION) {
        own.push(message);
        continue;
      }
      const channel = message.toString('utf8', 9, message.indexOf(0, 9));
      for (const [other, channels] of sockets) if (channels.has(channel) && other.writable) other.write(message);
    }
    if (socket.writable) socket.write(Buffer.concat(own));
  };

  /** One unit at a time; while a transaction is open, its client's alone. */
  const run = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    for (;;) {
      const holder = owner;
      const index = holder === undefined ? 0 : units.findIndex(({ socket }) => socket === holder);
      const unit = units[index];
      if (unit === undefined) break;
      units.splice(index, 1);
      const answer = await database.execProtocolRaw(unit.bytes).catch(() => undefined);
      if (answer === undefined) unit.socket.destroy();
      else deliver(unit.socket, answer);
      owner = database.isInTransaction() ? unit.socket : undefined;
      if (++served < upkeep.everyUnits || owner !== undefined) continue;
      served = 0;
      // What fails is done the next time.
      await upkeep.work().catch(() => undefined);
    }
    busy = false;
  };

  const forget = async (socket: Socket): Promise<void> => {
    sockets.delete(socket);
    for (let index = units.length - 1; index >= 0; index--) if (units[index]?.socket === socket) units.splice(index, 1);
    if (owner !== socket) return;
    await database.exec('ROLLBACK');
    owner = undefined;
    await run();
  };

  const server = createServer((socket) => {
    const channels = new Set<string>();
    sockets.set(socket, channels);
    socket.setNoDelay(true);
    const take = unitsOf((bytes) => {
      note(bytes, channels);
      units.push({ socket, bytes });
      void run();
    }, socket);
    socket.on('data', take);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => void forget(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Cuts what arrives into units: all messages up to one after which the client waits for an answer. */
function unitsOf(emit: (unit: Buffer) => void, socket: Socket): (data: Buffer) => void {
  let buffer = Buffer.alloc(0);
  let end = 0;
  let started = false;
  return (data) => {
    buffer = Buffer.concat([buffer, data]);
    for (;;) {
      if (!started) {
        if (buffer.length < 8) return;
        const length = buffer.readInt32BE(0);
        const code = buffer.readInt32BE(4);
        if (code === CANCEL_REQUEST) return void socket.destroy();
        if (buffer.length < length) return;
        if (code === SSL_REQUEST) {
          socket.write('N');
        } else {
          started = true;
          emit(buffer.subarray(0, length));
        }
        buffer = buffer.subarray(length);
        continue;
      }
      if (buffer.length < end + 5) return;
      const type = buffer.readUInt8(end);
      const length = 1 + buffer.readInt32BE(end + 1);
      if (buffer.length < end + length) return;
      end += length;
      if (!ENDS_UNIT.has(type)) continue;
      if (type === 'X'.charCodeAt(0)) return void socket.end();
      emit(buffer.subarray(0, end));
      buffer = buffer.subarray(end);
      end = 0;
    }
  };
}

/** LISTEN and UNLISTEN come as simple queries. */
function note(unit: Buffer, channels: Set<string>): void {
  if (unit.readUInt8(0) !== 'Q'.charCodeAt(0)) return;
  const match = LISTENS.exec(unit.toString('utf8', 5, unit.length - 1));
  const channel = match?.[2];
  if (channel === undefined) return;
  if (match?.[1] === undefined) channels.add(channel);
  else if (channel === '*') channels.clear();
  else channels.delete(channel);
}

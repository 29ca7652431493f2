import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';

import { freePorts } from '../../cli/devnet/free-ports.ts';
import { pegway } from '../support/cli.ts';
import { ONE, type TestNet, startTestNet } from '../support/devnet.ts';
import { type RedisServer, hasRedisServer, startRedisServer } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';

interface Delivered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly id: string;
}

/** Answers that are lost after the receiver has committed: the relayer must send these again. */
const LOST_ANSWERS = 5;

describe('the receiver of the examples, behind the webhook of a relayer', () => {
  let net: TestNet;
  let receiver: ChildProcess;
  /** Between relayer and receiver. */
  let wire: Server;
  let port: number;
  /** Queue of the relayer that delivers; undefined on a machine without Redis. */
  let redis: RedisServer | undefined;
  const delivered: Delivered[] = [];
  const at = (name: string) => join(net.directory, name);

  const startReceiver = async (): Promise<void> => {
    const args = ['examples/credit-receiver.ts', String(port), at('credits.sqlite'), at('secret')];
    receiver = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(receiver.stdout as NodeJS.EventEmitter, 'data');
  };
  const killReceiver = async (): Promise<void> => {
    receiver.kill('SIGKILL');
    await once(receiver, 'exit');
  };
  const send = (headers: IncomingHttpHeaders, body: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: headers as Record<string, string>, body }).then(
      ({ status }) => status,
    );

  before(async () => {
    // The relayer that delivers is a process of its own, so that it can be killed.
    net = await startTestNet({ processes: [0] });
    [port = 0] = await freePorts(1);
    if (hasRedisServer) redis = await startRedisServer();
    writeFileSync(at('secret'), `whsec_${Buffer.alloc(32, 5).toString('base64')}`, { mode: 0o600 });
    await startReceiver();
    wire = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const own = Object.entries(request.headers).filter(([name]) => name.startsWith('webhook-'));
        const headers = Object.fromEntries(own);
        send(headers, body).then(
          (status) => {
            if (status === 204) delivered.push({ headers, body, id: String(headers['webhook-id']) });
            if (delivered.length <= LOST_ANSWERS) request.destroy();
            else response.writeHead(status).end();
          },
          () => request.destroy(),
        );
      });
    });
    await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
    net.configure(0, (config) => {
      const url = `http://127.0.0.1:${(wire.address() as AddressInfo).port}/`;
      if (redis !== undefined) config.queue = redis.url;
      config.webhooks = [{ name: 'shop', url, secretFiles: [at('secret')], allowPrivate: true }];
    });
    await net.kill(0);
    await net.restart(0);
  });
  after(async () => {
    receiver.kill('SIGKILL');
    wire.closeAllConnections();
    wire.close();
    await net.stop();
    await redis?.stop();
  });

  const balance = (): bigint => {
    using database = new DatabaseSync(at('credits.sqlite'));
    const row = database.prepare('SELECT amount FROM balances WHERE account = ?').get(net.holder.address);
    return BigInt((row?.['amount'] as string | undefined) ?? 0);
  };
  /** The sum of deposits of 1, 1 + 1 wei, 1 + 2 wei …. */
  const sum = (count: number): bigint => BigInt(count) * ONE + BigInt((count * (count - 1)) / 2);

  it('credits each transfer exactly once over kill -9 of the receiver, of Redis and of the relayer', async () => {
    await net.depositMany(15);
    await eventually('some are credited', () => balance() > 0n);
    await killReceiver();
    const redisPort = redis?.port;
    await redis?.stop();
    await net.depositMany(10);
    await net.kill(0);
    await startReceiver();
    // Empty: it keeps nothing on the disk.
    if (redisPort !== undefined) redis = await startRedisServer({ port: String(redisPort) });
    await net.restart(0);
    await net.depositMany(5);
    const expected = sum(15) + sum(10) + sum(5);
    await eventually('all are credited', () => balance() >= expected);
    await eventually('nothing waits', async () => {
      const { stdout } = await pegway(
        'webhooks',
        'list',
        '--config',
        net.devnet.members[0]?.configFile ?? '',
        '--json',
      );
      const [webhook] = JSON.parse(stdout) as { pending: number; deadLetters: number }[];
      return webhook !== undefined && webhook.pending + webhook.deadLetters === 0;
    });
    // Only now has each message with a lost answer been repeated.
    const ids = delivered.map(({ id }) => id);
    assert.ok(ids.length >= new Set(ids).size + LOST_ANSWERS, 'messages were repeated');
    assert.equal(balance(), expected);
  });

  it('ignores a message that it has, and refuses one that is forged or old', async () => {
    const before = balance();
    for (const { headers, body } of delivered.slice(-3)) {
      assert.equal(await send(headers, body), 204);
      assert.equal(await send(headers, `${body} `), 401);
      assert.equal(await send({ ...headers, 'webhook-id': '1-1-1-1' }, body), 401);
      assert.equal(await send({ ...headers, 'webhook-timestamp': '1795248770' }, body), 401);
    }
    assert.equal(balance(), before);
  });
});

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { freePort } from '../../../cli/devnet/free-ports.ts';
import { openQueue } from '../../../relayer/queue/open-queue.ts';
import { takeLease } from '../../../relayer/queue/lease.ts';
import { examineRedis } from '../../../relayer/queue/redis-connection.ts';
import { type RedisServer, startRedisServer, withoutRedisServer } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';

const log = { warn: () => undefined };
const signal = AbortSignal.timeout(60_000);
const withoutOpenssl = spawnSync('openssl', ['version']).status !== 0 && 'needs openssl';

describe('what is wrong with a Redis', { skip: withoutRedisServer }, () => {
  const servers: RedisServer[] = [];
  const start = async (settings?: Record<string, string>) => {
    const server = await startRedisServer(settings);
    servers.push(server);
    return server;
  };
  after(() => Promise.all(servers.map((server) => server.stop())));

  const refusals = async (url: string, message: RegExp) => {
    const open = { url, namespace: 'refused', log, signal };
    const refusal = { exitCode: 2, message };
    await assert.rejects(examineRedis(url), refusal);
    await assert.rejects(openQueue(open), refusal);
    await assert.rejects(takeLease({ ...open, onWait: () => undefined }), refusal);
  };

  it('is a wrong password', async () => {
    const { port } = await start({ requirepass: 'secret' });
    await refusals(`redis://:wrong@127.0.0.1:${port}`, /refuses user name or password/);
    await refusals(`redis://somebody:secret@127.0.0.1:${port}`, /refuses user name or password/);
    await refusals(`redis://127.0.0.1:${port}`, /requires a password, and the URL has none/);
    assert.equal((await examineRedis(`redis://:secret@127.0.0.1:${port}`)).role, 'master');
  });

  it('is a user that may not do what the queue does', async () => {
    const { port, command } = await start();
    await command('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@read', '+@connection');
    await refusals(`redis://reader:secret@127.0.0.1:${port}`, /the ACL of Redis denies/);
  });

  it('is a database that it does not have', async () => {
    const { url } = await start();
    await refusals(`${url}/99`, /does not have the database/);
    await refusals(`${url}/jobs`, /the database jobs, expected a number/);
    await examineRedis(`${url}/1`);
  });

  it('is an eviction of keys', async () => {
    const { url, command } = await start();
    await command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const refusal = { exitCode: 2, message: /maxmemory-policy allkeys-lru; expected noeviction/ };
    await assert.rejects(openQueue({ url, namespace: 'evicts', log, signal }), refusal);
    await assert.rejects(takeLease({ url, namespace: 'evicts', signal, onWait: () => undefined }), refusal);
    assert.equal((await examineRedis(url)).maxmemoryPolicy, 'allkeys-lru');
  });

  it('is never shown with the password of the URL', async () => {
    const { port } = await start({ requirepass: 'right' });
    await assert.rejects(examineRedis(`redis://user:topsecret@127.0.0.1:${port}`), (error: Error) => {
      assert.doesNotMatch(`${error.message} ${String((error as { hint?: string }).hint)}`, /topsecret/);
      return true;
    });
  });

  it('may pass when it is not there, or a replica: start waits for it', async () => {
    const primary = await start();
    const replica = await start({ replicaof: `127.0.0.1 ${primary.port}` });
    const waits: string[] = [];
    const opening = takeLease({
      ...{ url: replica.url, namespace: 'waits', signal },
      onWait: (code, message) => waits.push(`${code} ${message}`),
    });
    await eventually('it is a replica', () =>
      waits.find((text) => /^queue-unreachable .*replica, which refuses writes/.test(text)),
    );
    await replica.command('REPLICAOF', 'NO', 'ONE');
    const lease = await opening;
    assert.equal(lease.held(), true);
    await lease.release();
    const nowhere = examineRedis(`redis://127.0.0.1:${await freePort()}`);
    await assert.rejects(nowhere, { exitCode: 1, code: 'queue-unreachable', message: /ECONNREFUSED/ });
  });

  describe('with TLS', { skip: withoutOpenssl }, () => {
    let directory: string;
    let tlsPort: number;
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'pegway-tls-'));
      const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=127.0.0.1'];
      execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
      tlsPort = await freePort();
      await start({
        ...{ port: '0', 'tls-port': String(tlsPort), 'tls-auth-clients': 'no' },
        ...{ 'tls-cert-file': certificate, 'tls-key-file': key, 'tls-ca-cert-file': certificate },
      });
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    it('is a redis:// URL for a port with TLS', async () => {
      await eventually('the port is open', async () => {
        await assert.rejects(examineRedis(`redis://127.0.0.1:${tlsPort}`), { message: /expects TLS on this port/ });
        return true;
      });
      await refusals(`redis://127.0.0.1:${tlsPort}`, /expects TLS on this port, and the URL is redis:/);
    });

    it('is a rediss:// URL for a port without TLS', async () => {
      const { port } = await start();
      await refusals(`rediss://127.0.0.1:${port}`, /has no TLS on this port, and the URL is rediss:/);
    });

    it('is a certificate that is not trusted', () =>
      refusals(`rediss://127.0.0.1:${tlsPort}`, /the TLS certificate of Redis is not trusted/));
  });
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { watchChild, type Child } from '../../cli/devnet/child.ts';
import { freePorts } from '../../cli/devnet/free-ports.ts';
import { takeLease } from '../../relayer/queue/lease.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type TestNet, startTestNet } from '../support/devnet.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';

const redisUrl = process.env['REDIS_URL'];

describe('the lease', { skip: redisUrl === undefined && 'needs a Redis' }, () => {
  const opened: { release(): Promise<void> }[] = [];
  const children: ChildProcess[] = [];
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    for (const lease of opened) await lease.release();
  });
  const take = async (name: string, options: { instance?: string; onWait?: () => void } = {}) => {
    const { instance, onWait = () => undefined } = options;
    const lease = await takeLease({
      ...{ url: redisUrl ?? '', namespace: `${name}-${process.pid}`, instance, onWait },
      signal: AbortSignal.timeout(600_000),
    });
    opened.push(lease);
    return lease;
  };
  /** Another process that holds it. */
  const holder = async (name: string, instance = 'other'): Promise<ChildProcess> => {
    const script = `
      import { takeLease } from './relayer/queue/lease.ts';
      const [url, namespace, instance] = process.argv.slice(1);
      const lease = await takeLease({ url, namespace, instance, signal: new AbortController().signal, onWait() {} });
      lease.lost.addEventListener('abort', () => console.log('lost'));
      const say = () => console.log(lease.held() || lease.maySign() ? 'held' : 'not held');
      process.on('SIGUSR2', say);
      say();
      setInterval(say, 100);`;
    const args = ['--input-type=module-typescript', '-e', script];
    const child = spawn(process.execPath, [...args, redisUrl ?? '', `${name}-${process.pid}`, instance], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout, 'data');
    return child;
  };

  it('is not given to a second process while the first one lives', async () => {
    await holder('second');
    let waited = 0;
    const second = take('second', { onWait: () => waited++ });
    await eventually('twenty attempts', () => waited >= 20);
    children.at(-1)?.kill('SIGKILL');
    assert.equal((await second).held(), true);
  });

  it('is given up at the end, and given to the next at once', async () => {
    const first = await take('released', { instance: 'a' });
    await first.release();
    assert.equal(first.held(), false);
    let waited = 0;
    const second = await take('released', { instance: 'b', onWait: () => waited++ });
    assert.equal(waited, 0);
    assert.equal(second.previous, first.tenure);
  });

  it('goes at once to the same installation that was started again', async () => {
    const first = await holder('again', 'host 127.0.0.1:7400');
    first.kill('SIGKILL');
    let waited = 0;
    await take('again', { instance: 'host 127.0.0.1:7400', onWait: () => waited++ });
    assert.equal(waited, 0);
  });

  it('is lost by a process that was stopped, which neither sends nor signs from its first moment on', async () => {
    const first = await holder('stopped');
    first.kill('SIGSTOP');
    await take('stopped');
    let said = '';
    first.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    first.kill('SIGCONT');
    await eventually('it says that it has lost it', () => said.includes('lost'));
    assert.doesNotMatch(said, /^held/m);
  });
});

describe('two processes of one signer', { skip: redisUrl === undefined && 'needs a Redis' }, () => {
  let net: TestNet;
  let proxy: RpcProxy;
  let standby: Child;
  let standbyUrl: string;
  const sent: string[] = [];

  before(async () => {
    net = await startTestNet({ processes: [0] });
    proxy = await startRpcProxy();
    proxy.onSend = (way) => sent.push(way);
    // With two signers gone, nothing moves without this one.
    await net.kill(1, 2);
    await net.kill(0);
    const { main, product } = net.devnet.file;
    const through = (name: string) => (config: ConfigFile) => {
      config.main.rpcUrls = [proxy.way(`${name}/main`, main.rpcUrl)];
      config.product.rpcUrls = [proxy.way(`${name}/product`, product.rpcUrl)];
    };
    net.configure(0, through('first'));
    await net.restart(0);

    const file = net.devnet.members[0]?.configFile ?? '';
    const config = JSON.parse(readFileSync(file, 'utf8')) as ConfigFile;
    through('second')(config);
    const [publicPort, privatePort] = await freePorts(2);
    config.listen = { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` };
    config.dataDir = 'standby-data';
    standbyUrl = `http://127.0.0.1:${privatePort}`;
    const standbyFile = join(dirname(file), 'standby.json');
    writeFileSync(standbyFile, JSON.stringify(config));
    const child = spawn(process.execPath, ['cli/pegway.ts', 'relayer', '--config', standbyFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    standby = watchChild('standby', child, join(dirname(file), 'standby.log'));
    await eventually('it stands by', async () => (await waitsFor(standbyUrl)) === 'standby');
  });
  after(async () => {
    standby.kill('SIGKILL');
    await net.stop();
    await proxy.close();
  });

  /** Why it is not ready, by code; nothing when it is. */
  const waitsFor = async (url: string): Promise<string | undefined> => {
    const health = (await (await fetch(`${url}/health/ready`)).json()) as {
      reasons: readonly { part: string; code: string }[];
    };
    return health.reasons.find(({ part }) => part === 'lease')?.code;
  };
  const firstUrl = () => new URL('/', net.devnet.members[0]?.metricsUrl).href.slice(0, -1);
  it('do not both work: the second one sends nothing', async () => {
    await net.arrives(await net.deposit());
    await net.arrives(await net.redeem(10n ** 18n));
    assert.deepEqual(
      sent.filter((way) => way.startsWith('second')),
      [],
    );
    assert.equal(await waitsFor(standbyUrl), 'standby');
  });

  it('one takes over when the other hangs; the one that goes on again sends nothing more', async (test) => {
    net.devnet.relayer(0).kill('SIGSTOP');
    const started = performance.now();
    const departure = await net.deposit();
    await eventually('the second works', async () => (await waitsFor(standbyUrl)) === undefined);
    test.diagnostic(`taken over after ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    await net.arrives(departure);

    const before = sent.length;
    net.devnet.relayer(0).kill('SIGCONT');
    await eventually('the first stands by', async () => (await waitsFor(firstUrl())) === 'standby');
    assert.deepEqual(
      sent.slice(before).filter((way) => way.startsWith('first')),
      [],
    );
    assert.equal((await net.executions(departure)).length, 1);
    await net.arrives(await net.deposit());
  });

  it('one takes over when the other is killed, with transfers on their way', async (test) => {
    const nonces = await net.depositMany(30);
    standby.kill('SIGKILL');
    const started = performance.now();
    await eventually('the first works', async () => (await waitsFor(firstUrl())) === undefined);
    test.diagnostic(`taken over after ${((performance.now() - started) / 1_000).toFixed(1)} s`);
    for (const nonce of nonces) {
      const departure = { direction: 'mint', productToken: net.tokens[0] ?? '0x', nonce } as const;
      await net.arrives(departure);
      assert.equal((await net.executions(departure)).length, 1);
    }
  });
});

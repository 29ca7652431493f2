import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';

import pino from 'pino';

import { parseProcessConfig } from '../../relayer/config.ts';
import { startProcess } from '../../relayer/process.ts';
import { type FakeNode, startNode } from './chain/support/node.ts';
import { pairNode } from './chain/support/pair-node.ts';
import { eventually } from '../support/wait.ts';
import { bridges } from './support.ts';

const chainIds = { main: 1, product: 2 } as const;

/** Sockets, servers and timers that keep a process alive. */
const handles = () =>
  process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout|Pipe|FSReq/.test(name))
    .sort()
    .join();

describe('a start that fails', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-start-'));
  let nodes: readonly FakeNode[];
  let taken: Server | undefined;
  before(async () => {
    nodes = await Promise.all([
      startNode(pairNode(chainIds.main, () => ({ chainId: chainIds.product, bridge: bridges[1] }))),
      startNode(pairNode(chainIds.product, () => ({ chainId: chainIds.main, bridge: bridges[0] }))),
    ]);
  });
  afterEach(() => void taken?.close());
  after(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    rmSync(directory, { recursive: true });
  });

  const start = (change: object) => {
    const [main, product] = nodes;
    const file = {
      main: { chainId: chainIds.main, bridge: bridges[0], rpcUrls: [main?.url] },
      product: { chainId: chainIds.product, bridge: bridges[1], rpcUrls: [product?.url] },
      ...{ key: `plain:0x${'11'.repeat(32)}`, devnet: true, dataDir: 'data' },
      listen: { public: '127.0.0.1:0', private: '127.0.0.1:0' },
      ...change,
    };
    return startProcess(parseProcessConfig(file, {}, directory), {
      ...{ log: pino({ level: 'silent' }), signal: new AbortController().signal },
    });
  };

  it('at the data folder leaves no port, connection, key or timer open', async () => {
    writeFileSync(join(directory, 'file'), '');
    const open = handles();
    await assert.rejects(start({ dataDir: 'file' }), { exitCode: 2 });
    await eventually('the handles of before', () => handles() === open);
  });

  it('at the key leaves no port open', async () => {
    const open = handles();
    await assert.rejects(start({ key: `keystore:${join(directory, 'none.json')}` }));
    await eventually('the handles of before', () => handles() === open);
  });

  it('at the chains leaves the data folder free for the next start', async () => {
    mkdirSync(join(directory, 'data'), { recursive: true });
    await assert.rejects(start({ main: { chainId: 3, bridge: bridges[0], rpcUrls: [nodes[0]?.url] } }), /chainId/);
    // The next failure is of the folder's content again, and not of a lock.
    await assert.rejects(start({ dataDir: 'file' }), /data folder/);
  });

  it('at its first port stops nothing else', async () => {
    const server = createServer();
    taken = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await assert.rejects(start({ listen: { public: '127.0.0.1:0', private: `127.0.0.1:${port}` } }), /cannot listen/);
  });
});

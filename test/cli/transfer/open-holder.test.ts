import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { readHolderFile } from '../../../cli/transfer/holder-file.ts';
import { pegwayWith } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'pegway-holder-'));
const bridge = `0x${'11'.repeat(20)}`;
const write = (name: string, value: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
};

describe('a holder’s configuration', () => {
  let server: Server;
  let answers: string | undefined;
  let url: string;
  before(async () => {
    server = createServer((_request, response) => {
      if (answers !== undefined) response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: answers }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const file = (main: string, product: string) =>
    write('config.json', {
      main: { chainId: 1, bridge, rpcUrl: main, coin: { symbol: 'ETH', decimals: 18 } },
      product: { chainId: 2, bridge, rpcUrls: [product] },
      signers: [],
    });
  const balance = async (config: string) => pegwayWith({ env: {} }, 'balance', bridge, '--config', config);

  it('is the page’s config.json, with one name or the other for the nodes', () => {
    const read = readHolderFile(file('http://main.example', 'http://product.example'));
    assert.deepEqual(
      [read.main.rpcUrls, read.product.rpcUrls, read.main.finality, read.devnet],
      [['http://main.example'], ['http://product.example'], 'finalized', false],
    );
  });

  it('is refused with every wrong field', async () => {
    const { status, stderr } = await balance(write('wrong.json', { main: { chainId: '1', bridge, rpcUrls: [] } }));
    assert.equal(status, 2);
    assert.match(stderr, /main\.chainId[^]*main\.rpcUrls[^]*product[^]*docs\/app\.md/);
  });

  it('names a node that refuses connections, and its chain', async () => {
    answers = '0x1';
    const { status, stderr } = await balance(file(url, 'http://127.0.0.1:9'));
    assert.equal(status, 1);
    assert.match(stderr, /the node of the product chain, 127\.0\.0\.1:9, does not answer: .*ECONNREFUSED/);
  });

  it('names a node of another chain', async () => {
    answers = '0x5';
    const { status, stderr } = await balance(file(url, url));
    assert.equal(status, 2);
    assert.match(stderr, /the node of the main chain, .*, is of chain 5, expected 1/);
  });

  it('names a node that hangs, after saying what it waits for', async () => {
    answers = undefined;
    const { status, stderr } = await balance(file(url, url));
    assert.equal(status, 1);
    assert.match(stderr, /waiting for both nodes to answer \(2 s\)/);
    assert.match(stderr, /the node of the (main|product) chain, .*, does not answer: nothing within 6 s/);
  });
});

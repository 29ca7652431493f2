import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { createProposal } from '../../../cli/governance/proposal.ts';
import { holder, keys, pair, productToken } from '../../relayer/support.ts';
import { pegway } from '../../support/cli.ts';

describe('commands while both chains hang', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-hanging-'));
  const config = join(folder, 'relayer.json');
  const proposal = join(folder, 'proposal.json');
  const sockets = new Set<Socket>();
  /** Accepts connections and never answers. */
  const silent: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()).resume());
  });
  before(async () => {
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const key = `plain:0x${'11'.repeat(32)}`;
    const hanging = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const file = {
      ...{ main: { ...pair.main, rpcUrls: [hanging] }, product: { ...pair.product, rpcUrls: [hanging] } },
      ...{ key, devnet: true, peers: [{ address: keys[0]?.address, url: 'http://127.0.0.1:9' }] },
      dataDir: join(folder, 'data'),
    };
    writeFileSync(config, JSON.stringify(file));
    const { chainId, bridge } = pair.product;
    const calls = [{ function: 'setMinimum', args: { productToken, minimum: '5' } }];
    const request = { chainId, bridge, listEpoch: 1n, nonce: 0n, deadline: 4_000_000_000n, calls };
    writeFileSync(proposal, JSON.stringify(createProposal({ chain: 'product', ...request })));
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
    rmSync(folder, { recursive: true });
  });

  const commands = [
    ['fees', 'suggest', '--main-coin', '3000'],
    ['governance', 'propose', 'product', 'setMinimum', `productToken=${productToken}`, 'minimum=5'],
    ['governance', 'sign', proposal, '--yes'],
    // No key is opened before: scrypt takes seconds, and these would be refused.
    ['governance', 'pause', '--yes', '--payer', 'keystore:none.json', '--key', 'keystore:none.json'],
    ['rewards', 'verify'],
    ['rewards', 'publish'],
    ['rewards', 'claim', holder],
  ];

  it('name one once its node is silent for six seconds', async () => {
    const ended = await Promise.all(commands.map((words) => pegway(...words, '--config', config)));
    for (const [index, { status, stdout, stderr }] of ended.entries()) {
      const words = commands[index]?.join(' ');
      assert.equal(status, 1, words);
      assert.equal(stdout, '', words);
      assert.match(stderr, /the (main|product) chain does not answer: 0-127\S*: no answer within 6 s/, words);
    }
  });
});

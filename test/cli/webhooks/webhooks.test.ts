import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';

import { webhookFindings } from '../../../cli/doctor/webhook-findings.ts';
import { readConfig } from '../../../relayer/config.ts';
import { openWebhookDatabase } from '../../../relayer/store/database.ts';
import { type WebhookStore, openWebhookStore } from '../../../relayer/store/webhook-store.ts';
import { pegway } from '../../support/cli.ts';

describe('pegway webhooks', () => {
  let folder: string;
  let config: string;
  let server: Server;
  let status = 204;
  let ids: unknown[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pegway-webhooks-'));
    server = createServer((request, response) => {
      ids.push(request.headers['webhook-id']);
      request.resume().on('end', () => response.writeHead(status).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    writeFileSync(join(folder, 'secret'), `whsec_${Buffer.alloc(32).toString('base64')}\n`, { mode: 0o600 });
    const side = (chainId: number) => ({ chainId, bridge: `0x${'00'.repeat(20)}`, rpcUrl: 'http://127.0.0.1:1' });
    const { port } = server.address() as AddressInfo;
    config = join(folder, 'relayer.json');
    const shop = { name: 'shop', url: `http://127.0.0.1:${port}/?key=x`, secretFiles: ['secret'], allowPrivate: true };
    const local = { name: 'local', url: 'https://localhost/', secretFiles: ['secret', 'absent'] };
    writeFileSync(
      config,
      JSON.stringify({ main: side(1), product: side(2), key: 'keystore:k', webhooks: [shop, local] }),
    );
  });
  afterEach(() => {
    [status, ids] = [204, []];
    rmSync(join(folder, 'data'), { recursive: true, force: true });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const run = (...args: readonly string[]) => pegway('webhooks', ...args, '--config', config);
  /** The records as a running relayer has them: open beside the command. */
  const withStore = async (action: (store: WebhookStore) => Promise<void>): Promise<void> => {
    using database = openWebhookDatabase(join(folder, 'data'));
    await action(openWebhookStore(database));
  };
  const dead = (id: string) => ({
    ...{ id, cursor: 'm1.0.0_p0.0.0', attempts: 11, nextAt: undefined, since: 1, error: 'HTTP 500' },
  });

  it('test succeeds when the receiver acknowledges a signed message', async () => {
    const { status: exit, stdout } = await run('test', 'shop');
    assert.equal(exit, 0);
    assert.match(stdout, /^shop acknowledged message test-[\w-]+ after \d+ ms\n$/);
    assert.deepEqual(ids, [/message (\S+)/.exec(stdout)?.[1]]);
  });

  it('test fails with the answer of the receiver, and for a name that is not configured', async () => {
    status = 401;
    const refused = await run('test', 'shop');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /did not acknowledge the test message: HTTP 401/);
    const unknown = await run('test', 'shp');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /no webhook shp: shop, local\n {2}→ did you mean shop\?/);
  });

  it('list shows what waits and what failed, without the query of the URL', async () => {
    await withStore(async (store) => {
      store.setCursor('shop', 'm9.0.0_p4.0.0');
      store.put('shop', { ...dead('1-2-3-0'), nextAt: 5, attempts: 2 });
      store.put('shop', dead('1-2-4-0'));
      store.disable('local', 'the receiver answered 410 (Gone)');
      const { stdout } = await run('list');
      assert.match(stdout, /^shop: http:\/\/127\.0\.0\.1:\d+\n/);
      assert.match(stdout, /delivered up to m9\.0\.0_p4\.0\.0; 1 wait for another attempt; 1 dead letters/);
      assert.match(
        stdout,
        /1-2-4-0: 11 attempts, the last: HTTP 500\n {2}deliver them again: pegway webhooks replay shop/,
      );
      assert.match(
        stdout,
        /local: https:\/\/localhost, disabled: the receiver answered 410 .*\n.*nothing delivered yet/,
      );
      const listed = JSON.parse((await run('list', '--json')).stdout) as { deadLetters: number }[];
      assert.deepEqual(
        listed.map(({ deadLetters }) => deadLetters),
        [1, 0],
      );
    });
  });

  it('replay makes dead letters due beside a running relayer, all or some', async () => {
    await withStore(async (store) => {
      for (const id of ['1-2-1-0', '1-2-2-0', '1-2-3-0']) store.put('shop', dead(id));
      assert.equal((await run('replay', 'shop', '1-2-2-0')).status, 0);
      const due = () => store.due('shop', Date.now() / 1_000, 9).map(({ id, attempts }) => [id, attempts]);
      assert.deepEqual(due(), [['1-2-2-0', 0]]);
      assert.match((await run('replay', 'shop')).stdout, /^2 events of shop are due/);
      assert.equal(due().length, 3);
      const none = await run('replay', 'shop');
      assert.equal(none.status, 1);
      assert.match(none.stderr, /webhook shop has no dead letters/);
    });
  });

  it('enable resumes a disabled webhook', async () => {
    await withStore(async (store) => {
      store.disable('shop', 'gone');
      assert.equal((await run('enable', 'shop')).status, 0);
      assert.equal(store.disabled('shop'), undefined);
    });
  });

  it('never creates records', async () => {
    const { status: exit, stderr } = await run('list');
    assert.equal(exit, 2);
    assert.match(stderr, /there are no records of webhooks: .*webhooks\.sqlite does not exist/);
  });

  it('are checked by the doctor: secrets and addresses', async () => {
    const found = [];
    for await (const { subject, check, outcome } of webhookFindings(readConfig(config))) {
      found.push([subject, check, outcome]);
    }
    assert.deepEqual(found, [
      ['webhook shop', 'secret', 'ok'],
      ['webhook shop', 'address', 'warn'],
      ['webhook local', 'secret', 'bad'],
      ['webhook local', 'address', 'bad'],
    ]);
  });
});

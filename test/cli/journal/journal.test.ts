import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { encodeTransfers } from '../../../protocol/attestation.ts';
import { type Direction, laneKey } from '../../../protocol/lane.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openSigningHistory } from '../../../relayer/store/signing-history.ts';
import { holder, keys, pair, productToken } from '../../relayer/support.ts';
import { pegway } from '../../support/cli.ts';
import { startTokenNode } from '../../support/token-node.ts';

const mainToken = `0x${'5e'.repeat(20)}` as const;

describe('pegway journal show', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-journal-'));
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });
  const database = openDatabase(join(folder, 'data'));
  const history = openSigningHistory(database);
  for (const direction of ['mint', 'withdraw'] as const) {
    const content = encodeTransfers([{ recipient: holder, amount: 1_250n }]);
    history.record(laneKey({ direction, productToken }), 7n, [content]);
  }
  database.close();

  const show = (direction: Direction, main: string, product: string, ...flags: readonly string[]) => {
    const file = join(folder, 'relayer.json');
    const [peer] = keys;
    const config = {
      main: { ...pair.main, rpcUrls: [main] },
      product: { ...pair.product, rpcUrls: [product] },
      key: `keystore:${join(folder, 'key.json')}`,
      payingKey: `keystore:${join(folder, 'pay.json')}`,
      peers: [{ address: peer?.address, url: 'http://127.0.0.1:9' }],
      dataDir: join(folder, 'data'),
    };
    writeFileSync(file, JSON.stringify(config));
    return pegway('journal', 'show', direction, productToken, '7', '--config', file, ...flags);
  };

  it('prints whole tokens of the lane’s destination, and base units while its chain does not answer', async () => {
    const main = await startTokenNode({
      ...{ chainId: pair.main.chainId, pegs: { [productToken]: mainToken } },
      tokens: { [mainToken]: { symbol: 'SMENT', decimals: 2 } },
    });
    const tokens = { [productToken]: { symbol: 'BOAT', decimals: 3 } };
    const product = await startTokenNode({ chainId: pair.product.chainId, tokens });
    servers.push(main.server, product.server);
    const nowhere = 'http://127.0.0.1:9';
    const cases = [
      [await show('mint', nowhere, product.url), '1.25 BOAT'],
      [await show('withdraw', main.url, nowhere), '12.5 SMENT'],
      [await show('mint', main.url, nowhere), '1250 base units'],
    ] as const;
    for (const [{ status, stdout, stderr }, amount] of cases) {
      assert.equal(status, 0, stderr);
      assert.ok(stdout.includes(`: ${amount} for ${holder.toLowerCase()} was signed`), stdout);
    }
  });

  it('reads no chain for --json, which has base units', async () => {
    const { stdout } = await show('mint', 'http://127.0.0.1:9', 'http://127.0.0.1:9', '--json');
    assert.equal((JSON.parse(stdout) as { amount: string }).amount, '1250');
  });
});

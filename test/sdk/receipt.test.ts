import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

import type { Receipt } from '../../protocol/receipts/format.ts';
import { NoReceiptError, type RefusedRelayer, receipt } from '../../sdk/receipt.ts';
import { kinds, makeReceipt, pair, productToken } from '../protocol/receipts/support/world.ts';

const name = { direction: 'mint', productToken, nonce: 40n } as const;
const path = `/v1/transfers/mint/${productToken}/40/receipt`;

describe('receipt()', () => {
  let whole: Receipt;
  const servers: Server[] = [];
  before(async () => {
    whole = await makeReceipt();
  });
  after(() => {
    for (const server of servers) server.close();
  });

  /** A relayer with this answer. */
  async function relayerWith(body: string, status = 200): Promise<string> {
    const server = createServer((request, response) => {
      response.statusCode = request.url === path ? status : 500;
      response.end(body);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
  const ask = async (relayers: readonly string[], anchored = false) => {
    const refused: RefusedRelayer[] = [];
    const found = await receipt(pair, name, { relayers, anchored, onRefused: (one) => void refused.push(one) });
    return { found, refused };
  };

  it('returns the first that holds, and names each relayer that has none or lies', async () => {
    const { transfer } = whole;
    const relayers = [
      'http://127.0.0.1:9',
      await relayerWith(JSON.stringify({ reason: 'history-incomplete' }), 503),
      await relayerWith('<html>', 502),
      await relayerWith(JSON.stringify({ ...whole, transfer: { ...transfer, amount: '1001' } })),
      await relayerWith(JSON.stringify(await makeReceipt({ firstNonce: 41n }))),
      await relayerWith(' '.repeat(1_048_577)),
      await relayerWith(JSON.stringify(whole)),
    ];
    const { found, refused } = await ask(relayers);
    assert.deepEqual(found.receipt, whole);
    assert.equal(found.relayer, relayers.at(-1));
    assert.deepEqual(
      refused.map(({ isFalse }) => isFalse),
      [false, false, false, true, true, true],
    );
    assert.equal(refused[1]?.reason, 'history-incomplete');
    assert.match(refused[3]!.problem, /^transfer.amount/);
    assert.match(refused[4]!.problem, /its receipt is of mint 0x\w{40} 41/);
    assert.match(refused[5]!.problem, /at most 1048576 characters/);
  });

  it('sends credentials of a URL in a header, since browsers refuse them in the URL', async (test) => {
    const received: (string | undefined)[] = [];
    const server = createServer(({ url, headers }, response) => {
      received.push(url, headers.authorization);
      response.end(JSON.stringify(whole));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    await ask([`http://page:hunter22@127.0.0.1:${(server.address() as AddressInfo).port}/signer-b/`]);
    assert.deepEqual(received, [`/signer-b${path}`, `Basic ${Buffer.from('page:hunter22').toString('base64')}`]);
  });

  it('refuses the receipt of another pair of bridges', async () => {
    const relayers = [await relayerWith(JSON.stringify(whole))];
    const other = { ...pair, main: { ...pair.main, bridge: pair.product.bridge } };
    await assert.rejects(receipt(other, name, { relayers }), NoReceiptError);
  });

  it('fails with the reason of the first that gave one', async () => {
    const relayers = [
      'http://127.0.0.1:9',
      await relayerWith(JSON.stringify({ reason: 'waiting-for-signatures' }), 409),
      await relayerWith(JSON.stringify({ reason: 'unknown-nonce' }), 404),
    ];
    await assert.rejects(ask(relayers), { code: 'waiting-for-signatures' });
    await assert.rejects(ask([]), { code: 'receipt-missing' });
  });

  it('accepts only one with an anchor where that is demanded', async () => {
    const anchored = await makeReceipt(kinds['a deposit with an anchor']);
    const relayers = [await relayerWith(JSON.stringify(whole)), await relayerWith(JSON.stringify(anchored))];
    const { found, refused } = await ask(relayers, true);
    assert.deepEqual(found.receipt, anchored);
    assert.equal(refused[0]?.problem, 'its receipt has no anchor yet');
    assert.deepEqual((await ask(relayers)).found.receipt, whole);
  });
});

import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { RelayerError, type TransfersOptions, transfers } from '../../sdk/index.ts';
import { holder, productToken } from '../relayer/support.ts';

const wire = (nonce: number) => ({
  ...{ direction: 'mint', productToken, nonce: String(nonce), status: 'executed', signed: true, sender: holder },
  ...{ recipient: holder, sourceAmount: '1000000000000000000', amount: '2', blockNumber: '39', departedAt: '9' },
  transactionHash: `0x${'11'.repeat(32)}`,
});

describe('transfers', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let asked: string[];
  let relayer: string;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    relayer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bridges/boat`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const json = (response: ServerResponse, value: object, status = 200, headers = {}) =>
    void response.writeHead(status, headers).end(JSON.stringify(value));
  const all = async (options: Partial<TransfersOptions> = {}) => {
    const found = [];
    for await (const transfer of transfers({ relayer, ...options })) found.push(transfer);
    return found;
  };

  it('yields all pages, with amounts as bigint', async () => {
    answer = ({ url = '' }, response) =>
      url.includes('cursor=9-2')
        ? json(response, { transfers: [wire(1)] })
        : json(response, { transfers: [wire(3), wire(2)], cursor: '9-2' });
    const found = await all({ account: holder, direction: 'mint' });
    assert.deepEqual(
      found.map(({ nonce }) => nonce),
      [3n, 2n, 1n],
    );
    assert.deepEqual([found[0]?.sourceAmount, found[0]?.departedAt, found[0]?.executedAt], [10n ** 18n, 9n, undefined]);
    assert.equal(asked[0], `/bridges/boat/v1/transfers?limit=200&account=${holder}&direction=mint`);
    assert.equal(asked.length, 2);
  });

  it('asks for the transfers of one batch', async () => {
    answer = (_, response) => json(response, { transfers: [wire(3), wire(2)] });
    const batch = `0x${'22'.repeat(32)}` as const;
    const found = await all({ batch });
    assert.deepEqual(
      found.map(({ nonce }) => nonce),
      [3n, 2n],
    );
    assert.deepEqual(asked, [`/bridges/boat/v1/transfers?limit=200&batch=${batch}`]);
  });

  it('requests a page only when it is consumed', async () => {
    answer = (_, response) => json(response, { transfers: [wire(3)], cursor: '1-1' });
    for await (const { nonce } of transfers({ relayer })) {
      assert.equal(nonce, 3n);
      break;
    }
    assert.equal(asked.length, 1);
  });

  it('waits where the relayer limits requests', async () => {
    answer = (_, response) =>
      asked.length === 1
        ? json(response, { reason: 'too-many-requests' }, 429, { 'retry-after': '0' })
        : json(response, { transfers: [wire(1)] });
    assert.equal((await all()).length, 1);
  });

  it('names the refusal of a relayer, and an answer that is none', async () => {
    answer = (_, response) => json(response, { reason: 'bridge-closed', message: 'it is starting' }, 503);
    await assert.rejects(all(), (error) => {
      assert.ok(error instanceof RelayerError);
      assert.deepEqual([error.status, error.reason], [503, 'bridge-closed']);
      assert.match(error.message, /answered 503 bridge-closed: it is starting/);
      return true;
    });
    answer = (_, response) => json(response, { transfers: [{ ...wire(1), amount: 'many' }] });
    await assert.rejects(all(), /a transfer with an invalid field/);
    answer = (_, response) => json(response, {});
    await assert.rejects(all(), /without transfers/);
  });
});

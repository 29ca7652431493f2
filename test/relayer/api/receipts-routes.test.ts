import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';

import { PegwayError } from '../../../protocol/errors.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import type { Receipt } from '../../../protocol/receipts/format.ts';
import { createServer } from '../../../relayer/api/http-server.ts';
import { REQUESTS, createReceiptLimits, registerReceipts } from '../../../relayer/api/receipts-routes.ts';
import { productToken } from '../support.ts';

describe('the route of receipts', () => {
  let server: FastifyInstance;
  let outcome: () => Promise<Receipt>;
  beforeEach(async () => {
    server = await createServer({ openToPages: true });
    await server.register(
      (scope, _, done) => {
        registerReceipts(scope, () => ({ receipt: () => outcome() }), createReceiptLimits());
        done();
      },
      { prefix: '/v1' },
    );
  });
  afterEach(() => server.close());

  const get = async (path = `mint/${productToken}/0`) => {
    const { statusCode, headers, body } = await server.inject(`/v1/transfers/${path}/receipt`);
    return { statusCode, headers, answer: JSON.parse(body) as Record<string, unknown> };
  };

  it('answers with the receipt', async () => {
    outcome = () => Promise.resolve({ format: 'pegway-receipt' } as Receipt);
    const { statusCode, answer } = await get();
    assert.equal(statusCode, 200);
    assert.deepEqual(answer, { format: 'pegway-receipt' });
  });

  it('answers 400 to anything but a transfer', async () => {
    outcome = () => assert.fail();
    for (const path of ['mint/0x12/0', 'deposit/0x12/0', `mint/${productToken}/-1`]) {
      assert.equal((await get(path)).statusCode, 400, path);
    }
  });

  it('answers each reason with its status, and none of a node’s words', async () => {
    const statuses: readonly (readonly [Reason | 'other', number])[] = [
      ['unknown-nonce', 404],
      ['unprovable', 404],
      ['waiting-for-signatures', 409],
      ['parked', 409],
      ['history-incomplete', 503],
      ['rpc-unreachable', 503],
      ['rpc-disagreement', 503],
      ['proof-invalid', 503],
      ['other', 503],
      ['too-many-requests', 429],
    ];
    for (const [code, status] of statuses) {
      outcome = () => Promise.reject(new PegwayError('https://node.example/secret', { code }));
      const { statusCode, answer } = await get();
      assert.equal(statusCode, status, code);
      assert.equal(answer['reason'], code === 'other' ? 'internal' : code);
      assert.doesNotMatch(JSON.stringify(answer), /secret/);
    }
  });

  it('answers 429 to a caller beyond its budget, before any work', async () => {
    let asked = 0;
    outcome = () => Promise.reject(new PegwayError(`${++asked}`, { code: 'unknown-nonce' }));
    const statuses = [];
    for (let request = 0; request <= REQUESTS; request++) statuses.push((await get()).statusCode);
    assert.deepEqual(statuses.slice(-2), [404, 429]);
    assert.equal(asked, REQUESTS);
  });
});

import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

import type { AppConfig } from '../../../app/page-config.ts';
import { fetchReceipt } from '../../../app/receipt/fetch-receipt.ts';
import type { Receipt } from '../../../protocol/receipts/format.ts';
import { makeReceipt, pair, productToken } from '../../protocol/receipts/support/world.ts';

describe('the page', () => {
  const servers: Server[] = [];
  let receipt: Receipt;
  before(async () => (receipt = await makeReceipt()));
  after(() => servers.forEach((server) => server.close()));

  const relayerWith = async (answer: object): Promise<string> => {
    const server = createServer((_, response) => response.end(JSON.stringify(answer)));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const fetchFrom = async (...answers: readonly object[]) => {
    const urls = await Promise.all(answers.map(relayerWith));
    const signers = urls.map((apiUrl, index) => ({ apiUrl, name: ['Antares', 'Bellatrix'][index] }));
    const name = { direction: 'mint', productToken, nonce: 40n } as const;
    return fetchReceipt({ chains: pair, signers } as unknown as AppConfig, name);
  };

  it('takes the next relayer’s receipt after a false one, and names the signer', async () => {
    const changed = { ...receipt, transfer: { ...receipt.transfer, amount: '1' } };
    const found = await fetchFrom(changed, receipt);
    assert.deepEqual([JSON.parse(found.text ?? ''), found.liars], [receipt, ['Antares']]);
    const { error, text, liars } = await fetchFrom(changed);
    assert.ok(error instanceof Error);
    assert.deepEqual([text, liars], [undefined, ['Antares']]);
  });
});

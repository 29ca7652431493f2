import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { serveApp } from '../../../cli/devnet/app.ts';
import { bridges } from '../../relayer/support.ts';

const [bridge] = bridges;
const privateKey = `0x${'4a'.repeat(32)}` as const;
const side = (chainId: number, port: number) => ({ chainId, rpcUrl: `http://127.0.0.1:${port}`, bridge });

describe('the wallet page of a devnet', () => {
  it('has what a wallet asks for, once the devnet is up, and builds nothing', async () => {
    const app = await serveApp(0);
    try {
      assert.equal((await fetch(`${app.url}/wallet`)).status, 503);
      app.configure({
        ...{ main: side(31_337, 8_545), product: side(31_338, 9_545), signers: [] },
        holders: [{ address: bridge, privateKey }],
        pegs: [{ mainSymbol: '<SMENT>' }] as never,
      });
      const answer = await fetch(`${app.url}/wallet`);
      const text = await answer.text();
      assert.equal(answer.status, 200);
      for (const word of ['31337', '31338', 'http://127.0.0.1:8545', 'http://127.0.0.1:9545', privateKey]) {
        assert.ok(text.includes(word), word);
      }
      assert.ok(text.includes('&lt;SMENT>') && !text.includes('<SMENT>'), 'symbols are text');
      assert.equal(text.match(/wallet_addEthereumChain/g)?.length, 1);
    } finally {
      await app.stop();
    }
  });
});

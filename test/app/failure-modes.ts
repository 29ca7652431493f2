import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { BrowserContext, Route } from 'playwright-core';

import { en } from '../../app/i18n/en.ts';
import { fillDeposit, says } from './support/steps.ts';
import { holdBlocks } from './support/blocks.ts';
import type { PageNet } from './support/net.ts';

/** Unreachable relayers, and relayers that lie. */
export function trouble(net: () => PageNet): void {
  const atRelayers = (handle: (route: Route) => Promise<void>) => async (context: BrowserContext) => {
    const origins = net().devnet.file.signers.map(({ apiUrl }) => new URL(apiUrl).origin);
    await context.route((url) => origins.includes(url.origin), handle);
  };

  describe('without the relayers’ help', () => {
    it('says that no relayer can be reached, and shows a deposit to its end from the chains alone', async () => {
      const { page } = await net().visit({ holder: 1, prepare: atRelayers((route) => route.abort()) });
      await page.getByText('No relayer can be reached.').waitFor();
      await fillDeposit(page, 'SNSD', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, 'Arrived');
      await page.getByText('Executed in a final block').waitFor();
      assert.equal(await page.locator('.lights .signed').count(), 4);

      await page.getByRole('link', { name: 'History' }).click();
      await page.getByRole('row').filter({ hasText: '1 SMENT' }).filter({ hasText: 'Arrived' }).first().waitFor();
      await page.getByText('Read from the chains, back to block').waitFor();
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download as CSV' }).click();
      const csv = readFileSync(await (await downloading).path(), 'utf8');
      assert.match(csv, /,mint,0x[0-9a-fA-F]{40},\d+,.*,1,SMENT,2,SNSD,executed,/);
      await net().picture(page, 'relayers-away');
      // Transfers may well continue: nothing says that they wait.
      await page.getByRole('link', { name: 'Signers' }).click();
      await page.getByText(en.signers.marginUnknown).waitFor();
      assert.equal(await page.getByText('too few').count(), 0);
      await page.context().close();
    });

    it('says which chain’s node does not answer, and takes nothing for lost that it cannot read', async () => {
      const { file } = net().devnet;
      const token = file.pegs[0]?.productToken ?? '';
      const { page, context } = await net().visit({ holder: 1 });
      await page.getByLabel('You give').waitFor();
      const atMain = (url: URL) => url.origin === new URL(file.main.rpcUrl).origin;
      await context.route(atMain, (route) => route.abort());
      await page.getByText('Main chain: its node does not answer.').waitFor();
      const go = (place: string) => page.evaluate(`location.hash = ${JSON.stringify(place)}`);
      await go(`#/transfer/mint/${token}/0`);
      await page.getByText('The chains cannot be read now. Trying again.').waitFor();
      await go('#/history');
      await page.getByRole('alert').getByText('The chains cannot be read now. Trying again.').waitFor();
      assert.equal(await page.getByText('No transfers of this account.').count(), 0);

      await context.unroute(atMain);
      await page.getByText('its node does not answer.').waitFor({ state: 'hidden' });
      await page.context().close();
    });

    it('takes blocks for final as the relayers do on a chain without the tag, or the newest one with a notice', async () => {
      const { file } = net().devnet;
      // Besu, GoQuorum, and Geth before its first final block.
      const answers = [
        { code: -39_001, message: 'Unknown block' },
        { code: -32_602, message: 'invalid argument 0: hex string without 0x prefix' },
        { code: -32_000, message: 'finalized block not found' },
      ];
      const withoutTag = (error: object) => async (context: BrowserContext) => {
        await context.route(`${file.main.rpcUrl}/**`, async (route) => {
          const { id, params } = route.request().postDataJSON() as { id: number; params?: unknown[] };
          if (params?.[0] !== 'finalized') return route.continue();
          return route.fulfill({
            json: { jsonrpc: '2.0', id, error },
            headers: { 'access-control-allow-origin': '*' },
          });
        });
      };
      const notice = 'Main chain: its node reports no final block';
      for (const error of answers) {
        const { page } = await net().visit({ connect: false, prepare: withoutTag(error) });
        await page.getByText(notice).waitFor();
        await page.getByLabel('You give').waitFor();
        assert.equal(await page.getByText('its node does not answer').count(), 0);
        await page.context().close();
      }

      const withDepth = atRelayers(async (route) => {
        const response = await route.fetch();
        const json = (await response.json()) as { bridges?: { main: object } };
        if (json.bridges !== undefined) Object.assign(json.bridges.main, { finality: { depth: 2 } });
        await route.fulfill({ response, json });
      });
      const { page } = await net().visit({
        holder: 1,
        prepare: async (context) => {
          await withDepth(context);
          await withoutTag(answers[0] ?? {})(context);
        },
      });
      await fillDeposit(page, 'SNSD', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, 'Arrived');
      await page.getByText('The block is final and cannot be reverted').waitFor();
      assert.equal(await page.getByText(notice).count(), 0);
      await page.context().close();
    });

    it('believes no relayer that lies: wrong status, script in every field, far too much', async () => {
      const script = '<img src=x onerror="document.title=1">';
      const hash = `0x${'ab'.repeat(32)}`;
      const token = net().devnet.file.pegs[0]?.productToken ?? '';
      const lie = {
        direction: 'mint',
        productToken: token,
        nonce: '424242',
        status: 'executed',
        reason: script,
        signed: script,
        sender: script,
        recipient: script,
        amount: script,
        sourceAmount: '999999999999999999999',
        blockNumber: '1',
        transactionHash: hash,
        executedTransaction: hash,
      };
      const json = (route: Route, value: unknown) =>
        route.fulfill({ status: 200, headers: { 'access-control-allow-origin': '*' }, json: value });
      const { page, complaints } = await net().visit({
        holder: 1,
        at: `#/transfer/mint/${token}/424242`,
        prepare: atRelayers((route) => {
          const path = new URL(route.request().url()).pathname;
          if (path.endsWith('/history')) return json(route, { points: 'x'.repeat(4_000_000) });
          if (path.startsWith('/v1/transfers/')) return json(route, lie);
          if (path === '/v1/transfers')
            return json(route, { complete: true, transfers: [lie, script, null], cursor: script });
          const { origin } = new URL(route.request().url());
          const signer = net().devnet.file.signers.find(({ apiUrl }) => new URL(apiUrl).origin === origin);
          return json(route, {
            address: signer?.address,
            bridges: { main: { scannedBlock: script } },
            problems: script,
          });
        }),
      });
      await page.getByText('The bridge has no such transfer yet.').waitFor();

      await page.getByRole('link', { name: 'History' }).click();
      await page.getByText('Left out, because the chains do not confirm them: 1 of the relayer’s entries.').waitFor();
      assert.equal(await page.getByText('424242').count(), 0);

      await page.getByRole('link', { name: 'Supply' }).click();
      await page.getByRole('heading', { name: 'Supply' }).waitFor();
      await page.getByRole('link', { name: 'Signers' }).click();
      await page.getByText('0 answer and are in sync: 4 too few.').waitFor();
      assert.equal(await page.title(), 'Pegway');
      assert.equal(await page.locator('img[src="x"]').count(), 0);
      assert.deepEqual(complaints, []);
      await page.context().close();
    });

    it('moves no step for what fewer relayers say than must sign, and tells whose word it is', async (test) => {
      const { file } = net().devnet;
      // Number of relayers, from the first on, that claim to have signed and sent it.
      let saying = 1;
      const { page } = await net().visit({
        holder: 1,
        prepare: atRelayers((route) => {
          const { origin, pathname } = new URL(route.request().url());
          if (!pathname.startsWith('/v1/transfers/')) return route.continue();
          const place = file.signers.findIndex(({ apiUrl }) => new URL(apiUrl).origin === origin);
          const json = place < saying ? { signed: true, reason: 'waiting-for-inclusion' } : { signed: false };
          return route.fulfill({ status: 200, headers: { 'access-control-allow-origin': '*' }, json });
        }),
      });
      const held = await holdBlocks(net(), 'product');
      test.after(held.goOn);
      await fillDeposit(page, 'SNSD', '3');
      await page.getByRole('button', { name: 'Deposit 3 SMENT' }).click();
      await page.getByText('Antares reports: sent, waiting for a block').waitFor();
      const step = (name: string, state: string) => page.locator(`[data-step=${name}].${state}`);
      await page.getByText('1 relayer reports its signature, 4 needed').waitFor();
      assert.equal(await step('signed', 'now').count(), 1);
      assert.equal(await step('submitted', 'next').count(), 1);
      await net().picture(page, 'one-says-signed');

      saying = 4;
      await page.getByText('4 relayers report their signatures, 4 needed').waitFor();
      await page.getByText('Antares and 3 more report: sent, waiting for a block').waitFor();
      await step('signed', 'done').waitFor();
      await step('submitted', 'now').waitFor();
      await net().picture(page, 'four-say-signed');
      await held.goOn();
      await says(page, 'Arrived');
      await page.context().close();
    });

    it('shows which two signers are down, that the rest suffices, and that a deposit arrives', async () => {
      const { devnet } = net();
      for (const index of [1, 4]) devnet.relayer(index).kill('SIGKILL');
      const { page } = await net().visit({ holder: 1, at: '#/signers' });
      await page.getByText('4 answer and are in sync: exactly as many as needed.').waitFor();
      assert.deepEqual(await page.locator('.cards li:has(.silent) h2').allTextContents(), ['Bellatrix', 'Electra']);
      await net().picture(page, 'two-signers-down');

      await page.getByRole('link', { name: 'Bridge' }).click();
      await fillDeposit(page, 'SNSD', '2');
      await page.getByRole('button', { name: 'Deposit 2 SMENT' }).click();
      await says(page, 'Arrived');
      const lit = await page.locator('.lights .signed b').allTextContents();
      assert.deepEqual(lit, ['Antares', 'Capella', 'Deneb', 'Fomalhaut']);
      await page.context().close();
    });
  });
}

import { eventually } from '../support/wait.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { BrowserContext } from 'playwright-core';

import { en } from '../../app/i18n/en.ts';
import { ko } from '../../app/i18n/ko.ts';
import { type TransferRequest, deposit, findArrival, findExecutions, wait } from '../../sdk/index.ts';
import { departMany } from '../../cli/devnet/bulk.ts';
import { holderOf } from '../../cli/devnet/devnet-holder.ts';
import type { PageNet } from './support/net.ts';

/** The list of all transfers, for anyone. */
export function explorer(net: () => PageNet): void {
  const make = async () => {
    const { file } = net().devnet;
    const holder = holderOf(file, file.holders[1]?.privateKey ?? '0x');
    const productToken = file.pegs[0]?.productToken ?? '0x';
    const departure = await deposit(holder.main, { productToken, amount: 10n ** 18n, recipient: holder.address });
    const arrival = await wait(holder.product, departure, { signal: AbortSignal.timeout(600_000) });
    return { departure, arrival, holder };
  };

  describe('the explorer', () => {
    it('lists transfers without a wallet, live, filtered, and as CSV, on desktop and phone in both languages', async () => {
      const screens = [
        { width: 1_200, locale: 'en-GB', words: en },
        { width: 360, locale: 'en-GB', words: en },
        { width: 360, locale: 'ko-KR', words: ko },
      ] as const;
      const { holder } = await make();
      for (const { width, locale, words } of screens) {
        // Polling alone would take two minutes: new transfers arrive by the stream.
        const prepare = async (context: BrowserContext) => {
          await context.route('**/config.json', async (route) => {
            const config = (await (await route.fetch()).json()) as object;
            await route.fulfill({ json: { ...config, pollSeconds: 60 } });
          });
        };
        const { page, complaints } = await net().visit({ width, locale, connect: false, at: '#/explorer', prepare });
        await page.locator('tbody tr').first().waitFor();
        const isScrolled = width === 360;
        if (isScrolled) await page.evaluate('scrollTo(0, 300)');
        const first = await page.locator('tbody a').first().getAttribute('href');
        const { departure } = await make();
        if (isScrolled) {
          const fresh = page.getByRole('button', { name: words.explorer.held(1), exact: true });
          await fresh.waitFor();
          assert.equal(await page.locator('tbody a').first().getAttribute('href'), first, 'nothing moves');
          await fresh.click();
        }
        // Without a reload.
        const link = `#/transfer/mint/${departure.productToken}/${departure.nonce}`;
        await page.locator(`a[href="${link}"]`).waitFor();
        // A row that comes later would wait behind the button when choosing a filter has scrolled the page.
        for (const { apiUrl } of net().devnet.file.signers) {
          await eventually('the arrival in the history', async () => {
            const response = await fetch(`${apiUrl}/v1/transfers/mint/${departure.productToken}/${departure.nonce}`);
            return ((await response.json()) as { readonly status?: string }).status === 'executed';
          });
        }
        await page.getByLabel(words.explorer.peg).selectOption('BOAT');
        await page.getByLabel(words.explorer.direction).selectOption(words.transfer.deposit);
        await page.getByLabel(words.explorer.status).selectOption(words.status.executed);
        await page.locator(`a[href="${link}"]`).waitFor();
        await page.getByLabel(words.explorer.direction).selectOption(words.transfer.redeem);
        await page.locator(`a[href="${link}"]`).waitFor({ state: 'detached' });
        await page.getByLabel(words.explorer.direction).selectOption('');
        await page.getByRole('searchbox').fill(holder.address);
        await page.getByRole('button', { name: words.explorer.go }).click();
        await page.locator(`a[href="${link}"]`).waitFor();
        const downloading = page.waitForEvent('download');
        await page.getByRole('button', { name: words.history.csv }).click();
        const csv = readFileSync(await (await downloading).path(), 'utf8');
        assert.ok(csv.includes(departure.transactionHash));
        assert.equal(await page.evaluate(`document.documentElement.scrollWidth <= ${width}`), true);
        await net().inspect(page, `explorer-${width}-${locale.slice(0, 2)}`);
        await page.getByRole('link', { name: words.analytics.tabs.analytics }).click();
        const chart = page.getByRole('slider', { name: words.analytics.chart.transfers() });
        await chart.focus();
        await page.keyboard.press('End');
        const value = async () => (await chart.getAttribute('aria-valuetext')) ?? '';
        // Of today; of yesterday when the test runs at midnight (UTC).
        if (!/BOAT \d/.test(await value())) await page.keyboard.press('ArrowLeft');
        assert.match(await value(), /BOAT \d/);
        await page.getByText(words.analytics.measures.volume, { exact: true }).first().click();
        await page.getByText(words.analytics.periods.hour, { exact: true }).click();
        await page.getByRole('slider', { name: words.analytics.chart.volume('SMENT') }).hover();
        await page.getByRole('cell', { name: `BOAT, ${words.analytics.directions.mint}` }).waitFor();
        const exporting = page.waitForEvent('download');
        await page.getByRole('button', { name: words.history.csv }).click();
        const figures = readFileSync(await (await exporting).path(), 'utf8');
        assert.match(figures, new RegExp(`,hour,mint,${departure.productToken},\\d+,[\\d.]+,SMENT,`));
        assert.equal(await page.evaluate(`document.documentElement.scrollWidth <= ${width}`), true);
        await net().inspect(page, `analytics-${width}-${locale.slice(0, 2)}`);
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    });

    it('finds a transfer by its transaction on either chain and by its number, without any relayer', async () => {
      const { departure, arrival } = await make();
      const { page } = await net().visit({
        connect: false,
        at: '#/explorer',
        prepare: async (context) => {
          await context.route(/\/v1\//, (route) => route.abort());
        },
      });
      const path = `#/transfer/mint/${departure.productToken}/${departure.nonce}`;
      const search = async (text: string) => {
        await page.getByRole('searchbox').fill(text);
        await page.getByRole('button', { name: en.explorer.go }).click();
      };
      for (const hash of [departure.transactionHash, arrival.transactionHash ?? '']) {
        await search(hash);
        await page.waitForURL((url) => url.hash === path);
        await page.goBack();
      }
      await search(`0x${'5a'.repeat(32)}`);
      await page.getByText(en.explorer.sought.nothing).waitFor();
      await page.getByLabel(en.explorer.peg).selectOption('BOAT');
      await page.getByLabel(en.explorer.direction).selectOption(en.transfer.deposit);
      await search(departure.nonce.toString());
      await page.waitForURL((url) => url.hash === path);
      await page.context().close();
    });

    it('finds a batch of any age by its digest and by its transaction, and lists its transfers', async () => {
      const { holder } = await make();
      const { file } = net().devnet;
      const productToken = file.pegs[0]?.productToken ?? '0x';
      const requests = Array(6).fill({
        productToken,
        amount: 10n ** 18n,
        recipient: holder.address,
      }) as TransferRequest[];
      const fromBlock = await holder.product.reader.getBlockNumber();
      const signal = AbortSignal.timeout(600_000);
      const departures = await departMany(holder.main, 'mint', requests, signal);
      for (const departure of departures) await wait(holder.product, departure, { signal });
      await make();
      const toBlock = await holder.product.reader.getBlockNumber();
      const batches = await findExecutions(holder.product, { fromBlock, toBlock });
      const batch = batches.find(({ nonces }) => nonces.length > 1);
      assert.ok(batch !== undefined, 'transfers of one block share a batch');
      const name = { direction: 'mint', productToken, nonce: batch.nonces[0] ?? 0n } as const;
      const { transactionHash = '0x' } = (await findArrival(holder.product, name, { fromBlock })) ?? {};
      // The newest block alone: the batch is older.
      const newestAlone = async (context: BrowserContext) => {
        await context.route('**/config.json', async (route) => {
          const config = (await (await route.fetch()).json()) as Record<'main' | 'product', object>;
          const narrow = { main: { ...config.main, logRange: 1 }, product: { ...config.product, logRange: 1 } };
          await route.fulfill({ json: { ...config, ...narrow } });
        });
      };
      const { page } = await net().visit({ connect: false, at: '#/explorer', prepare: newestAlone });
      await page.locator('tbody tr').first().waitFor();
      const search = async (text: string) => {
        await page.getByRole('searchbox').fill(text);
        await page.getByRole('button', { name: en.explorer.go }).click();
      };
      const found = page.locator('.found');
      for (const text of [batch.digest, transactionHash]) {
        await search(text);
        await found.getByText(en.explorer.batch(batch.nonces.length)).waitFor();
        const links = await Promise.all((await found.getByRole('link').all()).map((one) => one.getAttribute('href')));
        assert.deepEqual(
          links,
          batch.nonces.map((nonce) => `#/transfer/mint/${productToken}/${nonce}`),
        );
        await search(`0x${'5a'.repeat(32)}`);
        await page.getByText(en.explorer.sought.nothing).waitFor();
      }
      // A relayer names the transaction only; a transaction of another batch shows nothing.
      await page.context().route(/\/v1\/transfers\?batch=/, (route) =>
        route.fulfill({
          json: { transfers: [{ executedTransaction: transactionHash }] },
          headers: { 'access-control-allow-origin': '*' },
        }),
      );
      await search(`0x${'5b'.repeat(32)}`);
      await page.getByText(en.explorer.sought.nothing).waitFor();
      assert.equal(await found.count(), 0);
      await page.context().close();
    });

    it('leaves out what a relayer invents, names the relayer, and lists what it withholds from another one', async () => {
      const { departure } = await make();
      const lie = {
        ...{ direction: 'mint', productToken: departure.productToken, nonce: '424242', status: 'executed' },
        transactionHash: `0x${'ab'.repeat(32)}`,
      };
      const liar = net().devnet.file.signers[0]?.apiUrl ?? '';
      const { page } = await net().visit({
        connect: false,
        at: '#/explorer',
        prepare: async (context) => {
          await context.route(
            (url) => url.origin === new URL(liar).origin && url.pathname === '/v1/transfers',
            (route) =>
              route.fulfill({
                json: { complete: true, transfers: [lie] },
                headers: { 'access-control-allow-origin': '*' },
              }),
          );
          await context.route(
            (url) => url.origin === new URL(liar).origin && url.pathname === '/v1/analytics',
            async (route) => {
              const response = await route.fetch();
              const honest = (await response.json()) as { readonly periods: readonly { readonly at: string }[] };
              const invented = honest.periods.slice(0, 1).map((one) => ({ ...one, at: `${Number(one.at) - 86_400}` }));
              await route.fulfill({ response, json: { ...honest, periods: [...invented, ...honest.periods] } });
            },
          );
        },
      });
      await page.getByText(en.explorer.lie('Antares', '1')).waitFor();
      await page.locator(`a[href="#/transfer/mint/${departure.productToken}/${departure.nonce}"]`).waitFor();
      assert.equal(await page.getByText('424242').count(), 0);
      await net().picture(page, 'explorer-lie');
      await page.getByRole('link', { name: en.analytics.tabs.analytics }).click();
      await page.getByText(/Relayers disagree about past periods.*Other figures come from Antares/).waitFor();
      await page.context().close();
    });
  });
}

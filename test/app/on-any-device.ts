import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { BrowserContext, Page } from 'playwright-core';
import { erc20Abi, parseEther } from 'viem';

import { en } from '../../app/i18n/en.ts';
import { ko } from '../../app/i18n/ko.ts';
import { call } from '../../cli/devnet/anvil.ts';
import { fillDeposit, says } from './support/steps.ts';
import type { PageNet } from './support/net.ts';

/** Replaces fields of the page's configuration. */
const configured = (change: (config: Config) => object) => async (context: BrowserContext) => {
  await context.route('**/config.json', async (route) => {
    const config = (await (await route.fetch()).json()) as Config;
    await route.fulfill({ json: { ...config, ...change(config) } });
  });
};

interface Config {
  readonly main: { readonly rpcUrl: string };
  readonly product: { readonly rpcUrl: string };
}

const screens = [
  { width: 1_200, locale: 'en-GB', words: en },
  { width: 360, locale: 'en-GB', words: en },
  { width: 360, locale: 'ko-KR', words: ko },
] as const;

const valueOf = (page: Page, label: string) => page.getByLabel(label).inputValue();

/** Phones without a wallet, nodes that hang, odd tokens, and an operator's own look. */
export function anyDevice(net: () => PageNet): void {
  describe('on any device', () => {
    it('leads a phone without a wallet into the browsers of common wallet apps', async () => {
      for (const { locale, words } of screens.slice(1)) {
        const { page } = await net().visit({ width: 360, locale, connect: false, isPhone: true });
        await page.getByRole('banner').getByRole('button', { name: words.wallet.connect }).click();
        await page.locator('dialog[open]').getByText(words.wallet.openIn).waitFor();
        const apps = await page.locator('dialog[open] .wallets a').all();
        const links = await Promise.all(apps.map((app) => app.getAttribute('href')));
        assert.deepEqual(
          links.map((href) => new URL(href ?? '').host),
          ['link.metamask.io', 'go.cb-w.com', 'link.trustwallet.com', 'web3.okx.com'],
        );
        await net().inspect(page, `phone-no-wallet-${locale.slice(0, 2)}`);
        await page.context().close();
      }
    });

    it('names a chain with a node that hangs, and reads on when the node answers', async () => {
      const { file } = net().devnet;
      for (const { width, locale, words } of screens) {
        const hanging: (() => Promise<void>)[] = [];
        let hangs = true;
        const { page } = await net().visit({
          ...{ width, locale, connect: false },
          prepare: async (context) => {
            await context.route(
              (url) => url.origin === new URL(file.main.rpcUrl).origin,
              (route) => (hangs ? void hanging.push(() => route.abort()) : route.continue()),
            );
          },
        });
        // From the page's configuration: the name is not translated.
        await page.getByRole('alert').getByText(words.notices.chainSilent('Main chain')).waitFor();
        await page.getByText(words.notices.meanwhile).waitFor();
        await net().picture(page, `hanging-${width}-${locale.slice(0, 2)}`);
        hangs = false;
        await page.getByLabel(words.bridge.give).waitFor();
        await Promise.all(hanging.map((end) => end().catch(() => undefined)));
        await page.context().close();
      }
    });

    it('uses the next node where the first one is away, and deposits', async () => {
      const { page } = await net().visit({
        holder: 1,
        prepare: configured(({ main, product }) => ({
          main: { ...main, rpcUrls: ['http://127.0.0.1:9/', main.rpcUrl] },
          product: { ...product, rpcUrls: ['http://127.0.0.1:9/', product.rpcUrl] },
        })),
      });
      await fillDeposit(page, 'SNSD', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, 'Arrived');
      await page.context().close();
    });

    it('leaves out a peg with a product token that answers nothing, and deposits into another one', async (test) => {
      const { file } = net().devnet;
      const gram = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.productToken ?? '0x';
      const code = (await call(file.product.rpcUrl, 'eth_getCode', gram, 'latest')) as string;
      const restore = () => call(file.product.rpcUrl, 'anvil_setCode', gram, code);
      test.after(restore);
      await call(file.product.rpcUrl, 'anvil_setCode', gram, '0x00');
      const { page } = await net().visit();
      await page.getByText(en.notices.oddPegs(gram)).waitFor();
      assert.equal(await page.getByText('GRAM', { exact: true }).count(), 0);
      await fillDeposit(page, 'BOAT', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, 'Arrived');
      await page.context().close();
    });

    it('shows the operator’s name, logo, links and token logos, and names of chains by language', async () => {
      for (const { width, locale, words } of screens) {
        const boat = net().devnet.file.pegs[0]?.productToken ?? '';
        const { page, complaints } = await net().visit({
          ...{ width, locale },
          prepare: configured(({ main }) => ({
            main: { ...main, name: { en: 'Harbour chain', ko: '항구 체인' } },
            brand: {
              name: 'Harbour',
              logo: 'mark.svg',
              help: 'https://harbour.example/help',
              terms: 'https://harbour.example/terms',
              about: { en: 'Ships tokens.', ko: '토큰을 옮깁니다.' },
              colours: { main: { light: '#00685c', dark: '#5ad1c4' } },
            },
            logos: { [boat]: 'mark.svg' },
          })),
        });
        const isKorean = locale === 'ko-KR';
        await page.getByRole('banner').getByText('Harbour', { exact: true }).waitFor();
        await page.getByText(isKorean ? '토큰을 옮깁니다.' : 'Ships tokens.').waitFor();
        await page
          .locator('.way')
          .getByText(isKorean ? '항구 체인' : 'Harbour chain')
          .waitFor();
        assert.equal(await page.title(), 'Harbour');
        for (const name of ['help', 'terms'] as const) {
          const link = page.getByRole('contentinfo').getByRole('link', { name: words.links[name] });
          assert.equal(await link.getAttribute('href'), `https://harbour.example/${name}`);
        }
        await page.locator('.pegs img').waitFor();
        await net().inspect(page, `brand-${width}-${locale.slice(0, 2)}`);
        assert.deepEqual(complaints, []);
        await page.context().close();
      }
    });

    it('draws no frame around the page after use of the keyboard, and no bar where nothing is locked', async () => {
      const { page } = await net().visit({ connect: false });
      // The text of index.html has links, too, until the page's own take their place.
      await page.getByRole('button', { name: en.wallet.connect }).first().waitFor();
      await page.getByRole('link', { name: en.views.supply }).focus();
      await page.keyboard.press('Enter');
      await page.locator('.bar').first().waitFor();
      await page.waitForFunction("document.activeElement?.id === 'content'");
      assert.equal(await page.evaluate("getComputedStyle(document.getElementById('content')).outlineStyle"), 'none');
      const empty = page.locator('.maintoken').filter({ has: page.getByText('0', { exact: true }) });
      assert.equal(await empty.locator('.bar i').count(), 0);
      await page.context().close();
    });
  });

  describe('an amount', () => {
    it('says on the button that the balance is too low, explains a comma, and is a part of the balance', async () => {
      for (const { width, locale, words } of screens) {
        const { page, wallet } = await net().visit({ width, locale });
        await page.getByText('BOAT', { exact: true }).first().click();
        const amount = page.getByLabel(words.bridge.give);
        assert.equal((await page.locator('.send .note').innerText()).trim(), '');
        await amount.fill('1,5');
        await page.getByText(words.findings.comma).waitFor();
        await amount.fill('99999999');
        await page.getByRole('button', { name: words.bridge.insufficient('SMENT') }).waitFor();
        const balance = await wallet.holder.main.reader.readContract({
          address: net().devnet.file.pegs[0]?.mainToken ?? '0x',
          abi: erc20Abi,
          functionName: 'balanceOf',
          args: [wallet.holder.address],
        });
        await page.getByRole('button', { name: '25%' }).click();
        assert.equal(parseEther(await valueOf(page, words.bridge.give)), balance / 4n);
        await page.getByRole('button', { name: words.bridge.max }).click();
        assert.equal(parseEther(await valueOf(page, words.bridge.give)), balance);
        await net().picture(page, `amount-${width}-${locale.slice(0, 2)}`);
        await page.context().close();
      }
    });

    it('takes an address with a chain’s prefix, and says that it ignores the prefix', async () => {
      const { page } = await net().visit();
      await fillDeposit(page, 'BOAT', '1');
      await page.getByText('Another account').click();
      await page.getByLabel('Address of the recipient').fill('eth:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed');
      await page.getByText(en.findings.prefixed('eth', 'Product chain')).waitFor();
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).waitFor();
      await page.context().close();
    });

    it('of the coin leaves enough for its own gas at the maximum, and arrives', async () => {
      const { page, wallet, complaints } = await net().visit({ holder: 2 });
      const { reader } = wallet.holder.main;
      await page.getByText('TIDE', { exact: true }).first().click();
      await page.getByText(en.bridge.consents.coin).waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Max' }).click();
      const given = parseEther(await valueOf(page, 'You give'));
      const before = await reader.getBalance({ address: wallet.holder.address });
      assert.ok(given > 0n && given < before);
      await page.getByText(en.bridge.consents.coin).waitFor();
      await page.getByRole('button', { name: /^Deposit .* ETH$/ }).click();
      await says(page, 'Arrived');
      await page.waitForFunction("document.title.startsWith('Arrived · Deposit no. 0')");
      assert.deepEqual(wallet.asked, ['eth_sendTransaction']);
      assert.ok((await reader.getBalance({ address: wallet.holder.address })) > 0n);
      await page.getByRole('link', { name: en.transfer.another }).waitFor();
      await page.getByRole('button', { name: en.transfer.addToken('TIDE') }).click();
      await page.getByText(en.transfer.added('TIDE')).waitFor();
      assert.deepEqual(wallet.watched, [net().devnet.file.pegs.find(({ symbol }) => symbol === 'TIDE')?.productToken]);
      await net().inspect(page, 'arrived-next');
      assert.deepEqual(complaints, []);
      await page.context().close();
    });
  });
}

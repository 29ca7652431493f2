import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import type { Page } from 'playwright-core';

import { fillDeposit, says } from './crossing.ts';
import { jumpsOf, watchJumps } from './support/jumps.ts';
import type { PageNet } from './support/net.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds that keeps somebody out. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}

/** A tenth of the layout-shift score that counts as good; 0.01 is a hundredth of the screen that moves by its whole height. */
const MOST_JUMPING = 0.01;

const widthOf = (page: Page): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');

/** For every eye, hand, ear and language. */
export function looks(net: () => PageNet): void {
  describe('for everyone', () => {
    it('loads at most 250 kB of gzip for the first view, and asks nobody but its configuration’s origins', async () => {
      const bodies: Promise<Buffer>[] = [];
      const origins = new Set<string>();
      const { page } = await net().visit({
        connect: false,
        prepare: async (context) => {
          context.on('response', (response) => {
            const url = new URL(response.url());
            if (url.protocol.startsWith('http')) origins.add(url.origin);
            if (/\.(js|css)$|\/$/.test(url.pathname) && url.origin === net().devnet.file.appUrl) {
              bodies.push(response.body());
            }
          });
          return Promise.resolve();
        },
      });
      await page.getByLabel('You give').waitFor();
      const weight = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
      assert.ok(weight > 50_000 && weight <= 250_000, `${weight} bytes`);

      const { main, product, signers, appUrl = '' } = net().devnet.file;
      const known = [appUrl, main.rpcUrl, product.rpcUrl, ...signers.map(({ apiUrl }) => apiUrl)].map(
        (url) => new URL(url).origin,
      );
      assert.deepEqual(
        [...origins].filter((origin) => !known.includes(origin)),
        [],
      );
      await page.context().close();
    });

    it('does not jump, from the first load to the end of a deposit', async (test) => {
      const { page } = await net().visit({ holder: 1, prepare: watchJumps });
      await fillDeposit(page, 'SNSD', '1');
      await page.getByRole('button', { name: 'Deposit 1 SMENT' }).click();
      await says(page, 'Arrived');
      await page.getByText('Executed in a final block').waitFor();
      const jumps = await jumpsOf(page);
      const score = jumps.reduce((sum, { value }) => sum + value, 0);
      const said = `${score} ${JSON.stringify(jumps)}`;
      test.diagnostic(said);
      assert.ok(score <= MOST_JUMPING, said);
      await page.context().close();
    });

    it('has nothing serious that axe finds, in any view, light and dark', async () => {
      for (const dark of [false, true]) {
        const { page } = await net().visit({ dark, holder: 1 });
        for (const view of ['Bridge', 'History', 'Supply', 'Signers']) {
          await page.getByRole('link', { name: view, exact: true }).click();
          await page.getByRole('main').getByRole('heading').first().waitFor({ state: 'attached' });
          if (view === 'History') await page.getByRole('table').waitFor();
          assert.deepEqual(await barriers(page), [], `${view}, ${dark ? 'dark' : 'light'}`);
          await net().picture(page, `${view.toLowerCase()}-${dark ? 'dark' : 'light'}`);
        }
        await page.getByRole('link', { name: 'History' }).click();
        await page.getByRole('table').getByRole('link').first().click();
        await page.getByText('Balance of the recipient').waitFor();
        assert.deepEqual(await barriers(page), []);
        await page.context().close();
      }
    });

    it('fits a phone in both languages, without anything to scroll sideways for', async () => {
      for (const [locale, views] of [
        ['en-GB', ['Bridge', 'History', 'Supply', 'Signers']],
        ['ko-KR', ['브리지', '내역', '공급량', '서명자']],
      ] as const) {
        const { page } = await net().visit({ width: 360, locale, holder: 1 });
        assert.equal(await page.evaluate('document.documentElement.lang'), locale.slice(0, 2));
        for (const [place, view] of views.entries()) {
          await page.getByRole('link', { name: view, exact: true }).click();
          await page.getByRole('main').getByRole('heading').first().waitFor({ state: 'attached' });
          if (place === 1) await page.getByRole('table').waitFor();
          assert.ok((await widthOf(page)) <= 360, `${view}: ${await widthOf(page)} pixels`);
          await net().picture(page, `phone-${locale.slice(0, 2)}-${place}`);
        }
        await page.context().close();
      }
    });

    it('remembers the language and the colours that were chosen', async () => {
      const { page } = await net().visit({ connect: false });
      await page.getByLabel('Language').selectOption('ko');
      await page.getByLabel('화면 모드').selectOption('dark');
      await page.reload();
      await page.getByText('보내는 수량').waitFor();
      assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark');
      await page.context().close();
    });

    it('can be used with the keyboard alone', async () => {
      const { page } = await net().visit({ holder: 1 });
      await page.getByLabel('You give').focus();
      await page.keyboard.type('4');
      const send = page.getByRole('button', { name: 'Deposit 4 SMENT' });
      await send.waitFor();
      for (let presses = 0; presses < 15; presses++) {
        await page.keyboard.press('Tab');
        if (await send.and(page.locator(':focus')).isVisible()) break;
      }
      await page.keyboard.press('Enter');
      await says(page, 'On its way');
      await page.context().close();
    });
  });
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

import type { BrowserContext, Page, Route } from 'playwright-core';
import { erc20Abi } from 'viem';

import { type Words, en } from '../../app/i18n/en.ts';
import { ko } from '../../app/i18n/ko.ts';
import { SENT, says } from './support/steps.ts';
import { remakeToken } from '../support/remake-token.ts';
import { eventually } from '../support/wait.ts';
import { drawnOf, jumpsOf, watchJumps, watchSendButton } from './support/jumps.ts';
import type { PageNet } from './support/net.ts';

/**
 * A tenth of the layout-shift score that counts as good; 0.01 is a hundredth of the viewport shifted by its full
 * height.
 */
const MOST_JUMPING = 0.01;

const views = ['bridge', 'history', 'explorer', 'supply', 'signers'] as const;

/** Opens a view by its link, and waits until its data is shown. */
async function open(page: Page, view: (typeof views)[number], words: Words): Promise<void> {
  await page.getByRole('link', { name: words.views[view], exact: true }).click();
  const heading = page.getByRole('heading', { level: 1, name: words[view].heading, exact: true });
  await heading.waitFor({ state: 'attached' });
  const content = { bridge: 'form', history: 'tbody tr', explorer: 'tbody tr', supply: '.chart', signers: '.cards li' }[
    view
  ];
  await page.locator(content).first().waitFor();
  // Dots stand for values that are still awaited.
  await page.getByRole('main').getByText('…', { exact: true }).first().waitFor({ state: 'detached' });
}

/** Later than the half second after a click in which a browser forgives a layout shift. */
const answerLate = async (route: Route): Promise<void> => {
  await setTimeout(700);
  await route.continue();
};

const widthOf = (page: Page): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');

/** Accessibility, input methods, languages and viewports. */
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

    it('does not jump, from the first load to the end of a deposit and through every view, on any screen', async (test) => {
      const screens = [
        { width: 1_200, holder: 0, words: en, locale: 'en-GB' },
        { width: 360, holder: 1, words: en, locale: 'en-GB' },
        { width: 360, holder: 2, words: ko, locale: 'ko-KR' },
      ] as const;
      const lookAround = async ({ words, ...look }: (typeof screens)[number]) => {
        const { page } = await net().visit({ ...look, prepare: watchJumps });
        await page.getByText('SNSD', { exact: true }).first().click();
        await page.getByLabel(words.bridge.give).fill('1');
        await page.getByRole('button', { name: words.bridge.deposit('1 SMENT') }).click();
        await says(page, words.status.executed);
        await page.getByText(words.transfer.executedFinal).waitFor();
        await page.route('**', answerLate);
        for (const view of views) await open(page, view, words);
        await page.unrouteAll({ behavior: 'wait' });
        const jumps = await jumpsOf(page);
        const score = jumps.reduce((sum, { value }) => sum + value, 0);
        const said = `${look.width} pixels, ${look.locale}: ${score} ${JSON.stringify(jumps)}`;
        test.diagnostic(said);
        assert.ok(score <= MOST_JUMPING, said);
        // There a value takes the place of its dots, however late.
        const inViews = jumps
          .flatMap(({ moved }) => moved)
          .filter((what) => views.some((view) => what.startsWith(`#/${view}`)));
        assert.deepEqual(inViews, [], look.locale);
        await page.context().close();
      };
      await Promise.all(screens.map(lookAround));
    });

    it('draws every text of the send button and of its note in the same place, on phones and with long names', async (test) => {
      const { file } = net().devnet;
      const gold = file.pegs.find(({ symbol }) => symbol === 'GRAM')?.mainToken ?? '0x';
      const long = 'Kingdom of Saguenay Settlement Network';
      const screens = [
        { width: 320, holder: 0, locale: 'en-GB', words: en },
        { width: 360, holder: 1, locale: 'en-GB', words: en },
        { width: 320, holder: 2, locale: 'ko-KR', words: ko },
      ] as const;
      const rename = async (context: BrowserContext) => {
        await context.route('**/config.json', async (route) => {
          const config = (await (await route.fetch()).json()) as { main: object };
          await route.fulfill({ json: { ...config, main: { ...config.main, name: long } } });
        });
      };
      /** Deposits, and returns the texts of the button once all are found in one place. */
      const watch = async ({ words, ...look }: (typeof screens)[number], startsOn: number | 'main') => {
        const { page, wallet } = await net().visit({ ...look, startsOn, prepare: rename });
        const { main } = wallet.holder;
        if (startsOn === 'main') {
          const args = [main.bridge, 1n] as const;
          const hash = await main.writer.writeContract({
            ...{ address: gold, abi: erc20Abi, functionName: 'approve', args },
          });
          await main.reader.waitForTransactionReceipt({ hash });
        }
        await page.getByText('GRAM', { exact: true }).first().click();
        await page.getByLabel(words.bridge.give).fill('1');
        const send = page.getByRole('button', { name: words.bridge.deposit('1 GOLD') });
        const first = startsOn === 'main' ? words.bridge.consents.reset : words.bridge.switchAndSend(long);
        await page.locator('.send .note').getByText(first, { exact: true }).waitFor();
        await send.and(page.locator(':enabled')).waitFor();
        await watchSendButton(page);
        if (look.width === 320) await net().picture(page, `send-${look.locale.slice(0, 2)}-${startsOn}`);
        await send.click();
        await page.waitForURL(/#\/(sent|transfer)\/mint\//);
        const drawn = await drawnOf(page);
        // Relative to the button: an answer of a node may change the rows above it meanwhile.
        const layouts = drawn.map(({ places: [top = 0, height = 0, note = 0, noteHeight = 0, end = 0] }) => [
          ...[height, note - top, noteHeight, end - top],
        ]);
        for (const index of layouts[0]!.keys()) {
          const values = layouts.map((layout) => layout[index]!);
          // The height of a document is a whole number of pixels.
          const moved = Math.max(...values) - Math.min(...values);
          assert.ok(moved < 1, `${look.width} pixels, ${look.locale}: ${JSON.stringify(drawn, undefined, 1)}`);
        }
        // Before the token is made anew: under other code the deposit would fail, and its allowance would stay.
        const allowance = { functionName: 'allowance', args: [wallet.holder.address, main.bridge] } as const;
        await eventually(
          'the deposit has used up its allowance',
          async () => (await main.reader.readContract({ address: gold, abi: erc20Abi, ...allowance })) === 0n,
        );
        await page.context().close();
        return drawn.map(({ button }) => button);
      };
      const expect = async (startsOn: number | 'main', steps: readonly (keyof typeof en.bridge.steps)[]) => {
        const check = async (screen: (typeof screens)[number]) => {
          const texts = await watch(screen, startsOn);
          for (const step of steps) {
            const text = screen.words.bridge.steps[step];
            assert.ok(texts.includes(typeof text === 'string' ? text : text(long)), `${step}: ${texts.join(' | ')}`);
          }
        };
        await Promise.all(screens.map(check));
      };
      const renew = await remakeToken(file.main.rpcUrl, gold, 'OtherPermitToken');
      test.after(renew);
      await expect(1, ['check', 'switch', 'permit', 'unpermitted', 'approve', 'approving', 'send']);
      await remakeToken(file.main.rpcUrl, gold, 'OldToken');
      await expect('main', ['check', 'reset', 'approving', 'approve', 'send']);
    });

    it('is drawn without waiting for its font, and nothing changes its font afterwards', async () => {
      let asked = 0;
      const { promise: held, resolve: answer } = Promise.withResolvers<undefined>();
      const { page } = await net().visit({
        connect: false,
        prepare: async (context) => {
          await context.route('**/*.woff2', async (route) => {
            asked++;
            await held;
            await route.continue();
          });
        },
      });
      await page.getByLabel('You give').waitFor();
      assert.ok(asked > 0);
      const links = () => page.getByRole('navigation').boundingBox();
      const drawn = await links();
      answer(undefined);
      await page.evaluate('document.fonts.ready.then(() => undefined)');
      assert.deepEqual(await links(), drawn);
      await page.context().close();
    });

    it('has nothing serious that axe finds, in any view, light and dark', async () => {
      const { page } = await net().visit({ holder: 1 });
      for (const view of views) {
        await open(page, view, en);
        await net().inspect(page, view);
      }
      await open(page, 'history', en);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByText('Balance of the recipient').waitFor();
      await net().inspect(page, 'transfer');
      await page.getByRole('button', { name: 'Your account' }).click();
      await page.getByRole('button', { name: 'Disconnect' }).waitFor();
      await net().inspect(page, 'account');
      await page.context().close();
    });

    it('fits a phone in both languages, without anything to scroll sideways for', async () => {
      for (const [locale, words] of [
        ['en-GB', en],
        ['ko-KR', ko],
      ] as const) {
        const { page } = await net().visit({ width: 360, locale, holder: 1 });
        assert.equal(await page.evaluate('document.documentElement.lang'), locale.slice(0, 2));
        for (const view of views) {
          await open(page, view, words);
          assert.ok((await widthOf(page)) <= 360, `${view}: ${await widthOf(page)} pixels`);
          const picture = `phone-${locale.slice(0, 2)}-${view}`;
          // axe has already checked the wide screen in English.
          await (locale === 'ko-KR' ? net().inspect(page, picture) : net().picture(page, picture));
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
      await says(page, SENT);
      await page.context().close();
    });
  });
}

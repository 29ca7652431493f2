import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Browser, type BrowserContext, type Page, chromium as engine } from 'playwright-core';

import type { Devnet } from '../../../cli/devnet/start.ts';
import { chromium, commandOf } from '../../../scripts/testing/programs.ts';
import type { BlockClock } from '../../support/block-clock.ts';
import { startTestNet } from '../../support/devnet.ts';
import { lookAt } from './looking.ts';
import { type TestWallet, giveWallet } from './wallet.ts';

/** Many times what a slow machine takes. */
const DRAWN_MILLISECONDS = 10_000;

/** Bounds only what never comes: a busy machine takes many times as long as an idle one. */
const PATIENCE_MILLISECONDS = 120_000;

/** Where screenshots stay, for people to look at. */
const screenshots = resolve('test-results/app');

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly wallet: TestWallet;
  /** What went wrong in the page: errors, and what its security policy refused. */
  readonly complaints: string[];
}

export interface VisitOptions {
  /** Which of the devnet's holders. */
  readonly holder?: number;
  readonly startsOn?: 'main' | 'product' | number;
  /** A chain that the wallet has never heard of. */
  readonly stranger?: 'main' | 'product';
  /** Where in the page, `#/…`. */
  readonly at?: string;
  readonly width?: number;
  readonly locale?: string;
  /** Connects the wallet as a person would. */
  readonly connect?: boolean;
  /** Before the page is opened, such as what stands between it and a relayer. */
  readonly prepare?: (context: BrowserContext) => Promise<void>;
}

export interface PageNet {
  readonly devnet: Devnet;
  readonly blocks: BlockClock;
  visit(options?: VisitOptions): Promise<Visit>;
  picture(page: Page, name: string): Promise<void>;
  /** Pictures of it, light and dark; fails where axe finds something serious. */
  inspect(page: Page, name: string): Promise<void>;
  stop(): Promise<void>;
}

/** A devnet with its page, and a real browser. */
export async function startPageNet(): Promise<PageNet> {
  mkdirSync(screenshots, { recursive: true });
  const net = await startTestNet({ app: true });
  const { devnet, blocks } = net;
  const [browser] = await Promise.all([launch(), devnet.app?.prepare()]);
  const picture = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  };

  return {
    devnet,
    blocks,
    async visit(options: VisitOptions = {}) {
      const { holder = 0, startsOn = 'main', at = '', connect = true, width = 1_200, ...look } = options;
      const { prepare, stranger } = look;
      const key = devnet.file.holders[holder]?.privateKey ?? '0x';
      const context = await browser.newContext({
        // A small phone's, where much has to be scrolled for.
        viewport: { width, height: width < 500 ? 640 : 900 },
        locale: look.locale ?? 'en-GB',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(PATIENCE_MILLISECONDS);
      const wallet = await giveWallet(context, devnet.file, key, startsOn, stranger);
      await prepare?.(context);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
          complaints.push(message.text());
        }
      });
      // What is waited for is what a test looks at; a font that is held back keeps a browser from calling it loaded.
      await page.goto(`${devnet.file.appUrl ?? ''}/${at}`, { waitUntil: 'commit' });
      // A browser may lose a request when the machine's network changes under it; a person would load the page again.
      const drawn = page.getByRole('banner').waitFor({ timeout: DRAWN_MILLISECONDS });
      await drawn.catch(() => page.reload({ waitUntil: 'commit' }));
      if (connect) await connectWallet(page);
      return { page, context, wallet, complaints };
    },
    picture,
    inspect: (page, name) => lookAt(page, (one) => picture(page, one), name),
    async stop() {
      await browser.close();
      await net.stop();
    },
  };
}

function launch(): Promise<Browser> {
  const executablePath = commandOf(chromium);
  if (executablePath === undefined) throw new Error('there is no chromium on the PATH: npm run setup');
  return engine.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

async function connectWallet(page: Page): Promise<void> {
  await page
    .getByRole('banner')
    .getByRole('button', { name: /Connect wallet|지갑 연결/ })
    .click();
  await page.getByRole('button', { name: 'Test wallet' }).click();
  await page
    .getByRole('banner')
    .getByRole('button', { name: /Your account|내 계정/ })
    .waitFor();
}

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Browser, type BrowserContext, type Page, chromium as engine } from 'playwright-core';

import type { Devnet, DevnetFile } from '../../../cli/devnet/start.ts';
import { chromium, commandOf } from '../../../scripts/testing/programs.ts';
import type { BlockClock } from '../../support/block-clock.ts';
import { startTestNet } from '../../support/devnet.ts';
import { lookAt } from './looking.ts';
import { type TestWallet, giveWallet } from './wallet.ts';

/** Many times the duration on a slow machine. */
const DRAWN_MILLISECONDS = 10_000;

/** Bounds a hang only: a busy machine takes many times as long as an idle one. */
const PATIENCE_MILLISECONDS = 120_000;

/** Folder of the screenshots, for manual review. */
const screenshots = resolve('test-results/app');

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly wallet: TestWallet;
  /** Errors in the page, including violations of its content security policy. */
  readonly complaints: string[];
}

export interface VisitOptions {
  /** Index of the devnet's holder. */
  readonly holder?: number;
  readonly startsOn?: 'main' | 'product' | number;
  /** A chain that is not in the wallet's list. */
  readonly stranger?: 'main' | 'product';
  /** Initial route, `#/…`. */
  readonly at?: string;
  readonly width?: number;
  readonly locale?: string;
  /** A touch screen, and no wallet in the browser. */
  readonly isPhone?: boolean;
  /** Connects the wallet through the page, as a user would. */
  readonly connect?: boolean;
  /** Runs before the page is opened, for example to intercept its requests to a relayer. */
  readonly prepare?: (context: BrowserContext) => Promise<void>;
}

/** A browser at the page of two chains. */
export interface Pages {
  visit(options?: VisitOptions): Promise<Visit>;
  picture(page: Page, name: string): Promise<void>;
  /** Takes screenshots, light and dark; fails on any serious violation found by axe. */
  inspect(page: Page, name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface PageNet extends Pages {
  readonly devnet: Devnet;
  readonly blocks: BlockClock;
}

/** A devnet with its page, and a real browser. */
export async function startPageNet(): Promise<PageNet> {
  // Its started parts would keep the test's process alive when a later step fails, such as a page that exceeds its size.
  await using starting = new AsyncDisposableStack();
  const net = await startTestNet({ app: true, pegs: { coin: true } });
  starting.defer(() => net.stop());
  const { devnet, blocks } = net;
  await devnet.app?.prepare();
  const pages = await openPages(devnet.file);
  starting.defer(() => pages.stop());
  const started = starting.move();
  return { ...{ devnet, blocks, ...pages }, stop: () => started.disposeAsync() };
}

/** A browser, with wallets of the holders' keys. */
export async function openPages(file: Pick<DevnetFile, 'main' | 'product' | 'holders' | 'appUrl'>): Promise<Pages> {
  mkdirSync(screenshots, { recursive: true });
  const browser = await launch();
  const picture = async (page: Page, name: string): Promise<void> => {
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  };

  return {
    async visit(options: VisitOptions = {}) {
      const { holder = 0, startsOn = 'main', at = '', connect = true, width = 1_200, isPhone, ...look } = options;
      const { prepare, stranger } = look;
      const key = file.holders[holder]?.privateKey ?? '0x';
      const context = await browser.newContext({
        // The height of a small phone, which requires scrolling.
        viewport: { width, height: width < 500 ? 640 : 900 },
        locale: look.locale ?? 'en-GB',
        reducedMotion: 'reduce',
        ...(isPhone === true ? { isMobile: true, hasTouch: true } : {}),
      });
      context.setDefaultTimeout(PATIENCE_MILLISECONDS);
      const wallet = await giveWallet(context, file, key, { startsOn, stranger, isAnnounced: isPhone !== true });
      await prepare?.(context);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !isLost(message.text())) {
          complaints.push(message.text());
        }
      });
      // Wait for the content that the test checks: a font that is held back delays the load event.
      await page.goto(`${file.appUrl ?? ''}/${at}`, { waitUntil: 'commit' });
      // A browser may lose a request when the machine's network changes; a user would reload the page.
      const drawn = page.getByRole('banner').waitFor({ timeout: DRAWN_MILLISECONDS });
      await drawn.catch(() => page.reload({ waitUntil: 'commit' }));
      if (connect) await connectWallet(page);
      return { page, context, wallet, complaints };
    },
    picture,
    inspect: (page, name) => lookAt(page, (one) => picture(page, one), name),
    stop: () => browser.close(),
  };
}

/** A request that a test aborts, or that the browser loses; an error status is a complaint. */
const isLost = (text: string): boolean => text.startsWith('Failed to load resource: net::');

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

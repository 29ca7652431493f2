// Time until the page is visible on a slow connection, on the first and the next visit.
//   npm run app:build && npm run bench:page        400 kbit/s, 400 ms round trip
//   npm run bench:page -- FOLDER                   another build of the page
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type CDPSession, type Page, chromium as engine } from 'playwright-core';

import { chromium, commandOf } from './testing/programs.ts';

const KBIT = 400;
const LATENCY_MS = 400;
const RUNS = 5;

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const folder = process.argv[2] ?? 'dist/app';

/** An unreachable node: the measurement covers the page as drawn before any chain responds. */
const silent = { chainId: 1, rpcUrl: 'http://127.0.0.1:9', bridge: `0x${'11'.repeat(20)}` };
const config = JSON.stringify({ main: silent, product: { ...silent, chainId: 2 } });

/** Compression and caching as in docs/app.md. */
const server = createServer(({ url = '/' }, response) => {
  const path = url === '/' ? '/index.html' : url;
  try {
    const content = path === '/config.json' ? config : readFileSync(join(folder, path));
    const isPacked = extname(path) === '.woff2';
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cache-control': path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
      ...(isPacked ? {} : { 'content-encoding': 'gzip' }),
    });
    response.end(isPacked ? content : gzipSync(content));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const executablePath = commandOf(chromium);
if (executablePath === undefined) throw new Error('no chromium on the PATH: npm run setup');
const browser = await engine.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });

interface Figures {
  /** Milliseconds from the start of the visit. */
  readonly firstPaint: number;
  readonly text: number;
  /** The page has taken the place of index.html's own text. */
  readonly page: number;
  /** The font that the page's text is drawn in. */
  readonly font: string;
}

async function visit(page: Page, tools: CDPSession): Promise<Figures> {
  await page.goto(address, { waitUntil: 'commit' });
  const drawn = async (selector: string): Promise<number> => {
    await page.locator(selector).first().waitFor({ timeout: 120_000 });
    // Visible after the next frame.
    return page.evaluate<number>(
      'new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))',
    );
  };
  const text = await drawn('nav:visible');
  const whole = await drawn('#content');
  const firstPaint = await page.evaluate<number>(
    'performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0',
  );
  const { root } = await tools.send('DOM.getDocument');
  const { nodeId } = await tools.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'nav a' });
  const { fonts } = await tools.send('CSS.getPlatformFontsForNode', { nodeId });
  return { firstPaint, text, page: whole, font: fonts.map(({ familyName }) => familyName).join() };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const visits: Record<string, Figures[]> = { first: [], next: [] };
for (let run = 0; run < RUNS; run++) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const tools = await context.newCDPSession(page);
  const throughput = (KBIT * 1_000) / 8;
  const slow = { downloadThroughput: throughput, uploadThroughput: throughput, latency: LATENCY_MS, offline: false };
  for (const domain of ['Network', 'DOM', 'CSS'] as const) await tools.send(`${domain}.enable`);
  await tools.send('Network.emulateNetworkConditions', slow);
  visits['first']?.push(await visit(page, tools));
  await page.waitForLoadState('networkidle');
  visits['next']?.push(await visit(page, tools));
  await context.close();
}
console.log(`${folder} at ${KBIT} kbit/s and ${LATENCY_MS} ms, median of ${RUNS}`);
for (const [name, figures] of Object.entries(visits)) {
  const first = seconds(median(figures.map(({ firstPaint }) => firstPaint)));
  const text = seconds(median(figures.map(({ text: at }) => at)));
  const fonts = [...new Set(figures.map(({ font }) => font))].join(' or ');
  const whole = seconds(median(figures.map(({ page: at }) => at)));
  console.log(`  ${name} visit: first paint ${first}, text ${text}, the page ${whole}, in ${fonts}`);
}
await browser.close();
server.close();

// Time until the page is visible on a slow line and on a slow phone, on the first and the next visit, and its weight.
//   npm run app:build && npm run bench:page
//   npm run bench:page -- FOLDER                   another build of the page
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { type CDPSession, type Page, chromium as engine } from 'playwright-core';

import { chromium, commandOf } from './testing/programs.ts';

/** The phone is the mobile one of Lighthouse. */
const profiles = [
  { name: 'a slow line', kbit: 400, latencyMs: 400, slowdown: 1 },
  { name: 'a slow phone', kbit: 1_638, latencyMs: 150, slowdown: 4 },
] as const;
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

/** Bytes of content since the last visit began: fonts included. */
let sent = 0;

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
    const body = isPacked ? content : gzipSync(content);
    sent += body.length;
    response.end(body);
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

for (const { name: profile, kbit, latencyMs, slowdown } of profiles) {
  const visits: Record<string, Figures[]> = { first: [], next: [] };
  const weights = new Set<number>();
  for (let run = 0; run < RUNS; run++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const tools = await context.newCDPSession(page);
    const throughput = (kbit * 1_000) / 8;
    const slow = { downloadThroughput: throughput, uploadThroughput: throughput, latency: latencyMs, offline: false };
    for (const domain of ['Network', 'DOM', 'CSS'] as const) await tools.send(`${domain}.enable`);
    await tools.send('Network.emulateNetworkConditions', slow);
    await tools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    sent = 0;
    visits['first']?.push(await visit(page, tools));
    weights.add(sent);
    await page.waitForLoadState('networkidle');
    visits['next']?.push(await visit(page, tools));
    await context.close();
  }
  const weight = `${(Math.max(...weights) / 1_000).toFixed(0)} kB`;
  console.log(
    `${folder} on ${profile}: ${kbit} kbit/s, ${latencyMs} ms, processor ÷ ${slowdown}, median of ${RUNS}, ${weight}`,
  );
  for (const [name, figures] of Object.entries(visits)) {
    const first = seconds(median(figures.map(({ firstPaint }) => firstPaint)));
    const text = seconds(median(figures.map(({ text: at }) => at)));
    const fonts = [...new Set(figures.map(({ font }) => font))].join(' or ');
    const whole = seconds(median(figures.map(({ page: at }) => at)));
    console.log(`  ${name} visit: first paint ${first}, text ${text}, the page ${whole}, in ${fonts}`);
  }
}
await browser.close();
server.close();

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { Address } from 'viem';

import { messageOf } from '../../protocol/errors.ts';

import type { DevnetFile } from './describe-devnet.ts';
import { walletPage } from './wallet-page.ts';

const run = promisify(execFile);

/** The devnet data that the page reads. */
export interface AppSource extends Pick<DevnetFile, 'pegs' | 'holders'> {
  readonly main: ChainSource;
  readonly product: ChainSource;
  readonly signers: readonly { readonly index: number; readonly address: Address; readonly apiUrl: string }[];
}

interface ChainSource {
  readonly chainId: number;
  readonly rpcUrl: string;
  readonly bridge: Address;
}

/** The page of a devnet, served. */
export interface AppServer {
  readonly url: string;
  /** Builds the page when its sources have changed; the first request does it otherwise. */
  prepare(): Promise<void>;
  /** The page's config.json; absent until it is set. */
  configure(source: AppSource): void;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
/** In a checkout the page is built from its sources; an installed package brings it. */
const inCheckout = import.meta.url.endsWith('.ts');
const folder = join(root, inCheckout ? 'dist/app' : 'app');

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Serves the page on a port of 127.0.0.1, any free one with 0. Built at the first request. */
export async function serveApp(port: number): Promise<AppServer> {
  let config: object | undefined;
  let wallet: string | undefined;
  let policy = "connect-src 'self'";
  let building: Promise<void> | undefined;

  const prepare = (): Promise<void> => {
    building ??= buildApp().catch((error: unknown) => {
      building = undefined;
      throw error;
    });
    return building;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathOf(request);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('content-security-policy', `${policy}; frame-ancestors 'none'`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, '.html', 'GET or HEAD only');
    if (path === '/config.json') {
      response.setHeader('cache-control', 'no-store');
      if (config === undefined) return send(response, 503, '.html', 'the devnet is not up yet');
      return send(response, 200, '.json', JSON.stringify(config, undefined, 2));
    }
    if (path === '/wallet') {
      response.setHeader('cache-control', 'no-store');
      return send(response, wallet === undefined ? 503 : 200, '.html', wallet ?? 'the devnet is not up yet');
    }
    await prepare();
    const file = join(folder, path === '/' ? 'index.html' : path);
    if (!file.startsWith(folder + sep)) return send(response, 404, '.html', 'not found');
    const content = await readFile(file).catch(() => undefined);
    if (content === undefined) return send(response, 404, '.html', 'not found');
    // What Vite puts under assets/ has a hash of its content in its name.
    response.setHeader(
      'cache-control',
      path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    );
    return send(response, 200, extname(file), request.method === 'HEAD' ? '' : content);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, 500, '.html', `the page could not be built: ${messageOf(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    prepare,
    configure(source) {
      config = configOf(source);
      wallet = walletPage(source);
      const urls = [source.main.rpcUrl, source.product.rpcUrl, ...source.signers.map(({ apiUrl }) => apiUrl)];
      policy = `connect-src 'self' ${urls.join(' ')}`;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pathOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname);
  } catch {
    return '/no-such-path';
  }
}

function send(response: ServerResponse, status: number, type: string, content: string | Buffer): void {
  response.writeHead(status, { 'content-type': types[type] ?? 'application/octet-stream' }).end(content);
}

async function buildApp(): Promise<void> {
  if (!inCheckout && existsSync(join(folder, 'index.html'))) return;
  await run(process.execPath, [join(root, 'scripts/build-app.ts'), '--if-changed'], { cwd: root });
}

/** config.json, as docs/app.md describes it. */
function configOf({ main, product, signers }: AppSource): object {
  const chain = (name: string, { chainId, rpcUrl, bridge }: ChainSource) => ({
    chainId,
    name,
    rpcUrl,
    bridge,
    coin: { symbol: 'ETH', decimals: 18 },
  });
  return {
    main: chain('Main chain', main),
    product: chain('Product chain', product),
    signers: signers.map(({ index, address, apiUrl }) => ({ address, name: signerNames[index], apiUrl })),
    pollSeconds: 1,
  };
}

const signerNames = ['Antares', 'Bellatrix', 'Capella', 'Deneb', 'Electra', 'Fomalhaut'] as const;

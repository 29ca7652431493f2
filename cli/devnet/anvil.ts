import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

import { PegwayError } from '../../protocol/errors.ts';
import { type Child, watchChild } from './child.ts';
import { freePort, portNear } from './free-ports.ts';

export interface Chain extends Child {
  readonly chainId: number;
  readonly rpcUrl: string;
}

export interface ChainOptions {
  readonly chainId: number;
  /** True when transactions cost gas here. */
  readonly free: boolean;
  readonly logFile: string;
  readonly gasLimit?: number;
  /** Used if it is free; any port without it. */
  readonly port?: number | undefined;
}

/** The binary that the package `@foundry-rs/anvil` brings for this platform, without the script around it. */
function anvilPath(): string {
  const { arch, platform } = process;
  const target = `${platform}-${arch === 'x64' ? 'amd64' : arch}`;
  const here = createRequire(import.meta.url);
  let found = 'the package @foundry-rs/anvil is not installed';
  try {
    const require = createRequire(here.resolve('@foundry-rs/anvil/package.json'));
    found = `@foundry-rs/anvil brought no program for ${target}`;
    return require.resolve(`@foundry-rs/anvil-${target}/bin/anvil${platform === 'win32' ? '.exe' : ''}`);
  } catch (cause) {
    throw new PegwayError(`cannot start a chain: ${found}`, {
      cause,
      exitCode: 2,
      hint: 'a devnet needs anvil beside pegway, for Linux, macOS or Windows: npm install @foundry-rs/anvil',
    });
  }
}

/** Answers of a node to a devnet's own calls, which are not of the JSON-RPC that relayers use. */
export async function call(rpcUrl: string, method: string, ...params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (error !== undefined) throw new PegwayError(`${method}: ${error.message}`);
  return result;
}

/** Starts a chain that mines at once; `keepTime` makes it mine by the clock. Final is two blocks behind the head. */
export async function startChain(options: ChainOptions): Promise<Chain> {
  const port = options.port === undefined ? await freePort() : await portNear(options.port);
  const free = ['--base-fee', '0', '--gas-price', '0', '--disable-min-priority-fee'];
  const args = [
    ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(options.chainId), '--silent'],
    ...['--slots-in-an-epoch', '1', '--gas-limit', String(options.gasLimit ?? 30_000_000), '--order', 'fifo'],
    ...(options.free ? free : []),
  ];
  const anvil = spawn(anvilPath(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const child = watchChild(`chain ${options.chainId}`, anvil, options.logFile);
  const rpcUrl = `http://127.0.0.1:${port}`;
  await child.until(async () => (await call(rpcUrl, 'eth_chainId')) !== undefined);
  return { ...child, chainId: options.chainId, rpcUrl };
}

/** From now on a block every so many seconds, full or empty. */
export async function keepTime({ rpcUrl }: Pick<Chain, 'rpcUrl'>, blockSeconds: number): Promise<void> {
  await call(rpcUrl, 'evm_setAutomine', false);
  await call(rpcUrl, 'evm_setIntervalMining', blockSeconds);
}

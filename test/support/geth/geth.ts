import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Address, Hash, Hex } from 'viem';

import { type Chain, call } from '../../../cli/devnet/anvil.ts';
import { watchChild } from '../../../cli/devnet/child.ts';
import { freePorts } from '../../../cli/devnet/free-ports.ts';
import { gethPath } from '../../../scripts/clients/geth.ts';
import { connectEngine } from './engine.ts';
import { type Fork, gasLimitOf, genesisOf } from './genesis.ts';

export interface Block {
  readonly number: bigint;
  readonly hash: Hash;
  readonly timestamp: bigint;
}

/** A chain with the test as its consensus: the test decides when blocks come, and which are final or replaced. */
export interface ChainDriver {
  /** One more block, with these signed transactions, or with those of the pool. */
  build(transactions?: readonly Hex[]): Promise<Block>;
  /** Makes this height final and safe; never lower than before. */
  finalize(number: bigint): Promise<void>;
  /** Replaces the newest `depth` blocks by one empty block more, so that nothing of them happened. Not below the final one. */
  reorg(depth: number): Promise<Block>;
  /**
   * From now on a block every so many milliseconds; the one `lag` blocks before the newest is final. Blocks take a second
   * of chain time each, or follow the clock where they are a second or more apart.
   */
  start(milliseconds: number, lag?: bigint): void;
  /** Stops the blocks of `start`. Resolves when the last one is in. */
  halt(): Promise<void>;
}

export interface GethChain extends Chain {
  readonly driver: ChainDriver;
}

export interface GethOptions {
  readonly chainId: number;
  readonly fork: Fork;
  /** Owns all coins. */
  readonly rich: Address;
  readonly logFile: string;
}

/** Covers the fast blocks of a devnet's deployment, one second of chain time each. */
const HEAD_START_SECONDS = 240;

/** Starts geth on a new chain of its own, without peers. */
export async function startGeth({ chainId, fork, rich, logFile }: GethOptions): Promise<GethChain> {
  const folder = join(dirname(logFile), `geth-${chainId}`);
  mkdirSync(folder, { recursive: true });
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const secret: Hex = `0x${randomBytes(32).toString('hex')}`;
  const secretFile = file('jwt', secret);
  // In the past, since the fast blocks of a deployment take more chain time than time.
  const genesis = file(
    'genesis.json',
    JSON.stringify(genesisOf(chainId, fork, rich, Math.floor(Date.now() / 1_000) - HEAD_START_SECONDS)),
  );
  const init = spawnSync(gethPath, ['init', '--datadir', folder, '--state.scheme', 'hash', genesis], {
    encoding: 'utf8',
  });
  if (init.status !== 0) throw new Error(`geth init: ${init.stderr}`);

  // Without a listener for peers, which would be on every interface.
  const config = file('config.toml', '[Node.P2P]\nListenAddr = ""\n');
  const [port = 0, enginePort = 0] = await freePorts(2);
  const child = watchChild(
    `chain ${chainId}`,
    spawn(
      gethPath,
      [
        ...[
          '--config',
          config,
          '--datadir',
          folder,
          '--networkid',
          String(chainId),
          '--syncmode',
          'full',
          '--gcmode',
          'archive',
        ],
        ...['--state.scheme', 'hash', '--nodiscover', '--maxpeers', '0', '--ipcdisable', '--nat', 'none'],
        ...['--http', '--http.addr', '127.0.0.1', '--http.port', String(port)],
        ...['--http.api', 'eth,net,web3,txpool,debug,testing', '--rpc.allow-unprotected-txs'],
        ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', String(enginePort), '--authrpc.jwtsecret', secretFile],
        ...['--engine.maxreorgdepth', '0', '--miner.gasprice', '1', '--txpool.pricelimit', '1', '--verbosity', '2'],
        ...['--rpc.txfeecap', '0', '--rpc.gascap', '0', '--miner.gaslimit', String(gasLimitOf(fork))],
        ...['--cache', '64', '--snapshot=false'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    ),
    logFile,
  );
  const rpcUrl = `http://127.0.0.1:${port}`;
  await child.until(async () => (await call(rpcUrl, 'eth_chainId')) !== undefined);
  const engine = connectEngine({ url: `http://127.0.0.1:${enginePort}`, rpcUrl, secret, fork });
  const driver = await drive(rpcUrl, engine);
  const stop = async () => {
    await driver.halt();
    await child.stop();
  };
  return { ...child, stop, chainId, rpcUrl, driver };
}

async function drive(rpcUrl: string, engine: ReturnType<typeof connectEngine>): Promise<ChainDriver> {
  const blockAt = async (tag: string): Promise<Block> => {
    const { number, hash, timestamp } = (await call(rpcUrl, 'eth_getBlockByNumber', tag, false)) as Record<string, Hex>;
    return { number: BigInt(number!), hash: hash!, timestamp: BigInt(timestamp!) };
  };
  let head = await blockAt('latest');
  let final = head;
  let clock: { readonly ending: AbortController; readonly ended: Promise<void> } | undefined;

  let isByTheClock = false;

  // One change at a time: the clock and a test may both want one.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  };

  const choose = () => engine.choose({ head: head.hash, safe: final.hash, finalized: final.hash });
  const buildOn = async (parent: Block, transactions?: readonly Hex[]): Promise<Block> => {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    const timestamp = isByTheClock && now > parent.timestamp ? now : parent.timestamp + 1n;
    const salt: Hash = `0x${randomBytes(32).toString('hex')}`;
    const envelope = await engine.build(parent.hash, timestamp, salt, transactions);
    await engine.insert(envelope, salt);
    const { blockHash, blockNumber } = envelope.executionPayload;
    head = { number: BigInt(blockNumber), hash: blockHash, timestamp };
    await choose();
    return head;
  };
  const finalizeTo = async (number: bigint): Promise<void> => {
    if (number <= final.number) return;
    final = await blockAt(`0x${number.toString(16)}`);
    await choose();
  };

  const driver: ChainDriver = {
    build: (transactions) => inTurn(() => buildOn(head, transactions)),
    finalize: (number) => inTurn(() => finalizeTo(number)),
    reorg: (depth) =>
      inTurn(async () => {
        const parent = head.number - BigInt(depth);
        if (parent < final.number) throw new RangeError(`block ${parent + 1n} is final`);
        head = await blockAt(`0x${parent.toString(16)}`);
        await choose();
        for (let i = 0; i <= depth; i++) await buildOn(head, []);
        return head;
      }),
    start(milliseconds, lag = 2n) {
      const ending = new AbortController();
      isByTheClock = milliseconds >= 1_000;
      const run = async () => {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, milliseconds));
          if (ending.signal.aborted) return;
          const built = await driver.build();
          if (built.number > lag) await driver.finalize(built.number - lag);
        }
      };
      // A test may kill the chain.
      clock = { ending, ended: run().catch(() => undefined) };
    },
    async halt() {
      clock?.ending.abort();
      await clock?.ended;
      clock = undefined;
    },
  };
  return driver;
}

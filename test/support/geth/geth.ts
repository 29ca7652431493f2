import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Address, Hash, Hex } from 'viem';

import { type Chain, call } from '../../../cli/devnet/anvil.ts';
import { watchChild } from '../../../cli/devnet/child.ts';
import { freePorts } from '../../../cli/devnet/free-ports.ts';
import { gethPath } from '../../../scripts/clients/geth.ts';
import type { Block, ChainDriver } from '../chain-driver.ts';
import { connectEngine } from './engine.ts';
import { type Fork, gasLimitOf, genesisOf } from './genesis.ts';

/** A chain under the Engine API: all that a test needs but the pool, which is geth's own. */
export type EngineDriver = ChainDriver & Required<Pick<ChainDriver, 'finalize' | 'reorg'>>;

export interface GethChain extends Chain {
  readonly driver: EngineDriver;
  /** A second node of the chain, and its own consensus once the two have parted. */
  readonly twin?: Twin;
}

export interface Twin {
  readonly rpcUrl: string;
  /** The twin no longer follows the chain: it has the blocks so far, and its driver decides what comes next. */
  part(): Promise<EngineDriver>;
}

export interface GethOptions {
  readonly chainId: number;
  readonly fork: Fork;
  /** Owns all coins. */
  readonly rich: Address;
  readonly logFile: string;
  /** Starts a second node that follows the first. */
  readonly twin?: boolean;
  /** In wei: nodes refuse transactions with a lower tip, and the base fee is 0, as on permissioned chains. */
  readonly minimumGasPrice?: bigint | undefined;
  /** Further flags of geth. */
  readonly flags?: readonly string[];
}

/** Covers the fast blocks of a devnet's deployment, one second of chain time each. */
const HEAD_START_SECONDS = 240;

/** Starts geth on a new chain of its own, without peers. */
export async function startGeth(options: GethOptions): Promise<GethChain> {
  const { chainId, fork, rich } = options;
  // In the past, since the fast blocks of a deployment take more chain time than time.
  const timestamp = Math.floor(Date.now() / 1_000) - HEAD_START_SECONDS;
  const baseFee = options.minimumGasPrice === undefined ? 1_000_000_000n : 0n;
  const genesis = genesisOf(chainId, fork, { rich, timestamp, baseFee });
  const node = await startNode(options, genesis, '');
  const other = options.twin === true ? await startNode(options, genesis, '-twin') : undefined;
  const driver = await drive(node, other === undefined ? [] : [other]);
  const drivers = [driver];
  const stop = async () => {
    await Promise.all(drivers.map((one) => one.halt()));
    await Promise.all([node.child.stop(), other?.child.stop()]);
  };
  const chain = { ...node.child, stop, chainId, rpcUrl: node.rpcUrl, driver };
  if (other === undefined) return chain;
  const twin: Twin = {
    rpcUrl: other.rpcUrl,
    async part() {
      const final = await driver.leave();
      const parted = await drive(other, [], final);
      drivers.push(parted);
      return parted;
    },
  };
  return { ...chain, twin };
}

type GethNode = Awaited<ReturnType<typeof startNode>>;

async function startNode(
  { chainId, fork, logFile, minimumGasPrice = 1n, flags = [] }: GethOptions,
  genesisFile: object,
  suffix: string,
) {
  const folder = join(dirname(logFile), `geth-${chainId}${suffix}`);
  mkdirSync(folder, { recursive: true });
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const secret: Hex = `0x${randomBytes(32).toString('hex')}`;
  const secretFile = file('jwt', secret);
  const genesis = file('genesis.json', JSON.stringify(genesisFile));
  const init = spawnSync(gethPath, ['init', '--datadir', folder, '--state.scheme', 'hash', genesis], {
    encoding: 'utf8',
  });
  if (init.status !== 0) throw new Error(`geth init: ${init.stderr}`);

  // Without a listener for peers, which would be on every interface.
  const config = file('config.toml', '[Node.P2P]\nListenAddr = ""\n');
  const [port = 0, enginePort = 0] = await freePorts(2);
  const child = watchChild(
    `chain ${chainId}${suffix}`,
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
        ...['--engine.maxreorgdepth', '0', '--verbosity', '2'],
        ...['--miner.gasprice', String(minimumGasPrice), '--txpool.pricelimit', String(minimumGasPrice)],
        ...['--rpc.txfeecap', '0', '--rpc.gascap', '0', '--miner.gaslimit', String(gasLimitOf(fork))],
        ...['--cache', '64', '--snapshot=false', ...flags],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    ),
    `${logFile}${suffix}`,
  );
  const rpcUrl = `http://127.0.0.1:${port}`;
  await child.until(async () => (await call(rpcUrl, 'eth_chainId')) !== undefined);
  const engine = connectEngine({ url: `http://127.0.0.1:${enginePort}`, rpcUrl, secret, fork });
  return { child, rpcUrl, engine };
}

/** @param followers Nodes that get every block of the first. @param final The final block, where it is not the newest. */
async function drive(
  { rpcUrl, engine }: Pick<GethNode, 'rpcUrl' | 'engine'>,
  followers: readonly Pick<GethNode, 'engine'>[],
  finalSoFar?: Block,
): Promise<EngineDriver & { leave(): Promise<Block> }> {
  const engines = [engine, ...followers.map((follower) => follower.engine)];
  const blockAt = async (tag: string): Promise<Block> => {
    const { number, hash, timestamp } = (await call(rpcUrl, 'eth_getBlockByNumber', tag, false)) as Record<string, Hex>;
    return { number: BigInt(number!), hash: hash!, timestamp: BigInt(timestamp!) };
  };
  let head = await blockAt('latest');
  let final = finalSoFar ?? head;
  let clock: { readonly ending: AbortController; readonly ended: Promise<void> } | undefined;

  let isByTheClock = false;

  // One change at a time: the clock and a test may both want one.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(change: () => Promise<T>): Promise<T> => {
    const result = last.then(change);
    last = result.catch(() => undefined);
    return result;
  };

  const choose = async () => {
    for (const one of engines) await one.choose({ head: head.hash, safe: final.hash, finalized: final.hash });
  };
  const buildOn = async (parent: Block, transactions?: readonly Hex[], seconds = 1): Promise<Block> => {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    const timestamp = isByTheClock && now > parent.timestamp ? now : parent.timestamp + BigInt(seconds);
    const salt: Hash = `0x${randomBytes(32).toString('hex')}`;
    const envelope = await engine.build(parent.hash, timestamp, salt, transactions);
    for (const one of engines) await one.insert(envelope, salt);
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

  const driver = {
    build: (transactions?: readonly Hex[]) => inTurn(() => buildOn(head, transactions)),
    pass: (seconds: number) =>
      inTurn(() => {
        isByTheClock = false;
        return buildOn(head, undefined, seconds);
      }),
    finalize: (number: bigint) => inTurn(() => finalizeTo(number)),
    reorg: (depth: number) =>
      inTurn(async () => {
        const parent = head.number - BigInt(depth);
        if (parent < final.number) throw new RangeError(`block ${parent + 1n} is final`);
        head = await blockAt(`0x${parent.toString(16)}`);
        await choose();
        for (let i = 0; i <= depth; i++) await buildOn(head, []);
        return head;
      }),
    start(milliseconds: number, lag = 2n) {
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
      return Promise.resolve();
    },
    async halt() {
      clock?.ending.abort();
      await clock?.ended;
      clock = undefined;
    },
    /** The followers get no further block. Returns the final one. */
    leave: () =>
      inTurn(() => {
        engines.splice(1);
        return Promise.resolve(final);
      }),
  };
  return driver;
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { type Address, type Hex, parseEther, parseUnits } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { PegwayError } from '../../errors.ts';
import { clientsOf } from '../deploy/clients.ts';
import { at } from '../deploy/creation.ts';
import { type PairDeployer, deployPair } from '../deploy/pair.ts';
import { type AppServer, serveApp } from './app.ts';
import { type Chain, call, keepTime, startChain } from './anvil.ts';
import type { Child } from './child.ts';
import { type FleetKey, type FleetMember, configureFleet, isReady, newKeys, startMember } from './fleet.ts';
import { requirePrometheus, startPrometheus } from './prometheus.ts';
import { startQueueServer } from './queue.ts';
import { type DevnetPeg, demoTokenAbi, deployMainTokens } from './tokens.ts';

/** What `devnet.json` says: all that another program needs to use a running devnet. */
export interface DevnetFile {
  readonly main: { readonly chainId: number; readonly rpcUrl: string; readonly bridge: Address };
  readonly product: { readonly chainId: number; readonly rpcUrl: string; readonly bridge: Address };
  readonly pegs: readonly {
    readonly mainToken: Address;
    readonly productToken: Address;
    /** Of the product token. */
    readonly symbol: string;
    readonly mainSymbol: string;
    readonly numerator: string;
    readonly denominator: string;
    readonly mainDecimals: number;
    readonly productDecimals: number;
  }[];
  readonly signers: readonly (FleetMember & { readonly pid: number })[];
  readonly holders: readonly FleetKey[];
  /** Where a Prometheus scrapes the relayers, if one was asked for. */
  readonly prometheusUrl?: string;
  /** The page that holders open, unless the devnet is without it. */
  readonly appUrl?: string;
  readonly pid: number;
}

export interface Devnet {
  readonly file: DevnetFile;
  readonly queueKind: string;
  readonly members: readonly FleetMember[];
  readonly app: AppServer | undefined;
  /** The process of a signer; replaced by `restart`. */
  relayer(index: number): Child;
  /** Starts a signer again that was killed. */
  restart(index: number): Promise<void>;
  /** Ends every process it started; the files go, too, unless `keepFiles`. */
  stop(): Promise<void>;
}

export interface DevnetOptions {
  /** Its folder; nothing else of the machine is touched. */
  readonly directory: string;
  readonly redisUrl: string | undefined;
  /** Without `redisUrl`: a `redis-server` of its own when there is one, or the embedded server whatever there is. */
  readonly queue?: 'best' | 'embedded';
  readonly keepFiles?: boolean;
  /** Whether to start a Prometheus that scrapes the relayers, with the rules of ops/prometheus. */
  readonly prometheus?: boolean;
  /** Whether to serve the page. */
  readonly app?: boolean;
  readonly turnSeconds?: number;
  readonly fallbackSeconds?: number;
  /** Told of a process that ended although nobody asked it to. */
  readonly onLost?: (child: Child) => void;
  /** Relayers beside the signers', whose keys are not signers (yet); none when left out. */
  readonly observers?: number;
  /** Ends a start that is under way, and what it has started. */
  readonly signal?: AbortSignal;
  /** What is being done, for people. */
  readonly say: (step: string) => void;
}

const SIGNERS = 6;
const THRESHOLD = 4;
const HOLDERS = 3;
/** The first account that anvil funds. */
const deployerKey: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const delays = { governanceDelay: 60, parkDelay: 60, pauseDuration: 60, bounceDelay: 60 };

const lockOf = (directory: string): string => join(directory, 'devnet.lock');

/**
 * Takes the folder for this process, from the first moment on.
 * @throws {PegwayError} when a live devnet holds it.
 */
export function claim(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const lock = lockOf(directory);
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(readFileSync(lock, 'utf8'));
    if (isAlive(pid)) {
      throw new PegwayError(`${directory}: a devnet is running there (process ${pid})`, {
        exitCode: 2,
        hint: 'end it with Ctrl-C, or choose another folder with --data DIR',
      });
    }
    rmSync(lock, { force: true });
  }
  const file = join(directory, 'devnet.json');
  rmSync(file, { force: true });
  return file;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid > 0;
  } catch {
    return false;
  }
}

/** Starts two chains, a bridge between them, and six relayers. */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const say = (step: string): void => {
    options.signal?.throwIfAborted();
    options.say(step);
  };
  if (options.prometheus === true) requirePrometheus();
  const directory = resolve(options.directory);
  const file = claim(directory);
  const run = join(directory, `run-${process.pid}-${Date.now()}`);
  mkdirSync(run, { recursive: true });
  const children: Child[] = [];
  let stopping = false;
  const app = options.app === true ? await serveApp() : undefined;

  const stop = async () => {
    stopping = true;
    await app?.stop();
    // Relayers before what they stand on.
    for (const child of children.toReversed()) await child.stop();
    rmSync(file, { force: true });
    rmSync(lockOf(directory), { force: true });
    if (options.keepFiles !== true) rmSync(run, { recursive: true, force: true });
  };

  try {
    const chain = async (chainId: number, free: boolean) => {
      const started = await startChain({ chainId, free, logFile: join(run, `chain-${chainId}.log`) });
      children.push(started);
      return started;
    };
    const queueStarting = startQueueServer(run, { redisUrl: options.redisUrl, own: options.queue ?? 'best' }, (child) =>
      children.push(child),
    );
    const [main, product] = await Promise.all([chain(31_337, false), chain(31_338, true)]);
    say(`chains ${main.chainId} (main, ${main.rpcUrl}) and ${product.chainId} (product, ${product.rpcUrl})`);

    const keys = newKeys(SIGNERS + (options.observers ?? 0));
    const holders = newKeys(HOLDERS);
    const { bridges, pegs } = await deploy(main, product, keys, holders);
    say(`bridges ${bridges.mainBridge} and ${bridges.productBridge}, ${SIGNERS} signers, ${THRESHOLD} must sign`);
    await Promise.all([keepTime(main, 1), keepTime(product, 1)]);

    const queue = await queueStarting;
    const side = ({ chainId, rpcUrl }: Chain, bridge: Address) => ({
      chainId,
      bridge,
      rpcUrls: [rpcUrl],
    });
    const members = await configureFleet({
      directory: run,
      keys,
      main: side(main, bridges.mainBridge),
      product: side(product, bridges.productBridge),
      queue: queue.url,
      turnSeconds: options.turnSeconds ?? 4,
      fallbackSeconds: options.fallbackSeconds ?? 10,
      sweepSeconds: 10,
    });
    const processes = new Map<number, Child>();
    const start = async (member: FleetMember) => {
      const child = startMember(member);
      processes.set(member.index, child);
      children.push(child);
      await child.until(() => isReady(member));
      // Tests kill some on purpose, and start them again.
      void child.ended.then(() => stopping || options.onLost?.(child));
    };
    options.signal?.throwIfAborted();
    await Promise.all(members.map(start));
    say(`${SIGNERS} relayers, queue: ${queue.kind}`);

    const prometheusUrl =
      options.prometheus === true ? await startPrometheus(run, members, (child) => children.push(child)) : undefined;
    if (prometheusUrl !== undefined) say(`Prometheus at ${prometheusUrl}`);

    const relayer = (index: number): Child => {
      const child = processes.get(index);
      if (child === undefined) throw new RangeError(`no signer ${index}`);
      return child;
    };
    const devnetFile: DevnetFile = {
      main: { chainId: main.chainId, rpcUrl: main.rpcUrl, bridge: bridges.mainBridge },
      product: { chainId: product.chainId, rpcUrl: product.rpcUrl, bridge: bridges.productBridge },
      pegs: pegs.map((peg, index) => ({
        mainToken: peg.mainToken,
        productToken: at(bridges.productTokens, index),
        symbol: peg.symbol,
        mainSymbol: peg.mainSymbol,
        numerator: peg.numerator.toString(),
        denominator: peg.denominator.toString(),
        mainDecimals: peg.mainDecimals,
        productDecimals: peg.decimals,
      })),
      signers: members.map((member) => ({ ...member, pid: relayer(member.index).pid })),
      holders,
      ...(prometheusUrl === undefined ? {} : { prometheusUrl }),
      ...(app === undefined ? {} : { appUrl: app.url }),
      pid: process.pid,
    };
    app?.configure(devnetFile);
    writeFileSync(file, `${JSON.stringify(devnetFile, undefined, 2)}\n`, { mode: 0o600 });

    return {
      file: devnetFile,
      queueKind: queue.kind,
      members,
      app,
      relayer,
      async restart(index) {
        const member = members[index];
        if (member === undefined) throw new RangeError(`no signer ${index}`);
        await start(member);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tokens, bridges, and coins and tokens for everyone who needs them. */
async function deploy(main: Chain, product: Chain, keys: readonly FleetKey[], holders: readonly FleetKey[]) {
  const account = privateKeyToAccount(deployerKey);
  const deployers: Record<'main' | 'product', PairDeployer> = {
    main: { rpcUrl: main.rpcUrl, chainId: main.chainId, account },
    product: { rpcUrl: product.rpcUrl, chainId: product.chainId, account },
  };
  const clients = clientsOf(deployers.main);
  const pegs = await deployMainTokens(deployers.main);
  const signers = keys.slice(0, SIGNERS).map(({ address }) => address);
  const bridges = await deployPair({ ...deployers, signers, threshold: THRESHOLD, delays, pegs });

  for (const { rpcUrl } of [main, product]) {
    for (const { address } of [...keys, ...holders]) {
      await call(rpcUrl, 'anvil_setBalance', address, `0x${parseEther('1000').toString(16)}`);
    }
  }
  for (const { address } of holders) {
    for (const { mainToken, mainDecimals } of uniqueTokens(pegs)) {
      const args = [address, parseUnits('1000000', mainDecimals)] as const;
      const { chain } = clients.writer;
      const hash = await clients.writer.writeContract({
        ...{ address: mainToken, abi: demoTokenAbi, functionName: 'mint', args },
        ...{ account, chain: chain ?? null },
      });
      await clients.reader.waitForTransactionReceipt({ hash });
    }
  }
  return { bridges, pegs };
}

const uniqueTokens = (pegs: readonly DevnetPeg[]): DevnetPeg[] => [
  ...new Map(pegs.map((peg) => [peg.mainToken, peg])).values(),
];

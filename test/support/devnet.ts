import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { keepTime } from '../../cli/devnet/anvil.ts';
import { departMany } from '../../cli/devnet/bulk.ts';
import { type FleetMember, startMember, wipe } from '../../cli/devnet/devnet-fleet.ts';
import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { type Devnet, type DevnetOptions, startDevnet } from '../../cli/devnet/start.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type Departure, type Direction, deposit, mainBridgeAbi, redeem, status } from '../../sdk/index.ts';
import { type BlockClock, createBlockClock } from './block-clock.ts';
import { bundledProgram } from './bundled-program.ts';
import { startMemberHere } from './fleet.ts';
import { eventually } from './wait.ts';

/** Identifies a transfer. */
type Named = Pick<Departure, 'direction' | 'productToken' | 'nonce'>;

export interface TestNet {
  /** The devnet's folder, with its devnet.json. */
  readonly directory: string;
  readonly devnet: Devnet;
  readonly holder: Holder;
  readonly tokens: readonly `0x${string}`[];
  readonly blocks: BlockClock;
  deposit(amount?: bigint, token?: number): Promise<Departure>;
  /** This many deposits of 1, 1 + 1 wei, 1 + 2 wei …, all sent at once. */
  depositMany(count: number): Promise<readonly bigint[]>;
  redeem(amount: bigint, token?: number): Promise<Departure>;
  /** This many redeems of 1 token, all sent at once. */
  redeemMany(count: number): Promise<readonly bigint[]>;
  arrives(departure: Named, seconds?: number): Promise<void>;
  isOpen(departure: Named): Promise<boolean>;
  /** Executions of this transfer in the events of its destination: exactly one, once it has arrived. */
  executions(departure: Named): Promise<readonly { readonly firstNonce: bigint }[]>;
  /** SIGKILL to a process, a stop for an in-process relayer; ended when it resolves. */
  kill(...indices: number[]): Promise<void>;
  restart(...indices: number[]): Promise<void>;
  wipe(...indices: number[]): void;
  /** Resolves when each of these has completed this many further rounds of its reconciler. */
  swept(indices: readonly number[], rounds: number): Promise<void>;
  /** Resolves after this many further blocks on the product chain. */
  blocksLater(count: bigint): Promise<void>;
  /** Changes a signer's configuration; effective at its next start. */
  configure(index: number, change: (config: ConfigFile) => void): void;
  stop(): Promise<void>;
}

export const allSigners = [0, 1, 2, 3, 4, 5] as const;
export const ONE = 10n ** 18n;

export interface TestNetOptions extends Partial<Omit<DevnetOptions, 'directory' | 'say'>> {
  /** Runs all relayers, or those of these signers, as separate processes, for tests of process behaviour; the others here. */
  readonly processes?: boolean | readonly number[];
}

const BLOCK_MILLISECONDS = 200;

/** Separate processes, and the timing of `pegway devnet`: for load tests, and for figures that depend on them. */
export const asInDevnet: TestNetOptions = {
  ...{ processes: true, turnSeconds: 3, fallbackSeconds: 8, sweepSeconds: 10 },
  startBlocks: (chain) => keepTime(chain, 1),
};

/** Two chains, six relayers and those of observers, with fault injection. */
export async function startTestNet({ processes = false, ...options }: TestNetOptions = {}): Promise<TestNet> {
  const hasProcess = ({ index }: FleetMember): boolean =>
    typeof processes === 'boolean' ? processes : processes.includes(index);
  const program = processes === false ? undefined : await bundledProgram();
  const blocks = createBlockClock(BLOCK_MILLISECONDS);
  const directory = mkdtempSync(join(tmpdir(), 'pegway-test-'));
  const devnet = await startDevnet({
    directory,
    // The suite's Redis if configured, so that both kinds of queue are tested; otherwise the in-process queue.
    redisUrl: process.env['REDIS_URL'],
    queue: 'none',
    turnSeconds: 2,
    fallbackSeconds: 5,
    sweepSeconds: 3,
    startBlocks: (chain) => blocks.start(chain),
    startMember: (member) => (hasProcess(member) ? startMember(member, program) : startMemberHere(member)),
    ...options,
    say: () => undefined,
  }).catch(async (error: unknown) => {
    await blocks.stop();
    throw error;
  });
  const key = devnet.file.holders[0];
  if (key === undefined) throw new Error('a devnet without holders');
  const holder = holderOf(devnet.file, key.privateKey);
  const tokens = devnet.file.pegs.map(({ productToken }) => productToken);
  const tokenAt = (index: number) => tokens[index] ?? '0x';
  const destination = ({ direction }: Named) => (direction === 'mint' ? holder.product : holder.main);
  const departAll = async (direction: Direction, amounts: readonly bigint[]): Promise<readonly bigint[]> => {
    const requests = amounts.map((amount) => ({ productToken: tokenAt(0), amount, recipient: holder.address }));
    const source = direction === 'mint' ? holder.main : holder.product;
    const departures = await departMany(source, direction, requests, AbortSignal.timeout(600_000));
    return departures.map(({ nonce }) => nonce);
  };
  const isOpen = async (departure: Named) => (await status(destination(departure), departure)) === 'open';

  return {
    directory,
    devnet,
    holder,
    tokens,
    blocks,
    deposit: (amount = ONE, token = 0) =>
      deposit(holder.main, { productToken: tokenAt(token), amount, recipient: holder.address }),
    depositMany: (count) =>
      departAll(
        'mint',
        Array.from({ length: count }, (_, index) => ONE + BigInt(index)),
      ),
    redeem: (amount, token = 0) =>
      redeem(holder.product, { productToken: tokenAt(token), amount, recipient: holder.address }),
    redeemMany: (count) => departAll('withdraw', Array<bigint>(count).fill(ONE)),
    isOpen,
    async arrives(departure, seconds) {
      const what = `${departure.direction} ${departure.productToken} ${departure.nonce}`;
      await eventually(what, async () => !(await isOpen(departure)), seconds);
    },
    async executions(departure) {
      const { reader, bridge } = destination(departure);
      const { productToken, nonce } = departure;
      const logs = await reader.getContractEvents({
        ...{ address: bridge, abi: mainBridgeAbi, eventName: 'TransfersExecuted', args: { productToken } },
        ...{ fromBlock: 0n, strict: true },
      });
      return logs
        .map(({ args }) => ({ ...args, place: nonce - args.firstNonce }))
        .filter(({ mask, place }) => place >= 0n && place < 256n && ((mask >> place) & 1n) === 1n);
    },
    async kill(...indices) {
      for (const index of indices) devnet.relayer(index).kill('SIGKILL');
      await Promise.all(indices.map((index) => devnet.relayer(index).ended));
    },
    async restart(...indices) {
      await Promise.all(indices.map((index) => devnet.restart(index)));
    },
    wipe(...indices) {
      for (const member of devnet.members) if (indices.includes(member.index)) wipe(member);
    },
    async swept(indices, rounds) {
      await Promise.all(indices.map((index) => sweepsOf(devnet.members[index]?.metricsUrl ?? '', rounds)));
    },
    async blocksLater(count) {
      const { reader } = holder.product;
      const seen = await reader.getBlockNumber({ cacheTime: 0 });
      await eventually(`${count} blocks`, async () => (await reader.getBlockNumber({ cacheTime: 0 })) >= seen + count);
    },
    configure(index, change) {
      const file = devnet.members[index]?.configFile ?? '';
      const config = JSON.parse(readFileSync(file, 'utf8')) as ConfigFile;
      change(config);
      writeFileSync(file, JSON.stringify(config));
    },
    async stop() {
      await devnet.stop();
      await blocks.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The loop sets its timestamp at the end of each round; a round in progress is not counted. */
async function sweepsOf(metricsUrl: string, rounds: number): Promise<void> {
  const seen = new Set<string | undefined>();
  await eventually(`${rounds} sweeps at ${metricsUrl}`, async () => {
    const text = await (await fetch(metricsUrl)).text();
    seen.add(text.split('\n').find((line) => line.startsWith('pegway_loop_timestamp_seconds{loop="sweep"}')));
    return seen.size > rounds + 1;
  });
}

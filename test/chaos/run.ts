import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { limitFiles } from '../support/file-limit.ts';
import { type Verdict, alarms, checkInvariants, settle, wrongPayments } from './checker.ts';
import { faults } from './faults.ts';
import type { Fault } from './faults/fault.ts';
import { createLoad } from './load.ts';
import { type ChaosChains, type ChaosNet, startChaosNet } from './net.ts';
import { type Random, createRandom } from './random.ts';
import { type Waste, isTooMuch, wasteOf } from './waste.ts';

export interface ChaosOptions {
  readonly transfers: number;
  readonly seed: number;
  /** Between the two chains; 1 when omitted. Of several, only processes and Redis fail unless `only` names other faults. */
  readonly bridges?: number;
  /** Client of both chains; anvil when omitted. */
  readonly chains?: ChaosChains;
  /** One signer queries Hardhat's nodes, which costs half of a core; by default with all faults of one bridge. */
  readonly hasHardhat?: boolean;
  /** Faults to inject; all when omitted. */
  readonly only?: readonly string[] | undefined;
  /** Faults end after this time, even with fewer departures. */
  readonly seconds?: number;
  /** Deadline for all arrivals after the last fault. */
  readonly patienceSeconds?: number;
  /** Number of concurrent faults. */
  readonly atOnce?: number;
  /** Factor on the duration of every fault, and on the time between two. */
  readonly pace?: number;
  /** True to stop at the first alarm or wrong payment: for runs that are expected to fail. */
  readonly first?: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly seed: number;
  readonly transfers: number;
  readonly seconds: number;
  /** Number of times each fault was injected. */
  readonly struck: ReadonlyMap<string, number>;
  readonly wrong: Verdict;
  readonly waste: Waste;
}

const LONG_SECONDS = 90;

/** Relayers and chains are processes of their own, and would go on. */
const signals = ['SIGINT', 'SIGTERM'] as const;

/** Faults of a fleet. */
const ofFleet: readonly Fault['kind'][] = ['processes', 'redis'];

/**
 * Injects random faults while transfers depart; then repairs everything and requires every transfer to arrive exactly
 * once.
 */
export async function runChaos({
  transfers,
  seed,
  chains = 'anvil',
  bridges = 1,
  only,
  hasHardhat = only === undefined && bridges === 1,
  atOnce = 3,
  pace = 1,
  first = false,
  seconds: most = Infinity,
  patienceSeconds = 180,
  say,
}: ChaosOptions): Promise<ChaosReport> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1_000);
  const chosen = faults
    .filter((fault) => (fault.chains ?? chains) === chains)
    .filter(
      ({ name, kind, weight }) => only?.includes(name) ?? (weight > 0 && (bridges === 1 || ofFleet.includes(kind))),
    );
  const net = await startChaosNet({
    chains,
    hasProcesses: chosen.some(({ kind }) => kind === 'processes'),
    hasHardhat,
    hasProxy: bridges === 1 || chosen.some(({ kind }) => !ofFleet.includes(kind)),
    bridges,
  });
  const exit = (): never => process.exit(130);
  const onSignal = (): void => void net.stop().then(exit, exit);
  for (const signal of signals) process.once(signal, onSignal);
  try {
    const load = await createLoad(net, createRandom(seed + 1));
    const struck = new Map(chosen.map(({ name }) => [name, 0]));
    /** Faults of a usual weight come first, once each: a run ends when all of them have struck. */
    const unseen = new Set(chosen.filter(({ weight }) => weight >= 1));
    const ending = new AbortController();
    const wrong: string[] = [];
    const busy = new Set<Fault['kind']>();
    const striking = Array.from({ length: atOnce }, async (_, lane) => {
      // Each striker has its own order: the durations of faults determine which of them overlap.
      const chance = createRandom(seed + 1_000 * (lane + 1));
      while (!ending.signal.aborted) {
        const free = chosen.filter(({ kind }) => !busy.has(kind));
        const fresh = free.filter((fault) => unseen.has(fault));
        const fault = free.length === 0 ? undefined : weighted(fresh.length === 0 ? free : fresh, chance);
        if (fault !== undefined) {
          unseen.delete(fault);
          busy.add(fault.kind);
          struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
          const begun = seconds();
          await strike(net, fault, chance, pace, ending.signal).catch((error: unknown) => {
            wrong.push(`after ${fault.name}: ${(error as Error).message.split('\n')[0]}`);
          });
          busy.delete(fault.kind);
          // The longest is meant to last a minute; others may wait for a restart.
          if (seconds() - begun > LONG_SECONDS) say(`${fault.name}: over after ${seconds() - begun} s`);
        }
        // A process takes longer to take up its work on many bridges, and would never get to it.
        await sleep(chance.between(200, 2_000) * pace * bridges, undefined, { signal: ending.signal }).catch(
          () => undefined,
        );
      }
    });
    const telling = setInterval(() => {
      void load.departed().then(
        (count) => say(`${seconds()} s: ${count} of ${transfers} departed`),
        () => undefined,
      );
    }, 15_000);
    const alarm = new AbortController();
    const watching = first ? watch(net, ending.signal, (found) => alarm.abort(found)) : undefined;
    const isOver = (departed: number): boolean => departed >= transfers && unseen.size === 0;
    await load.run(transfers, { isOver, seconds: most, signal: alarm.signal });
    clearInterval(telling);
    ending.abort();
    await Promise.all([...striking, watching]);
    if (!alarm.signal.aborted) {
      await mend(net);
      say(`${seconds()} s: all departed, all is mended`);
    }

    if (alarm.signal.aborted) wrong.push(...(alarm.signal.reason as Verdict));
    else wrong.push(...(await settle(net, patienceSeconds)), ...(await checkInvariants(net)));
    const waste = await wasteOf(net);
    if (isTooMuch(waste)) wrong.push(`relayers paid for ${waste.vain} transactions in vain, and ${waste.used} of use`);
    if (wrong.length > 0) keepLogs(net, `test-results/chaos-${seed}`);
    return { seed, transfers: await load.departed(), seconds: seconds(), struck, wrong, waste };
  } catch (error) {
    keepLogs(net, `test-results/chaos-${seed}`);
    say((error as Error).message);
    throw error;
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    await net.stop();
  }
}

function keepLogs({ logFiles }: ChaosNet, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of logFiles) cpSync(file, join(folder, file.split('/').slice(-2).join('-')));
}

/** Calls `onFound` with a violation that two checks in a row have found: a block may arrive during a check. */
async function watch(net: ChaosNet, signal: AbortSignal, onFound: (found: Verdict) => void): Promise<void> {
  let before: Verdict = [];
  while (!signal.aborted) {
    const found = [...alarms(net), ...(await wrongPayments(net).catch(() => []))];
    const lasting = found.filter((one) => before.includes(one));
    if (lasting.length > 0) return onFound(lasting);
    before = found;
    await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs one fault, and ends it early when the run ends. */
async function strike(net: ChaosNet, fault: Fault, random: Random, pace: number, signal: AbortSignal): Promise<void> {
  const last = (length: number) => sleep(length * pace * 1_000, undefined, { signal }).then(undefined, () => undefined);
  await fault.strike(net, random, last);
}

function weighted(chosen: readonly Fault[], random: Random): Fault {
  let left = random.next() * chosen.reduce((sum, { weight }) => sum + weight, 0);
  for (const fault of chosen) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return random.pick(chosen);
}

/** Repairs the leftovers of a fault that failed midway. */
async function mend(net: ChaosNet): Promise<void> {
  net.proxy.faults.clear();
  if (!net.hasProcesses) return;
  for (const { index } of net.devnet.members) {
    const relayer = net.devnet.relayer(index);
    relayer.kill('SIGCONT');
    limitFiles(relayer.pid, 'room');
    if (!relayer.isRunning()) await net.restart(index);
  }
}

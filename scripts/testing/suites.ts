// The suites of `npm test`, in start order, two at a time: those that take longest first, so that no long one is left at
// the end, and one of those that mostly wait beside them. To add one: a line here, and test files that match its pattern.
// A suite without test files is not listed.
import { globSync } from 'node:fs';

import {
  type Program,
  alertmanager,
  chromium,
  goSprig,
  goYaml,
  golang,
  prometheus,
  redis,
  softhsm,
  systemd,
} from './programs.ts';
import { type Service, startRedis } from './redis-service.ts';

/**
 * Budget of CPU minutes per group of suites. A run only prints its usage: the machine's speed never decides the
 * outcome.
 */
export const budgets = { contracts: 5, relayer: 5, e2e: 8, chaos: 3, app: 5, check: 2, rest: 6, clients: 15 } as const;
export type BudgetName = keyof typeof budgets;

export interface Suite {
  name: string;
  budget: BudgetName;
  /** Runs the suite. It writes its counts, as JSON, to the file in TEST_COUNTS; `check` has none, and counts as one. */
  command: string[];
  needs: Program[];
  /** Programs without which a part of its tests is skipped. */
  uses?: Program[];
  /** A suite of the same run to wait for, because it leaves something that this one would build again. */
  after?: string;
  /** True for tests that wait more than they compute: less than half of a core. */
  mostlyIdle?: boolean;
  /** A service that must run beside the suite. Its environment variables are added to the suite's own. */
  service?: () => Promise<Service>;
}

interface NodeSuite extends Partial<Suite> {
  name: string;
  budget: BudgetName;
  files: string;
  /** Test files at a time, each in a process of its own; by default as many as processors, less one. */
  atOnce?: number;
  /**
   * True to run all files in one process, one after the other: for short tests, where a process for each file would take
   * more time than the tests. Their hooks are inside of `describe`, since one outside would run around every file's tests.
   */
  oneProcess?: boolean;
}

const countsReporter = './scripts/testing/counts-reporter.ts';

export function nodeSuite({ files, atOnce, oneProcess = false, ...suite }: NodeSuite): Suite | undefined {
  const found = globSync(files).sort();
  if (found.length === 0) return undefined;
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', `--test-reporter=${countsReporter}`];
  const options = [
    ...[...reporters, '--test-reporter-destination=stderr'],
    ...(atOnce === undefined ? [] : [`--test-concurrency=${atOnce}`]),
    ...(oneProcess ? ['--test-isolation=none'] : []),
  ];
  return { needs: [], command: ['node', '--test', ...options, ...found], ...suite };
}

function hardhatSuite(name: string): Suite | undefined {
  const found = globSync(['test/contracts/**/*.test.ts', 'test/contracts/**/*.t.sol']).sort();
  if (found.length === 0) return undefined;
  return { name, budget: 'contracts', needs: [], command: ['node', 'scripts/testing/hardhat.ts', ...found] };
}

/** Uses the caller's Redis (REDIS_URL) if set; otherwise the suite starts one. */
const redisUrl = process.env.REDIS_URL;
const withRedis: Partial<Suite> =
  redisUrl === undefined
    ? { needs: [redis], service: startRedis }
    : { service: () => Promise.resolve({ environment: { REDIS_URL: redisUrl }, stop: () => Promise.resolve() }) };

const e2e = 'test/e2e/!(standby|doctor|redis).test.ts';
/** Tests that require Redis. Both kinds of queue pass test/relayer/queue/conformance.ts. */
const e2eRedis = 'test/e2e/{standby,doctor,redis}.test.ts';

/** Tests that change or examine their process: its environment, servers and open handles. */
const relayerProcess = 'test/relayer/{,keys/,queue/,shards/}*.test.ts';
const relayerParts = 'test/relayer/!(keys|queue|shards)/**/*.test.ts';

const mirrored = (name: string, how: Partial<NodeSuite> = {}): Suite | undefined =>
  nodeSuite({ name, budget: 'relayer', files: `test/${name}/**/*.test.ts`, ...how });

export const suites: Suite[] = [
  // Two files at a time: alone, one waits for blocks and leases during most of its time.
  nodeSuite({ name: 'e2e', budget: 'e2e', files: e2e, atOnce: 2, uses: [redis] }),
  hardhatSuite('contracts'),
  nodeSuite({ name: 'app', budget: 'app', files: 'test/app/**/*.test.ts', atOnce: 1, needs: [chromium] }),
  nodeSuite({ name: 'chaos', budget: 'chaos', files: 'test/chaos/**/*.test.ts', atOnce: 1, needs: [redis] }),
  // Compiling the contracts takes minutes; `check` finds the result in Hardhat's cache.
  {
    name: 'check',
    budget: 'check',
    needs: [],
    command: ['node', 'scripts/check.ts'],
    after: 'contracts',
  } satisfies Suite,
  nodeSuite({ name: 'scripts', budget: 'rest', files: 'test/scripts/**/*.test.ts' }),
  mirrored('protocol'),
  nodeSuite({ name: 'e2e-redis', budget: 'rest', files: e2eRedis, atOnce: 1, mostlyIdle: true, ...withRedis }),
  nodeSuite({ name: 'hsm', budget: 'rest', files: 'test/hsm/**/*.test.ts', mostlyIdle: true, needs: [softhsm] }),
  nodeSuite({
    name: 'ops',
    budget: 'rest',
    files: 'test/ops/**/*.test.ts',
    mostlyIdle: true,
    needs: [prometheus, alertmanager],
  }),
  mirrored('relayer', { files: relayerParts, oneProcess: true }),
  mirrored('relayer-process', { files: relayerProcess, mostlyIdle: true, uses: [redis] }),
  mirrored('cli', { mostlyIdle: true }),
  mirrored('sdk', { mostlyIdle: true }),
  nodeSuite({
    name: 'packaging',
    budget: 'rest',
    files: 'test/packaging/**/*.test.ts',
    needs: [golang, goSprig, goYaml, prometheus, systemd],
  }),
  nodeSuite({ name: 'package', budget: 'rest', files: 'test/package/**/*.test.ts' }),
].filter((suite) => suite !== undefined);

export const programsOf = (some: readonly Suite[]): Program[] => [
  ...new Set(some.flatMap(({ needs, uses = [] }) => [...needs, ...uses])),
];

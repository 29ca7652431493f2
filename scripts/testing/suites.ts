// The suites of `npm test`, in start order, two at a time: those with the most processor time first, so that no long one
// is left at the end, and one of those that mostly wait beside them. To add one: a line here, and test files that match
// its pattern. A suite without test files is not listed.
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
export const budgets = { contracts: 5, relayer: 5, e2e: 8, chaos: 3, app: 5, check: 4, rest: 6, clients: 15 } as const;
export type BudgetName = keyof typeof budgets;

export interface Suite {
  name: string;
  budget: BudgetName;
  /** Runs the suite. It writes its counts, as JSON, to the file in TEST_COUNTS; `check` has none, and counts as one. */
  command: string[];
  needs: Program[];
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
  /** True to run one test file at a time: for tests that each use the whole machine. */
  serial?: boolean;
}

const countsReporter = './scripts/testing/counts-reporter.ts';

export function nodeSuite({ files, serial = false, ...suite }: NodeSuite): Suite | undefined {
  const found = globSync(files).sort();
  if (found.length === 0) return undefined;
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', `--test-reporter=${countsReporter}`];
  const options = [...reporters, '--test-reporter-destination=stderr', ...(serial ? ['--test-concurrency=1'] : [])];
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

const mirrored = (name: 'protocol' | 'relayer' | 'cli' | 'sdk'): Suite | undefined =>
  nodeSuite({ name, budget: 'relayer', files: `test/${name}/**/*.test.ts` });

export const suites: Suite[] = [
  nodeSuite({ name: 'e2e', budget: 'e2e', files: e2e, serial: true }),
  hardhatSuite('contracts'),
  nodeSuite({ name: 'app', budget: 'app', files: 'test/app/**/*.test.ts', serial: true, needs: [chromium] }),
  nodeSuite({ name: 'chaos', budget: 'chaos', files: 'test/chaos/**/*.test.ts', serial: true, needs: [redis] }),
  // Compiling the contracts takes minutes; `check` finds the result in Hardhat's cache.
  {
    name: 'check',
    budget: 'check',
    needs: [],
    command: ['node', 'scripts/check.ts'],
    after: 'contracts',
  } satisfies Suite,
  ...(['relayer', 'cli', 'sdk', 'protocol'] as const).map(mirrored),
  nodeSuite({ name: 'e2e-redis', budget: 'rest', files: e2eRedis, serial: true, mostlyIdle: true, ...withRedis }),
  nodeSuite({ name: 'hsm', budget: 'rest', files: 'test/hsm/**/*.test.ts', mostlyIdle: true, needs: [softhsm] }),
  nodeSuite({
    name: 'ops',
    budget: 'rest',
    files: 'test/ops/**/*.test.ts',
    mostlyIdle: true,
    needs: [prometheus, alertmanager],
  }),
  nodeSuite({
    name: 'packaging',
    budget: 'rest',
    files: 'test/packaging/**/*.test.ts',
    needs: [golang, goSprig, goYaml, prometheus, systemd],
  }),
  nodeSuite({ name: 'scripts', budget: 'rest', files: 'test/scripts/**/*.test.ts' }),
  nodeSuite({ name: 'package', budget: 'rest', files: 'test/package/**/*.test.ts' }),
].filter((suite) => suite !== undefined);

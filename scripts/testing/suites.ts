// The suites of `npm test`, in the order in which they begin, two at a time: the longest first, so that both ends meet.
// To add one: a line here, and test files where its pattern looks. A suite without test files is not listed.
import { globSync } from 'node:fs';

import { type Program, chromium, goSprig, goYaml, golang, prometheus, redis, softhsm, systemd } from './programs.ts';
import { type Service, startRedis } from './redis.ts';

export interface Suite {
  name: string;
  /** Runs the suite. It writes its counts, as JSON, to the file that TEST_COUNTS names; `check` has none, and counts as one. */
  command: string[];
  needs: Program[];
  /** A suite still running after this long is stuck: it is killed and has failed. */
  minutes: number;
  /** What must run beside the suite. Its environment variables are added to the suite's own. */
  service?: () => Promise<Service>;
}

interface NodeSuite extends Partial<Suite> {
  name: string;
  files: string;
  /** Whether one test file at a time: for tests that each take the whole machine. */
  serial?: boolean;
}

const countsReporter = './scripts/testing/counts-reporter.ts';

function nodeSuite({ files, serial = false, ...suite }: NodeSuite): Suite | undefined {
  const found = globSync(files).sort();
  if (found.length === 0) return undefined;
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout', `--test-reporter=${countsReporter}`];
  const options = [...reporters, '--test-reporter-destination=stderr', ...(serial ? ['--test-concurrency=1'] : [])];
  return { needs: [], minutes: 10, command: ['node', '--test', ...options, ...found], ...suite };
}

function hardhatSuite(name: string): Suite | undefined {
  const found = globSync(['test/contracts/**/*.test.ts', 'test/contracts/**/*.t.sol']).sort();
  if (found.length === 0) return undefined;
  return { name, needs: [], minutes: 15, command: ['node', 'scripts/testing/hardhat.ts', ...found] };
}

/** A Redis that the caller runs (REDIS_URL) is used; otherwise the suite has one of its own. */
const redisUrl = process.env.REDIS_URL;
const withRedis: Partial<Suite> =
  redisUrl === undefined
    ? { needs: [redis], service: startRedis }
    : { service: () => Promise.resolve({ environment: { REDIS_URL: redisUrl }, stop: () => Promise.resolve() }) };

const e2e = 'test/e2e/!(standby|doctor|redis-away).test.ts';
/** What cannot be without Redis, and once more with it what depends on the kind of queue. */
const e2eRedis = 'test/e2e/{standby,doctor,redis-away,outages,rotation}.test.ts';

export const suites: Suite[] = [
  nodeSuite({ name: 'e2e', files: e2e, serial: true, minutes: 25 }),
  { name: 'check', needs: [], minutes: 10, command: ['node', 'scripts/check.ts'] } satisfies Suite,
  hardhatSuite('contracts'),
  nodeSuite({ name: 'relayer', files: 'test/{protocol,relayer,cli}/**/*.test.ts' }),
  nodeSuite({ name: 'hsm', files: 'test/hsm/**/*.test.ts', needs: [softhsm] }),
  nodeSuite({ name: 'e2e-redis', files: e2eRedis, serial: true, minutes: 15, ...withRedis }),
  nodeSuite({ name: 'chaos', files: 'test/chaos/**/*.test.ts', serial: true, needs: [redis] }),
  nodeSuite({ name: 'app', files: 'test/app/**/*.test.ts', serial: true, needs: [chromium] }),
  nodeSuite({ name: 'ops', files: 'test/ops/**/*.test.ts', needs: [prometheus] }),
  nodeSuite({
    name: 'packaging',
    files: 'test/packaging/**/*.test.ts',
    needs: [golang, goSprig, goYaml, prometheus, systemd],
  }),
  nodeSuite({ name: 'package', files: 'test/package/**/*.test.ts' }),
].filter((suite) => suite !== undefined);

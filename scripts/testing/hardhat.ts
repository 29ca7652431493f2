// Runs the given contract tests, Solidity and TypeScript, through Hardhat.
import hre from 'hardhat';
import type { TestRunResult } from 'hardhat/types/test';
import type { Result } from 'hardhat/types/utils';

import { type Counts, writeCounts } from './counts.ts';

interface SolidityRunResult extends TestRunResult {
  suiteResults: { testResults: { status: 'Success' | 'Failure' | 'Skipped' }[] }[];
}

const files = process.argv.slice(2);
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

async function run<R extends TestRunResult>(runner: 'solidity' | 'nodejs', testFiles: string[]) {
  const task = hre.tasks.getTask(['test', runner]);
  const result = (await task.run({ testFiles, noCompile: true })) as Result<R, R>;
  return { success: result.success, ...(result.success ? result.value : result.error) };
}

/** Counts the tests directly: Hardhat's summary of a Solidity run is empty unless its parent task requests it. */
async function runSolidity(testFiles: string[]): Promise<void> {
  if (testFiles.length === 0) return;
  const { success, suiteResults } = await run<SolidityRunResult>('solidity', testFiles);
  const statuses = suiteResults.flatMap(({ testResults }) => testResults.map(({ status }) => status));
  const failed = statuses.filter((status) => status === 'Failure').length;
  total.passed += statuses.filter((status) => status === 'Success').length;
  total.skipped += statuses.filter((status) => status === 'Skipped').length;
  // An error outside of all tests counts as a failure.
  total.failed += success ? failed : Math.max(failed, 1);
}

async function runNode(testFiles: string[]): Promise<void> {
  if (testFiles.length === 0) return;
  const { summary } = await run('nodejs', testFiles);
  total.passed += summary.passed;
  total.failed += summary.failed;
  total.skipped += summary.skipped + summary.todo;
}

await hre.tasks.getTask('build').run({ quiet: true });
await runSolidity(files.filter((file) => file.endsWith('.t.sol')));
await runNode(files.filter((file) => file.endsWith('.ts')));

writeCounts(total);
process.exitCode = total.failed === 0 ? 0 : 1;

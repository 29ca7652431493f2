// Runs the given contract tests, Solidity and TypeScript, through Hardhat.
import hre from 'hardhat';
import type { TestRunResult } from 'hardhat/types/test';
import type { Result } from 'hardhat/types/utils';

import { type Counts, writeCounts } from './counts.ts';

const files = process.argv.slice(2);
const total: Counts = { passed: 0, failed: 0, skipped: 0 };

async function run(runner: 'solidity' | 'nodejs', testFiles: string[]): Promise<void> {
  if (testFiles.length === 0) return;
  const task = hre.tasks.getTask(['test', runner]);
  const result = (await task.run({ testFiles, noCompile: true })) as Result<TestRunResult, TestRunResult>;
  const { summary } = result.success ? result.value : result.error;
  total.passed += summary.passed;
  total.failed += summary.failed;
  total.skipped += summary.skipped + summary.todo;
}

await hre.tasks.getTask('build').run({ quiet: true });
await run(
  'solidity',
  files.filter((file) => file.endsWith('.t.sol')),
);
await run(
  'nodejs',
  files.filter((file) => file.endsWith('.ts')),
);

writeCounts(total);
process.exitCode = total.failed === 0 ? 0 : 1;

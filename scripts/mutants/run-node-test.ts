// Runs one TypeScript test file of contracts without a build, for scripts/mutants/node-tests.ts.
import hre from 'hardhat';
import type { TestRunResult } from 'hardhat/types/test';
import type { Result } from 'hardhat/types/utils';

const task = hre.tasks.getTask(['test', 'nodejs']);
const result = (await task.run({ testFiles: process.argv.slice(2), noCompile: true })) as Result<
  TestRunResult,
  TestRunResult
>;
process.exit(result.success ? 0 : 1);

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';

const SAMPLE = 20;

it(`kills at least 95 % of ${SAMPLE} mutants of libraries`, () => {
  const options = ['--libraries', '--sample', String(SAMPLE), '--minutes', '45'];
  // Its output is progress, without which the runner takes the suite for stuck.
  const { status } = spawnSync('node', ['scripts/mutants.ts', ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
  assert.equal(status, 0);
});

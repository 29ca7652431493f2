import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { pegway, pegwayProcess } from '../support/cli.ts';
import { processesOf } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

interface Step {
  readonly step: string;
  readonly what?: string;
}

/** Runs `pegway devnet --json` and collects its output. */
function startDevnet(directory: string) {
  const args = ['cli/pegway.ts', 'devnet', '--json', '--no-app', '--data', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended, steps: () => stepsIn(said.slice(0, said.lastIndexOf('\n') + 1)) };
}

const stepsIn = (stdout: string): Step[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Step);

describe('pegway devnet', () => {
  const directories: string[] = [];
  const folder = (): string => {
    const directory = mkdtempSync(join(tmpdir(), 'pegway-devnet-'));
    directories.push(directory);
    return directory;
  };
  after(() => directories.forEach((directory) => rmSync(directory, { recursive: true, force: true })));

  it('--once makes a deposit and a redeem, tells each step, exits 0 and leaves nothing behind', async () => {
    const directory = folder();
    const { status, stdout, stderr } = await pegwayProcess(
      'devnet',
      '--once',
      '--json',
      '--transfers',
      '20',
      '--data',
      directory,
    );

    assert.equal(status, 0, stderr);
    const transfer = ['departed', 'final', 'signed', 'executed'];
    const steps = stepsIn(stdout).map(({ step }) => step);
    assert.deepEqual(steps, [
      ...['started', 'started', 'started'],
      ...[...transfer, ...transfer, 'audit'],
      ...['deposits', 'redeems'],
    ]);
    assert.deepEqual(readdirSync(directory), []);
    assert.deepEqual(processesOf(directory), []);
  });

  it('ends at a signal during its start, with everything that it had started', async () => {
    const directory = folder();
    const { child, ended, steps } = startDevnet(directory);
    await eventually('the chains are up', () => steps().length > 0);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(readdirSync(directory), []);
    assert.deepEqual(processesOf(directory), []);
  });

  it('holds its folder from the first moment, and gives it back when it ends', async () => {
    const directory = folder();
    const first = startDevnet(directory);
    await eventually('it has begun', () => existsSync(join(directory, 'devnet.lock')));
    const second = await pegway('devnet', '--once', '--data', directory);
    assert.equal(second.status, 2);
    assert.match(second.stderr, new RegExp(`a devnet is running there \\(process ${first.child.pid} on `));

    await eventually('it is up', () => existsSync(join(directory, 'devnet.json')));
    first.child.kill('SIGINT');
    assert.deepEqual(await first.ended, [0, null]);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('refuses a number of transfers that is none', async () => {
    const { status, stderr } = await pegway('devnet', '--once', '--transfers', 'x', '--data', folder());
    assert.equal(status, 2);
    assert.match(stderr, /expected a whole number from 0 to 10000, found x/);
  });
});

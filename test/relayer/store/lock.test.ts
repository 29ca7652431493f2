import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { lockDataFolder, openDatabase } from '../../../relayer/store/database.ts';
import { takeLock } from '../../../relayer/store/lock.ts';

/**
 * Loads the module, prints `ready`, takes the lock at the first line of input, and prints `held` or why not. Holds it until it is
 * killed.
 */
const SCRIPT = `
  import { lockDataFolder } from './relayer/store/database.ts';
  process.stdin.once('data', () => {
    try {
      globalThis.lock = lockDataFolder(process.argv[1]);
      console.log('held');
    } catch (error) {
      console.log(error.exitCode + ' ' + error.message);
    }
  });
  console.log('ready');`;

const CHURNS = 100;

/** Takes and releases a lock many times, and counts in a file while it holds it. */
const CHURN = `
  import { readFileSync, writeFileSync } from 'node:fs';
  import { takeLock } from './relayer/store/lock.ts';
  const [file, counter] = process.argv.slice(1);
  for (let taken = 0; taken < ${CHURNS};) {
    let release;
    try {
      release = takeLock(file, () => new Error('held'));
    } catch (error) {
      if (error.message !== 'held') throw error;
      continue;
    }
    const count = Number(readFileSync(counter, 'utf8'));
    writeFileSync(counter, String(count + 1));
    taken++;
    release();
  }`;

describe('the lock of a data folder', () => {
  let directory: string;
  let children: ChildProcess[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-lock-'));
    children = [];
  });
  afterEach(async () => {
    await Promise.all(children.map(end));
    rmSync(directory, { recursive: true, force: true });
  });

  const end = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  /** A process that takes the lock when `take` is called, which resolves to what it printed. */
  const start = async () => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', SCRIPT, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const line = async () => String((await once(child.stdout, 'data'))[0]).trim();
    assert.equal(await line(), 'ready');
    const take = () => {
      const answer = line();
      child.stdin.write('\n');
      return answer;
    };
    return { child, take };
  };

  it('refuses a second process, naming the one that holds it', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    assert.equal(await first.take(), 'held');
    const holder = `process ${first.child.pid} on ${hostname()}`;
    assert.equal(await second.take(), `2 the data folder ${directory} is in use by ${holder}`);
  });

  it('ends with its process, also when that is killed, and passes to exactly one of those that start then', async () => {
    const [first, ...others] = await Promise.all([start(), start(), start(), start(), start()]);
    assert.equal(await first.take(), 'held');
    await end(first.child);
    assert.ok(existsSync(join(directory, 'relayer.lock.holder')), 'a killed process leaves its name');

    const answers = await Promise.all(others.map(({ take }) => take()));
    assert.equal(answers.filter((answer) => answer === 'held').length, 1, answers.join('\n'));
    const holder = others[answers.indexOf('held')]?.child.pid;
    for (const answer of answers) {
      if (answer !== 'held') assert.match(answer, new RegExp(`^2 .* is in use by process ${holder} on `));
    }
  });

  it('holds while its file is empty and names no holder', async () => {
    const first = await start();
    assert.equal(await first.take(), 'held');
    rmSync(join(directory, 'relayer.lock.holder'));
    assert.equal(readFileSync(join(directory, 'relayer.lock'), 'utf8'), '');
    assert.throws(() => lockDataFolder(directory), { exitCode: 2, message: /is in use by another process/ });
  });

  it('names no process that has ended', async () => {
    const [first, dead] = await Promise.all([start(), start()]);
    await end(dead.child);
    assert.equal(await first.take(), 'held');
    const left = JSON.stringify({ pid: dead.child.pid, host: hostname() });
    writeFileSync(join(directory, 'relayer.lock.holder'), left);
    assert.throws(() => lockDataFolder(directory), { exitCode: 2, message: /is in use by another process/ });
  });

  it('refuses the process that holds it a second time, until it is released', () => {
    const lock = lockDataFolder(directory);
    assert.throws(() => lockDataFolder(directory), { exitCode: 2 });
    lock.close();
    lockDataFolder(directory).close();
    assert.deepEqual(readdirSync(directory), [], 'nothing is left');
  });

  it('is never held by two processes while others take and release it', async () => {
    const counter = join(directory, 'counter');
    writeFileSync(counter, '0');
    const churning = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['--input-type=module-typescript', '-e', CHURN, join(directory, 'churned'), counter], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    children.push(...churning);
    const statuses = await Promise.all(churning.map(async (child) => (await once(child, 'exit'))[0] as number));
    assert.deepEqual(statuses, [0, 0, 0]);
    // Reading and writing in two steps, two holders at once would lose counts.
    assert.equal(readFileSync(counter, 'utf8'), String(3 * CHURNS));
  });

  it('leaves the records open to commands', () => {
    const lock = lockDataFolder(directory);
    openDatabase(directory).close();
    lock.close();
  });

  it('does not overwrite a file that is no lock', () => {
    const file = join(directory, 'other');
    writeFileSync(file, '1234');
    assert.throws(() => takeLock(file, () => new Error('held')), { exitCode: 2, message: /is not a lock file/ });
    assert.equal(readFileSync(file, 'utf8'), '1234');
  });
});

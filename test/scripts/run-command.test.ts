import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';

import { runCommand } from '../../scripts/testing/run-command.ts';
import { eventually } from '../support/wait.ts';

/** A zombie that its parent has not waited for yet does not run. */
const isRunning = (pid: number): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);

describe('a command of the test runner', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-run-command-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (script: string, stuckSeconds: number) => {
    const output = new PassThrough();
    const countsFile = join(folder, 'counts.json');
    const ran = await runCommand({
      command: ['sh', '-c', script],
      env: { ...process.env, COUNTS: countsFile, NODE: process.execPath },
      ...{ output, countsFile, usageFile: join(folder, 'times'), stuckSeconds },
    });
    return { ...ran, printed: String(output.read() ?? '') };
  };

  it('is killed when it makes no progress', async () => {
    const { isStuck, status, printed } = await run('echo begins; sleep 600', 0.5);
    assert.deepEqual({ isStuck, status, printed }, { isStuck: true, status: null, printed: 'begins\n' });
  });

  it('is not killed while it prints, however long it takes', async () => {
    const { isStuck, status } = await run('for i in 1 2 3 4 5 6; do sleep 0.5; echo $i; done', 2);
    assert.deepEqual({ isStuck, status }, { isStuck: false, status: 0 });
  });

  it('is not killed while its tests end, though nothing is printed', async () => {
    const { isStuck, status } = await run('for i in 1 2 3 4 5 6; do sleep 0.5; echo $i >"$COUNTS"; done', 2);
    assert.deepEqual({ isStuck, status }, { isStuck: false, status: 0 });
  });

  it('ends with all that it had started, and does not wait for it', async () => {
    const { isStuck, printed } = await run('sleep 600 & echo $!', 300);
    assert.equal(isStuck, false);
    await eventually('it is gone', () => !isRunning(Number(printed)));
  });

  it('passes on the exit status, and the processor time of its descendants', async () => {
    const busy = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);';
    const { status, processorSeconds = 0 } = await run(`"$NODE" -e '${busy}'; exit 3`, 300);
    assert.equal(status, 3);
    assert.ok(processorSeconds >= 0.3, `${processorSeconds} s`);
  });
});

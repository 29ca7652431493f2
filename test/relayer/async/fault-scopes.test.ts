import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const scopes = JSON.stringify(new URL('../../../relayer/async/fault-scopes.ts', import.meta.url).href);

/** Runs a program with the handler that `pegway relayer` installs. */
const run = (program: string) =>
  promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { createFaultScopes } from ${scopes};
    const faults = createFaultScopes();
    process.on('uncaughtException', (error) => {
      if (!faults.handle(error)) process.exit(1);
    });
    const report = (part) => (error) => console.log(part, error.message);
    ${program}`,
  ]);

describe('an exception that nothing catches', () => {
  it('in a timer or a promise goes to the part that started it, and the process continues', async () => {
    const { stdout } = await run(`
      faults.run(report('boat'), () => setTimeout(() => { throw new Error('timer'); }, 5));
      faults.run(report('car'), async () => { await 0; throw new Error('promise'); });
      setTimeout(() => console.log('continues'), 50);`);
    assert.deepEqual(stdout.trim().split('\n').toSorted(), ['boat timer', 'car promise', 'continues']);
  });

  it('outside of all parts ends the process', async () => {
    await assert.rejects(run(`setTimeout(() => { throw new Error('of the process'); }, 5);`), { code: 1 });
  });
});

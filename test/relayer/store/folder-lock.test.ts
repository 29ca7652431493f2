import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { lockFolder } from '../../../relayer/store/folder-lock.ts';

describe('the lock of a data folder', () => {
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'pegway-lock-'))));
  after(() => rmSync(directory, { recursive: true, force: true }));

  const refusal = { exitCode: 2, message: /in use by another relayer/ };

  it('refuses a second relayer in the same process until the first one closes it', () => {
    const folder = join(directory, 'one');
    const lock = lockFolder(folder);
    assert.throws(() => lockFolder(folder), refusal);
    lock.close();
    lockFolder(folder).close();
  });

  it('refuses a second process, and is free as soon as the first one is killed', async () => {
    const folder = join(directory, 'two');
    const script = `
      import { lockFolder } from './relayer/store/folder-lock.ts';
      globalThis.lock = lockFolder(process.argv[1]);
      console.log('locked');
      setInterval(() => undefined, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.throws(() => lockFolder(folder), refusal);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder).close();
  });

  it('refuses a folder that cannot be made', () => {
    assert.throws(() => lockFolder('/dev/null/data'), { exitCode: 2, message: /cannot use the data folder/ });
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import lock from '../../package-lock.json' with { type: 'json' };
import manifest from '../../package.json' with { type: 'json' };
import { oldNode } from './old-node.ts';

/** The clone has one package to install, so that the test takes as long as the download of Node. */
describe('a fresh clone with only an old Node on the PATH', { skip: oldNode === undefined }, () => {
  let clone: string;

  before(() => {
    clone = mkdtempSync(join(tmpdir(), 'pegway-clone-'));
    for (const file of ['scripts/run.sh', 'scripts/contract-sources.sh', '.nvmrc', '.npmrc'])
      cpSync(file, join(clone, file));
    const { scripts, devDependencies } = manifest;
    const dependencies = { commander: devDependencies.commander };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ type: 'module', scripts, dependencies }));
    const commander = lock.packages['node_modules/commander'];
    const packages = { '': { dependencies }, 'node_modules/commander': commander };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }));
    for (const program of ['scripts/test.ts', 'cli/pegway.ts', 'scripts/generate-abi.ts']) {
      mkdirSync(dirname(join(clone, program)), { recursive: true });
      writeFileSync(join(clone, program), `console.log(process.versions.node.split('.')[0], ...process.argv.slice(2))`);
    }
  });
  after(() => rmSync(clone, { recursive: true, force: true }));

  const npm = (...args: readonly string[]): string =>
    execFileSync('npm', ['--silent', ...args], {
      cwd: clone,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      // As in a new terminal: nothing of the npm that runs this test.
      env: { HOME: process.env.HOME, PATH: [dirname(oldNode?.path ?? ''), '/usr/bin', '/bin'].join(delimiter) },
    }).trim();

  it('runs both commands of the README under Node 24', () => {
    assert.equal(npm('run', 'devnet', '--', '--once'), '24 devnet --once');
    assert.equal(npm('test'), '24');
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

const clients = ['run test:clients --silent'];

describe('.ci/run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-ci-run-'));
  const file = (...path: string[]) => join(folder, ...path);
  mkdirSync(file('bin'));
  mkdirSync(file('.ci'));
  cpSync('.ci/run', file('.ci', 'run'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const program = (name: string, script: string) => {
    writeFileSync(file('bin', name), `#!/bin/sh\n${script}\n`);
    chmodSync(file('bin', name), 0o755);
  };
  /** Runs it with the given program in place of npm, and returns the arguments npm received. */
  const run = (options: { readonly test: string; readonly clients?: string; readonly go?: string }) => {
    const scripts = options.clients === undefined ? { test: 'x' } : { test: 'x', 'test:clients': 'x' };
    writeFileSync(file('package.json'), JSON.stringify({ scripts }, undefined, 2));
    writeFileSync(file('asked'), '');
    const cases = [`'test --silent') ${options.test};;`, `*) ${options.clients ?? 'exit 9'};;`];
    program('npm', `echo "$*" >>asked\ncase "$*" in\n${cases.join('\n')}\nesac`);
    program('go', `echo ${options.go ?? 'go1.24.3'}`);
    const env = { ...process.env, PATH: `${file('bin')}:${process.env['PATH'] ?? ''}` };
    const { status, stdout } = spawnSync(file('.ci', 'run'), { env, encoding: 'utf8' });
    const asked = readFileSync(file('asked'), 'utf8').trim().split('\n');
    return { status, lines: stdout.trim().split('\n'), asked };
  };
  const closing = ({ status, lines }: ReturnType<typeof run>) => [lines.at(-1), status];

  it('fails when a test failed, and runs the clients all the same', () => {
    const ran = run({ test: 'echo "5 passed, 1 failed, 2 skipped"; exit 1', clients: 'echo "3 passed, 0 failed"' });
    assert.deepEqual(closing(ran), ['8 passed, 1 failed', 1]);
    assert.deepEqual(ran.asked, ['test --silent', ...clients]);
  });

  it('counts a command that dies before its closing line as one failure', () => {
    const ran = run({ test: 'echo "5 passed, 0 failed"', clients: 'echo "no such client"; exit 1' });
    assert.deepEqual(closing(ran), ['5 passed, 1 failed', 1]);
  });

  it('fails when a command fails whose tests passed', () => {
    assert.deepEqual(closing(run({ test: 'echo "5 passed, 0 failed"; exit 1' })), ['5 passed, 1 failed', 1]);
  });

  it('sums both, and passes when nothing failed', () => {
    const ran = run({ test: 'echo "5 passed, 0 failed"', clients: 'echo "3 passed, 0 failed"' });
    assert.deepEqual(closing(ran), ['8 passed, 0 failed', 0]);
  });

  it('leaves the clients out without their script, or without a Go that can build them', () => {
    for (const without of [{}, { clients: 'exit 1', go: 'go1.19.8' }, { clients: 'exit 1', go: 'devel' }]) {
      const ran = run({ test: 'echo "5 passed, 0 failed"', ...without });
      assert.deepEqual(closing(ran), ['5 passed, 0 failed', 0]);
      assert.deepEqual(ran.asked, ['test --silent']);
    }
  });
});

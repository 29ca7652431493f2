import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { bundledProgram } from '../support/bundled-program.ts';
import { pegwayBundled } from '../support/cli.ts';
import { processesOf } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

interface Results {
  readonly queue: string;
  readonly machine: {
    readonly processors: number;
    readonly speed: { readonly hashes: number; readonly recoveries: number };
  };
  /** Null for a value that could not be measured (no block was seen in time). */
  readonly figures: readonly { readonly name: string; readonly value: number | null; readonly unit: string }[];
}

describe('pegway bench', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-test-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('ends at a signal, with everything that it had started', async () => {
    const folder = join(directory, 'temporary');
    mkdirSync(folder);
    const args = [await bundledProgram(), 'bench', '--only', 'backlog', '--out', join(folder, 'bench.json')];
    const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, TMPDIR: folder } });
    const ended = once(child, 'exit');
    // With six relayers on the way: the start of each would take longer than all that is tested here.
    await eventually('a chain runs', () => globSync(join(folder, 'pegway-bench-*/run-*/chain-*.log')).length > 0);
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [1, null]);
    assert.deepEqual(processesOf(folder), []);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('measures all of its parts, small, and writes what it prints', async () => {
    const out = join(directory, 'results', 'bench.json');
    const small = ['--deposits', '1', '--rest', '1', '--rates', '20', '--seconds', '1', '--transfers', '20'];
    const { status, stdout, stderr } = await pegwayBundled('bench', ...small, '--out', out, '--json');
    assert.equal(status, 0, stderr);
    const results = JSON.parse(stdout) as Results;
    assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), results);
    assert.match(results.queue, /\w/);
    assert.ok(results.machine.processors >= 1);
    assert.ok(results.machine.speed.hashes > 0 && results.machine.speed.recoveries > 0);

    const parts = Map.groupBy(results.figures, ({ name }) => name.replace(/:.*/, ''));
    assert.deepEqual(
      [...parts].map(([part, figures]) => [part, figures.length]),
      [
        ['devnet up', 1],
        ['idle deposit, final to minted, median of 1', 2],
        ['idle deposit, final to minted, most of 1', 1],
        ['idle deposit, final to the transaction at the node, median of 1', 1],
        ['at rest', 4],
        ['mint, 20 a second', 6],
        ...['mint', 'withdraw'].flatMap((direction) => [
          [`${direction}, 20 waiting`, 10],
          [`${direction}, 20 as fast as the source takes them`, 7],
        ]),
      ],
    );
    for (const { name, value, unit } of results.figures) {
      assert.ok(value === null || (typeof value === 'number' && value >= 0), `${name}: ${value}`);
      assert.match(unit, /\w|%/, name);
      // Counted figures are always available, unlike timed ones.
      if (/requests|received|gas$|transaction$|processor/.test(name)) assert.ok((value ?? 0) > 0, `${name}: ${value}`);
    }
  });
});

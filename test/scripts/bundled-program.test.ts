import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

import { checksumOfSources } from '../support/bundled-program.ts';

it('a bundle of tests is built anew after any change of its sources', () => {
  const root = mkdtempSync(join(tmpdir(), 'pegway-sources-'));
  try {
    for (const folder of ['relayer/tx', 'cli', 'test']) mkdirSync(join(root, folder), { recursive: true });
    const write = (file: string, text: string) => writeFileSync(join(root, file), text);
    write('relayer/tx/a.ts', 'export const a = 1;');
    write('package-lock.json', '{}');
    const seen = [checksumOfSources(root)];
    const changes = [
      () => write('relayer/tx/a.ts', 'export const a = 2;'),
      () => write('cli/b.ts', ''),
      () => renameSync(join(root, 'cli/b.ts'), join(root, 'cli/c.ts')),
      () => write('package-lock.json', '{ "packages": {} }'),
    ];
    for (const change of changes) {
      change();
      seen.push(checksumOfSources(root));
    }
    assert.equal(new Set(seen).size, seen.length);

    write('test/unrelated.ts', 'a test');
    assert.equal(checksumOfSources(root), seen.at(-1));
  } finally {
    rmSync(root, { recursive: true });
  }
});

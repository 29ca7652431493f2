import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { pegway } from '../support/cli.ts';

describe('pegway devnet --once', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-once-'));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it('makes a deposit and a redeem, tells each step, exits 0 and leaves nothing behind', async () => {
    const { status, stdout, stderr } = await pegway('devnet', '--once', '--json', '--data', directory);

    assert.equal(status, 0, stderr);
    const steps = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { step: string }).step);
    const transfer = ['departed', 'final', 'signed', 'executed'];
    assert.deepEqual(steps, [...transfer, ...transfer, 'audit']);
    assert.equal(existsSync(join(directory, 'devnet.json')), false);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { findConfig, findPlace } from '../../../cli/inspect/find-config.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import { pegwayWith } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'pegway-find-'));
after(() => rmSync(folder, { recursive: true }));
const system = join(folder, 'relayer.json');
const missing = join(folder, 'no-such.json');
const bare = { env: {} };
const named = { env: { PEGWAY_CONFIG: '/somewhere/relayer.json' } };

describe('the configuration of a command', () => {
  it('is the one of --config, then of PEGWAY_CONFIG, then of /etc/pegway', () => {
    writeFileSync(system, '{}');
    assert.equal(findConfig('own.json', named, system), 'own.json');
    assert.equal(findConfig(undefined, named, system), '/somewhere/relayer.json');
    assert.equal(findConfig(undefined, bare, system), system);
    assert.deepEqual(findPlace({ config: 'own.json', data: 'net' }, named, system), {
      kind: 'config',
      file: 'own.json',
    });
  });

  it('is a devnet where --data names one, whatever the environment names', () => {
    assert.deepEqual(findPlace({ data: 'net' }, named, system), { kind: 'devnet', directory: 'net' });
  });

  it('is refused with the places that were tried, and without a word of a devnet', () => {
    assert.throws(
      () => findConfig(undefined, bare, missing),
      (error: unknown) => {
        assert.ok(error instanceof PegwayError);
        assert.equal(error.exitCode, 2);
        assert.match(`${error.message} ${error.hint ?? ''}`, /no-such\.json.*--config FILE.*PEGWAY_CONFIG/);
        assert.doesNotMatch(`${error.message} ${error.hint ?? ''}`, /devnet/);
        return true;
      },
    );
  });

  it('reaches every command that needs one', async () => {
    const env = { PEGWAY_CONFIG: missing };
    const token = `0x${'11'.repeat(20)}`;
    for (const words of [
      ['relayer'],
      ['doctor'],
      ['status'],
      ['audit'],
      ['explain', 'deposit', 'BOAT', '1'],
      ['journal', 'show', 'redeem', token, '1'],
      ['governance', 'show'],
      ['governance', 'pause'],
      ['fees', 'show'],
      ['rewards', 'compute'],
    ]) {
      const { status, stderr } = await pegwayWith({ env }, ...words);
      assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
      assert.match(stderr, /cannot read the configuration file .*no-such\.json/, words.join(' '));
    }
  });
});

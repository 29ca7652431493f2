import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { pegwayProcess } from '../support/cli.ts';
import { makeSoftHsm, pin } from './softhsm.ts';

const hsm = makeSoftHsm();
/** Processes: an HSM's library is loaded and logged in to once in each. */
const keys = (...args: readonly string[]) => pegwayProcess('keys', ...args);

after(() => {
  hsm.remove();
});

interface Made {
  readonly address: string;
  readonly key: string;
}

describe('pegway keys with an HSM', () => {
  it('refuses a wrong PIN and a library that is not there: exit status 2, no stack trace, no PIN', async () => {
    const right = hsm.uri('cli');
    const wrongPin = right.replace(/pin-source=.*/, 'pin-value=wrong-pin-of-the-test');
    for (const [uri, message] of [
      [wrongPin, /wrong PIN for token "pegway"/],
      [right.replace(/module-path=[^&]*/, 'module-path=/nowhere.so'), /cannot load the HSM library \/nowhere\.so/],
    ] as const) {
      const { status, stderr } = await keys('new', '--hsm', uri);
      assert.match(stderr, message);
      assert.equal(status, 2);
      assert.doesNotMatch(stderr, /^\s+at |wrong-pin-of-the-test/m);
    }
  });

  it('makes a key there, and opens it by the URI that it prints', async () => {
    const made = await keys('new', '--hsm', hsm.uri('cli'), '--json');
    assert.equal(made.status, 0, made.stderr);
    const { address, key } = JSON.parse(made.stdout) as Made;
    const opened = await keys('address', key);
    assert.equal(opened.stdout, `${address}\n`);
    assert.equal(opened.stderr, '');
  });

  it('never prints a PIN that was in the URI', async () => {
    const uri = hsm.uri('hidden').replace(/pin-source=.*/, `pin-value=${pin}`);
    const { stdout, stderr, status } = await keys('new', '--hsm', uri);
    assert.equal(status, 0, stderr);
    assert.ok(!`${stdout}${stderr}`.includes(pin));
  });

  it('makes a domain key, an envelope under it, and rewraps that', async () => {
    assert.equal((await keys('domain', hsm.uri('domain-1'))).status, 0);
    assert.equal((await keys('domain', hsm.uri('domain-2'))).status, 0);
    const file = join(hsm.folder, 'cli.envelope');
    const made = await keys('new', file, '--domain', hsm.uri('domain-1'), '--json');
    assert.equal(made.status, 0, made.stderr);
    const { address, key } = JSON.parse(made.stdout) as Made;

    const pinSource = `file:${hsm.pinFile}`;
    const rewrapped = await keys(
      'rewrap',
      file,
      '--tenant',
      '--domain',
      hsm.uri('domain-2'),
      '--pin-source',
      pinSource,
    );
    assert.equal(rewrapped.stdout, `${address}  data key 1, tenant key 2, domain key 2\n`, rewrapped.stderr);
    assert.equal((await keys('address', `${key}?pin-source=${pinSource}`)).stdout, `${address}\n`);
  });
});

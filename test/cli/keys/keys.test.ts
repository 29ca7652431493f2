import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { pbkdf2Vector, vectorAddress, vectorKey, vectorPassword } from '../../relayer/keys/fixtures/keystores.ts';
import { type Ended, pegway } from '../../support/cli.ts';
import { makeFolder, makeKey, writeFile } from '../../relayer/keys/support.ts';

const folder = makeFolder();
const cliFile = 'cli/pegway.ts';
const keys = (...args: readonly string[]) => pegway('keys', ...args);
const password = 'a password of the test';
const passwordFile = writeFile(folder, 'password', `${password}\n`);
const secrets = [password, vectorKey, vectorPassword];

/** Invalid use: exit status 2, one short message, no stack trace, no secret. */
function assertRefused({ status, stdout, stderr }: Ended, message: RegExp): void {
  assert.match(stderr, message);
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.doesNotMatch(stderr, /^\s+at /m);
  for (const secret of secrets) assert.ok(!stderr.includes(secret));
}

describe('pegway keys, used wrongly', () => {
  it('says what there is when the command is unknown, or one is missing', async () => {
    assertRefused(await keys('mint'), /unknown command 'mint'/);
    assertRefused(await keys('address'), /missing required argument 'uri'/);
    assertRefused(await keys('new'), /name the file to make, or an HSM/);
    assertRefused(await keys('rewrap', 'x'), /nothing to rotate/);
  });

  it('cannot ask without a terminal, and says what to do', async () => {
    const ran = await keys('new', join(folder, 'unasked.json'));
    assertRefused(ran, /there is no terminal/);
    assert.match(ran.stderr, /password-file/);
    assert.ok(!existsSync(join(folder, 'unasked.json')));
  });

  it('refuses a new password that is easy to guess, without printing it', async () => {
    for (const weak of ['pw', 'correcthors', 'aaaaaaaaaaaaaaaa', '1212121212121212']) {
      const file = writeFile(folder, 'weak', `${weak}\n`);
      const ran = await keys('new', join(folder, 'w.json'), '--password-file', file);
      assertRefused(ran, /the password (is too short|repeats itself)/);
      assert.ok(!ran.stderr.includes(weak), weak);
    }
  });

  it('refuses an empty password', async () => {
    const empty = writeFile(folder, 'empty', '');
    assertRefused(await keys('new', join(folder, 'e.json'), '--password-file', empty), /the password is empty/);
  });

  it('never overwrites a key', async () => {
    const file = writeFile(folder, 'there.json', JSON.stringify(pbkdf2Vector));
    assertRefused(await keys('new', file, '--password-file', passwordFile), /cannot write the key file .*: it exists/);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), pbkdf2Vector);
  });

  it('refuses a wrong password, a file others can read, a keystore of version 1, a key in the clear', async () => {
    const file = writeFile(folder, 'good.json', JSON.stringify(pbkdf2Vector));
    assertRefused(await keys('address', `keystore:${file}?password-file=${passwordFile}`), /wrong password/);
    const open = writeFile(folder, 'open.json', JSON.stringify(pbkdf2Vector), 0o644);
    assertRefused(await keys('address', `keystore:${open}`), /others than its owner/);
    const old = writeFile(folder, 'v1.json', JSON.stringify({ ...pbkdf2Vector, version: 1 }));
    assertRefused(await keys('address', `keystore:${old}`), /a keystore of version 1, expected 3/);
    assertRefused(await keys('address', `plain:0x${vectorKey}`), /allowed on a devnet only/);
    assertRefused(await keys('address', `0x${vectorKey}`), /a private key itself/);
  });

  it('refuses to import what is no key, without showing it', async () => {
    const file = writeFile(folder, 'nokey', `0x${vectorKey}ff`);
    const args = ['--private-key-file', file, '--password-file', passwordFile];
    assertRefused(await keys('import', join(folder, 'n.json'), ...args), /not a private key/);
  });
});

describe('pegway keys', () => {
  it('has help with an example for every command', async () => {
    for (const command of ['new', 'import', 'address', 'change-password', 'domain', 'rewrap']) {
      const { status, stdout } = await keys(command, '--help');
      assert.equal(status, 0);
      assert.match(stdout, /Examples?:\n {2}pegway keys /);
      assert.match(stdout, /--json/);
    }
  });

  it('makes a key that opens, and that only its owner can read', async () => {
    const file = join(folder, 'new.json');
    const made = await keys('new', file, '--password-file', passwordFile, '--json');
    assert.equal(made.status, 0, made.stderr);
    const { address, key } = JSON.parse(made.stdout) as { address: string; key: string };
    assert.equal(key, `keystore:${file}`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const opened = await keys('address', `${key}?password-file=${passwordFile}`);
    assert.equal(opened.stdout, `${address}\n`);
  });

  it('imports a private key, and another tool’s keystore', async () => {
    const { privateKey, address } = makeKey();
    const keyFile = writeFile(folder, 'private-key', `${privateKey}\n`);
    const imported = await keys(
      'import',
      join(folder, 'i.json'),
      '--private-key-file',
      keyFile,
      '--password-file',
      passwordFile,
    );
    assert.match(imported.stdout, new RegExp(`^${address} {2}keystore:`));

    const theirs = writeFile(folder, 'theirs.json', JSON.stringify(pbkdf2Vector));
    const from = ['--from-keystore', theirs, '--from-password-file', writeFile(folder, 'theirs', vectorPassword)];
    const taken = await keys('import', join(folder, 't.json'), ...from, '--password-file', passwordFile);
    assert.match(taken.stdout, new RegExp(`^${vectorAddress} `), taken.stderr);
  });

  it('changes a password', async () => {
    const file = writeFile(folder, 'change.json', JSON.stringify(pbkdf2Vector));
    const before = writeFile(folder, 'before', vectorPassword);
    const args = ['--password-file', before, '--new-password-file', passwordFile];
    assert.equal((await keys('change-password', file, ...args)).status, 0);
    assertRefused(await keys('address', `keystore:${file}?password-file=${before}`), /wrong password/);
    const { stdout } = await keys('address', `keystore:${file}?password-file=${passwordFile}`);
    assert.equal(stdout, `${vectorAddress}\n`);
  });

  it('reads a password from a file descriptor', async () => {
    const file = writeFile(folder, 'fd.json', JSON.stringify(pbkdf2Vector));
    const child = spawn(process.execPath, [cliFile, 'keys', 'address', `keystore:${file}?password-fd=3`], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const pipe = child.stdio[3];
    assert.ok(pipe !== null && pipe !== undefined && 'end' in pipe);
    pipe.end(`${vectorPassword}\n`);
    let stdout = '';
    child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
    await once(child, 'close');
    assert.equal(stdout, `${vectorAddress}\n`);
  });

  const hasTerminal = existsSync('/usr/bin/script') && process.platform === 'linux';

  it('asks at a terminal without echo', { skip: hasTerminal ? false : 'needs the command script' }, async () => {
    const file = writeFile(folder, 'asked.json', JSON.stringify(pbkdf2Vector));
    const command = `${process.execPath} ${cliFile} keys address keystore:${file}`;
    const { status, stdout } = await runInTerminal(command, [vectorPassword]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /Password of .*asked\.json: /);
    assert.match(stdout, new RegExp(vectorAddress));
    assert.ok(!stdout.includes(vectorPassword), 'the password was echoed');
  });

  it(
    'asks twice for a new one, and again after a mistake',
    { skip: hasTerminal ? false : 'needs the command script' },
    async () => {
      const make = (name: string) => `${process.execPath} ${cliFile} keys new ${join(folder, name)}`;
      const corrected = [password, `${password}!`, 'short', password, password];
      const differing = await runInTerminal(make('differing.json'), corrected);
      assert.match(
        differing.stdout,
        /the two passwords differ; nothing was written: [^;]+too short: 5 characters, [^;]+; use a/,
      );
      assert.equal(differing.status, 0, differing.stdout);
      const same = await runInTerminal(make('same.json'), [password, password]);
      assert.equal(same.status, 0, same.stdout);
      const { status } = await keys('address', `keystore:${join(folder, 'same.json')}?password-file=${passwordFile}`);
      assert.equal(status, 0);
    },
  );

  it('ends with 130 at Ctrl-C', { skip: hasTerminal ? false : 'needs the command script' }, async () => {
    const command = `${process.execPath} ${cliFile} keys new ${join(folder, 'interrupted.json')}`;
    const { status, stdout } = await runInTerminal(command, ['\u0003']);
    assert.equal(status, 130, stdout);
    assert.match(stdout, /interrupted/);
  });
});

/** Runs a command in its own terminal, and types each answer at its prompt. */
async function runInTerminal(command: string, answers: string[]): Promise<{ status: number | null; stdout: string }> {
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let stdout = '';
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const prompts = stdout.match(/^(?:New password of .*|Password of .*|The same again): /gm)?.length ?? 0;
    if (prompts > answered) child.stdin.write(`${answers[answered++] ?? ''}\r`);
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout };
}

import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { Wallet } from '@ethereumjs/wallet';
import { hexToBytes } from 'viem';

import { changePassword, createKeystoreFile, readKeystoreFile } from '../../../relayer/keys/keystore.ts';
import { addressOf } from '../../../relayer/keys/secp256k1.ts';
import { openSigner } from '../../../relayer/keys/open-signer.ts';
import { pbkdf2Vector, scryptVector, vectorAddress, vectorKey, vectorPassword } from './fixtures/keystores.ts';
import { assertSigns, makeFolder, makeKey, noPrompt, refusal, writeFile } from './support.ts';

const folder = makeFolder();
const cheap = { n: 2 ** 12 };
const password = () => Promise.resolve(vectorPassword);
const secrets = [vectorPassword, vectorKey, 'a wrong one'];

const refused = (message: RegExp) => refusal(message, 2, ...secrets);
const keystore = (name: string, value: unknown, mode?: number) => writeFile(folder, name, JSON.stringify(value), mode);
const open = (path: string, asked: () => Promise<string> = password) =>
  openSigner(`keystore:${path}`, { allowPlain: false, password: asked });

describe('a keystore that cannot be opened', () => {
  const good = keystore('good.json', pbkdf2Vector);

  it('refuses a wrong password', async () => {
    await assert.rejects(
      open(good, () => Promise.resolve('a wrong one')),
      refused(/wrong password for .*good\.json/),
    );
  });

  it('refuses an empty password', async () => {
    await assert.rejects(
      open(good, () => Promise.resolve('')),
      refused(/the password is empty/),
    );
    const empty = writeFile(folder, 'empty', '\n');
    await assert.rejects(open(`${good}?password-file=${empty}`), refused(/the password is empty \(.*empty\)/));
  });

  it('refuses a file that others can read, before it asks for the password', async () => {
    for (const mode of [0o644, 0o640, 0o660, 0o602]) {
      const path = keystore(`open-${mode.toString(8)}.json`, pbkdf2Vector, mode);
      await assert.rejects(open(path, noPrompt), refused(/others than its owner can use the keystore .* \(mode 0/));
    }
  });

  it('refuses a password file that others can read', async () => {
    const file = writeFile(folder, 'open-password', vectorPassword, 0o644);
    await assert.rejects(
      open(`${good}?password-file=${file}`),
      refused(/others than its owner can use the password file/),
    );
  });

  it('names a file that is not there', async () => {
    await assert.rejects(
      open(join(folder, 'nowhere')),
      refused(/cannot read the keystore .*nowhere: there is no such file/),
    );
    await assert.rejects(open(folder), refused(/it is a folder/));
  });

  it('names the version of a keystore of version 1, and of one of version 4', async () => {
    const v1 = keystore('v1.json', { ...pbkdf2Vector, version: '1' });
    await assert.rejects(open(v1, noPrompt), refused(/a keystore of version "1", expected 3/));
    await assert.rejects(
      open(keystore('v4.json', { version: 4, crypto: {} }), noPrompt),
      refused(/of version 4, expected 3/),
    );
  });

  it('says what else a file is', async () => {
    const text = writeFile(folder, 'hex', `0x${vectorKey}`);
    await assert.rejects(open(text, noPrompt), refused(/is not a keystore: it is not JSON/));
    await assert.rejects(open(keystore('presale', { encseed: '00' }), noPrompt), refused(/a presale wallet/));
    await assert.rejects(open(keystore('none', { a: 1 }), noPrompt), refused(/names no version/));
    await assert.rejects(open(keystore('null', null), noPrompt), refused(/is not a keystore/));
  });

  it('names what is wrong with a damaged keystore', async () => {
    const { crypto } = pbkdf2Vector;
    const damaged: [RegExp, object][] = [
      [/wrong crypto\.mac/, { ...crypto, mac: '00' }],
      [/wrong crypto\.cipher/, { ...crypto, cipher: 'aes-256-cbc' }],
      [/wrong crypto\.kdf/, { ...crypto, kdf: 'argon2' }],
      [/wrong crypto\.kdfparams\.c/, { ...crypto, kdfparams: { ...crypto.kdfparams, c: 0 } }],
      [/wrong password/, { ...crypto, mac: crypto.mac.replace('5', '6') }],
    ];
    for (const [message, wrong] of damaged) {
      const path = keystore('damaged.json', { ...pbkdf2Vector, crypto: wrong });
      await assert.rejects(open(path), refused(message));
    }
  });

  it('refuses scrypt parameters that would take all memory, or that cannot be', async () => {
    const { crypto } = scryptVector;
    const withN = (n: number) => ({ ...scryptVector, crypto: { ...crypto, kdfparams: { ...crypto.kdfparams, n } } });
    await assert.rejects(open(keystore('huge.json', withN(2 ** 30))), refused(/more than 1 GiB of memory/));
    await assert.rejects(open(keystore('odd.json', withN(1000))), refused(/scrypt parameters that cannot be/));
  });

  it('does not know a misspelt option, and asks for no password instead', async () => {
    await assert.rejects(open(`${good}?pasword-file=x`, noPrompt), refused(/has no option pasword-file/));
  });

  it('refuses a file descriptor that is not open', async () => {
    await assert.rejects(
      open(`${good}?password-fd=987`, noPrompt),
      refused(/cannot read a secret from file descriptor 987/),
    );
    await assert.rejects(open(`${good}?password-fd=x`, noPrompt), refused(/is not a number/));
  });
});

describe('keystore', () => {
  it('opens the published vectors, scrypt and PBKDF2', async () => {
    for (const vector of [pbkdf2Vector, scryptVector]) {
      const path = keystore(`${vector.crypto.kdf}.json`, vector);
      assert.equal(Buffer.from(await readKeystoreFile(path, password)).toString('hex'), vectorKey);
      const signer = await open(path);
      assert.equal(signer.address, vectorAddress);
      await assertSigns(signer);
      await signer.close();
      await assert.rejects(signer.sign('0x00'), refusal(/is closed/, 1, ...secrets));
    }
  });

  it('opens keystores in the spellings of old tools', async () => {
    const { crypto, ...rest } = pbkdf2Vector;
    const upper = { ...crypto, ciphertext: crypto.ciphertext.toUpperCase(), mac: `0x${crypto.mac}` };
    await open(keystore('old.json', { ...rest, Crypto: upper, version: '3' }));
  });

  it('reads the password from a file, with or without a line end', async () => {
    const path = keystore('file.json', pbkdf2Vector);
    for (const end of ['', '\n', '\r\n']) {
      const file = writeFile(folder, 'password', `${vectorPassword}${end}`);
      await open(`${path}?password-file=${file}`, noPrompt);
    }
  });

  it('finds relative paths from the given folder', async () => {
    keystore('relative.json', pbkdf2Vector);
    writeFile(folder, 'password', vectorPassword);
    const uri = 'keystore:relative.json?password-file=password';
    await openSigner(uri, { allowPlain: false, directory: folder, password: noPrompt });
  });

  it('opens what another tool has written', async () => {
    const { privateKey, address } = makeKey();
    const theirs = new Wallet(hexToBytes(privateKey));
    for (const options of [
      { kdf: 'scrypt', n: 4096, r: 8, p: 1 },
      { kdf: 'pbkdf2', c: 1000 },
    ]) {
      const path = keystore(`theirs-${options.kdf}.json`, await theirs.toV3('pässword', options));
      assert.equal((await open(path, () => Promise.resolve('pässword'))).address, address);
    }
  });

  it('writes what another tool opens, and what others cannot read', async () => {
    const { privateKey, address } = makeKey();
    const path = join(folder, 'ours.json');
    assert.equal(await createKeystoreFile(path, hexToBytes(privateKey), 'pässword'), address);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const text = readFileSync(path, 'utf8');
    const { kdf, kdfparams } = (JSON.parse(text) as typeof scryptVector).crypto;
    assert.deepEqual([kdf, kdfparams.n, kdfparams.r, kdfparams.p], ['scrypt', 262144, 8, 1]);
    const theirs = await Wallet.fromV3(text, 'pässword');
    assert.equal(theirs.getPrivateKeyString(), privateKey);
    await assert.rejects(Wallet.fromV3(text, 'another'));
  });

  it('never overwrites a file', async () => {
    const path = keystore('there.json', pbkdf2Vector);
    const key = hexToBytes(makeKey().privateKey);
    await assert.rejects(createKeystoreFile(path, key, 'x', cheap), refused(/cannot write the keystore .*: it exists/));
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), pbkdf2Vector);
  });

  it('changes a password, and leaves the file as it was when the old one is wrong', async () => {
    const path = keystore('change.json', pbkdf2Vector);
    const next = () => Promise.resolve('the next one');
    await assert.rejects(
      changePassword(path, () => Promise.resolve('a wrong one'), next, cheap),
      refused(/wrong password/),
    );
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), pbkdf2Vector);

    assert.equal(await changePassword(path, password, next, cheap), vectorAddress);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    await assert.rejects(readKeystoreFile(path, password), refused(/wrong password/));
    assert.equal(addressOf(await readKeystoreFile(path, next)), vectorAddress);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { redactKeyUri } from '../../../relayer/keys/key-uri.ts';
import { observeSigner, type Signing } from '../../../relayer/keys/observe-signer.ts';
import { openSigner } from '../../../relayer/keys/open-signer.ts';
import { parsePrivateKey } from '../../../relayer/keys/secp256k1.ts';
import { assertSigns, makeKey, noPrompt, preimage, refusal } from './support.ts';

const { privateKey, address } = makeKey();
const digits = privateKey.slice(2);
const open = (uri: string, allowPlain = true) => openSigner(uri, { allowPlain, password: noPrompt });
const refused = (message: RegExp) => refusal(message, 2, digits);

describe('a key URI that is wrong', () => {
  it('is refused when it is a private key itself', async () => {
    for (const uri of [privateKey, digits]) await assert.rejects(open(uri), refused(/this is a private key itself/));
  });

  it('is refused when it has no known scheme', async () => {
    for (const uri of ['', 'keystore', 'vault:x', `ledger:${digits}`, `KEYSTORE:${digits}`]) {
      await assert.rejects(open(uri), refused(/begins with one of keystore:, pkcs11:/));
    }
  });

  it('is refused when nothing follows the scheme', async () => {
    for (const uri of ['keystore:', 'plain:', 'awskms:?region=x'])
      await assert.rejects(open(uri), refused(/nothing follows/));
  });

  it('is refused when it is in the clear and this is no devnet', async () => {
    await assert.rejects(open(`plain:${privateKey}`, false), refused(/allowed on a devnet only/));
  });

  it('is refused when what follows plain: is not a private key', async () => {
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
    await assert.rejects(open(`plain:${digits}`), refused(/followed by 0x and 64 hex digits/));
    await assert.rejects(open(`plain:${privateKey}00`), refused(/followed by 0x and 64 hex digits/));
    await assert.rejects(open(`plain:0x${'0'.repeat(64)}`), refused(/not a secp256k1 private key/));
    await assert.rejects(open(`plain:0x${order}`), refused(/not a secp256k1 private key/));
  });

  it('is refused when a private key to import is none, without showing it', () => {
    assert.throws(() => parsePrivateKey(`${digits}ff`), refused(/not a private key/));
    assert.throws(() => parsePrivateKey('0'.repeat(64)), refused(/out of range/));
  });
});

describe('showing a key URI', () => {
  it('shows no key, no PIN and no password', () => {
    assert.equal(redactKeyUri(`plain:${privateKey}`), 'plain:(not shown)');
    assert.equal(
      redactKeyUri('pkcs11:token=t?pin-value=1234&module-path=/m.so'),
      'pkcs11:token=t?pin-value=(not shown)&module-path=/m.so',
    );
    assert.equal(redactKeyUri('web3signer:https://me:secret@h:1?address=0x1'), 'web3signer:https://h:1?address=0x1');
    assert.equal(redactKeyUri('keystore:a?password-file=b'), 'keystore:a?password-file=b');
  });
});

describe('plain', () => {
  it('signs on a devnet, the same thing twice the same', async () => {
    const signer = await open(`plain:${privateKey}`);
    assert.equal(signer.address, address);
    await assertSigns(signer);
    assert.deepEqual(await signer.sign(preimage), await signer.sign(preimage));
    await assertSigns(signer, '0x');
  });

  it('does not show its key when it is printed', async () => {
    const signer = await open(`plain:${privateKey}`);
    assert.ok(!inspect(signer, { depth: 9, showHidden: true }).includes(digits));
    assert.ok(!JSON.stringify(signer).includes(digits));
  });

  it('signs nothing after close', async () => {
    const signer = await open(`plain:${privateKey}`);
    await signer.close();
    await assert.rejects(signer.sign(preimage), refusal(/is closed/, 1, digits));
  });
});

describe('observing a signer', () => {
  it('tells how long each signature took and how it went, and changes nothing', async () => {
    const seen: Signing[] = [];
    const signer = await open(`plain:${privateKey}`);
    const observed = observeSigner(signer, (signing) => seen.push(signing));
    assert.deepEqual(await observed.sign(preimage), await signer.sign(preimage));
    await observed.close();
    await assert.rejects(observed.sign(preimage), refusal(/is closed/, 1));
    assert.deepEqual(
      seen.map(({ outcome }) => outcome),
      ['ok', 'error'],
    );
    assert.ok(seen.every(({ seconds }) => seconds >= 0));
  });
});

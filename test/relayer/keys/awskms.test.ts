import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, it } from 'node:test';

import { openSigner } from '../../../relayer/keys/open-signer.ts';
import type { Signer } from '../../../relayer/keys/signer.ts';
import { credentials, type KmsServer, startKms } from './kms-server.ts';
import { assertSigns, makeKey, noPrompt, preimage, refusal } from './support.ts';

let server: KmsServer;
let signer: Signer | undefined;

const open = async (uri: string): Promise<Signer> =>
  (signer = await openSigner(uri, { allowPlain: false, password: noPrompt }));
const uri = (query = ''): string => `awskms:${server.keyId}?endpoint=${server.url}${query}`;
const refused = (message: RegExp, exitCode: 1 | 2) => refusal(message, exitCode, credentials.secret);

before(() => {
  // Where the SDK looks first.
  process.env.AWS_ACCESS_KEY_ID = credentials.id;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secret;
  delete process.env.AWS_SESSION_TOKEN;
});

beforeEach(async () => {
  server = await startKms();
});

afterEach(async () => {
  await signer?.close();
  signer = undefined;
  await server.stop();
});

describe('awskms that cannot be opened', () => {
  it('needs a region when the key is not an ARN', async () => {
    await assert.rejects(open('awskms:alias/pegway'), refused(/needs \?region=/, 2));
  });

  it('does not know a misspelt option', async () => {
    await assert.rejects(open(uri('&regoin=x')), refused(/has no option regoin/, 2));
  });

  it('names a key that is not there', async () => {
    await assert.rejects(open(uri().replace('1234abcd', 'ffffffff')), refused(/has no key arn:aws:kms/, 2));
  });

  it('refuses a key that is not secp256k1', async () => {
    server.keySpec = 'ECC_NIST_P256';
    await assert.rejects(open(uri()), refused(/is not secp256k1: it is ECC_NIST_P256/, 2));
  });

  it('refuses a public key of another curve, whatever the key spec says', async () => {
    server.spki = Buffer.from(`3059301306072a8648ce3d020106082a8648ce3d030107034200${'04'.repeat(65)}`, 'hex');
    await assert.rejects(open(uri()), refused(/is not a secp256k1 key/, 2));
  });

  it('refuses a key that does not sign', async () => {
    server.keyUsage = 'KEY_AGREEMENT';
    await assert.rejects(open(uri()), refused(/does not sign/, 2));
  });

  it('says that the credentials may not use the key', async () => {
    server.trouble.push('AccessDeniedException');
    await assert.rejects(open(uri()), refused(/refuses these credentials/, 2));
  });

  it('refuses wrong credentials without showing them', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'another-secret';
    try {
      await assert.rejects(open(uri()), refusal(/refuses the request’s signature/, 1, 'another-secret'));
    } finally {
      process.env.AWS_SECRET_ACCESS_KEY = credentials.secret;
    }
  });
});

describe('awskms', () => {
  it('refuses a signature by another key', async () => {
    const opened = await open(uri());
    server.signWith = makeKey().privateKey;
    await assert.rejects(opened.sign(preimage), refused(/the signature is not by 0x/, 1));
  });

  it('says that the key was disabled', async () => {
    const opened = await open(uri());
    server.trouble.push('DisabledException');
    await assert.rejects(opened.sign(preimage), refused(/is disabled/, 1));
  });

  it('gives up after the timeout, and signs again afterwards', async () => {
    const opened = await open(uri('&timeout=0.5'));
    server.trouble.push(undefined, undefined, undefined, undefined);
    await assert.rejects(opened.sign(preimage), refused(/has not answered for 0\.5 seconds/, 1));
    server.trouble.length = 0;
    await assertSigns(opened);
  });

  it('tries again when throttled, and says so when it goes on', async () => {
    const opened = await open(uri());
    server.trouble.push('ThrottlingException', 'ThrottlingException');
    await assertSigns(opened);
    server.trouble.push(...Array<string>(8).fill('ThrottlingException'));
    await assert.rejects(opened.sign(preimage), refused(/asked too often/, 1));
  });

  it('corrects for a clock that is an hour behind', async () => {
    server.aheadSeconds = 3600;
    await assertSigns(await open(uri()));
  });

  it('corrects for a clock that becomes wrong while running', async () => {
    const opened = await open(uri());
    await assertSigns(opened);
    server.aheadSeconds = -3600;
    await assertSigns(opened);
  });

  it('brings a signature of the upper half into the lower', async () => {
    const opened = await open(uri());
    for (const highS of [false, true]) {
      server.highS = highS;
      for (let index = 16; index < 32; index++) await assertSigns(opened, `0x${index.toString(16)}`);
    }
  });

  it('opens a key by its alias', async () => {
    const opened = await open(`awskms:alias/pegway?region=eu-central-1&endpoint=${server.url}`);
    assert.equal(opened.address, server.address);
    await assertSigns(opened);
  });

  it('signs many at once', async () => {
    const opened = await open(uri());
    await Promise.all(Array.from({ length: 40 }, () => assertSigns(opened)));
  });

  it('signs nothing after close', async () => {
    const opened = await open(uri());
    await opened.close();
    await assert.rejects(opened.sign(preimage), refused(/is closed/, 1));
  });
});

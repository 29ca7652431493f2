import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { hexToBytes } from 'viem';

import { createDomainKey, createEnvelopeFile, rewrapFile } from '../../relayer/keys/envelope/file.ts';
import type { Envelope } from '../../relayer/keys/envelope/key-hierarchy.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import { assertSigns, makeKey, noPrompt, refusal } from '../relayer/keys/support.ts';
import { library, makeSoftHsm, pin } from './softhsm.ts';

const hsm = makeSoftHsm();
const asked = { password: noPrompt, directory: '.' };
const options = { allowPlain: false, password: noPrompt };
const { privateKey, address } = makeKey();
const secrets = [pin, privateKey.slice(2)];
const refused = (message: RegExp) => refusal(message, 2, ...secrets);

const file = (name: string) => join(hsm.folder, name);
const uriOf = (path: string) => `envelope:${path}?pin-source=file:${hsm.pinFile}`;
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Envelope;
const rewrap = (path: string, tenant: boolean, domain?: string) =>
  rewrapFile(path, { ...asked, pin: `pin-source=file:${hsm.pinFile}`, tenant, domain });

/** A new envelope of the one key, under domain-1. */
async function make(name: string): Promise<string> {
  const path = file(name);
  assert.equal(await createEnvelopeFile(path, hexToBytes(privateKey), hsm.uri('domain-1'), asked), address);
  return path;
}

async function assertOpens(path: string): Promise<void> {
  const signer = await openSigner(uriOf(path), options);
  assert.equal(signer.address, address);
  await assertSigns(signer);
  await signer.close();
}

function change(path: string, edit: (envelope: Record<string, Record<string, unknown>>) => void): string {
  const envelope = read(path) as unknown as Record<string, Record<string, unknown>>;
  edit(envelope);
  writeFileSync(path, JSON.stringify(envelope));
  return path;
}

const turned = (hex: unknown) => `${String(hex).slice(0, -1)}${String(hex).endsWith('0') ? '1' : '0'}`;

before(async () => {
  await createDomainKey(hsm.uri('domain-1'), asked);
  await createDomainKey(hsm.uri('domain-2'), asked);
});

after(() => {
  hsm.remove();
});

describe('an envelope that does not open', () => {
  it('refuses a wrong PIN', async () => {
    const path = await make('pin.envelope');
    await assert.rejects(
      openSigner(`envelope:${path}?pin-value=not-the-pin`, options),
      refusal(/wrong PIN/, 2, 'not-the-pin'),
    );
  });

  it('refuses a file that others can read', async () => {
    const path = file('open.envelope');
    writeFileSync(path, readFileSync(await make('closed.envelope')), { mode: 0o644 });
    await assert.rejects(openSigner(uriOf(path), options), refused(/others than its owner can use the envelope/));
  });

  it('says that a file is no envelope', async () => {
    const path = file('none.envelope');
    writeFileSync(path, privateKey, { mode: 0o600 });
    await assert.rejects(openSigner(uriOf(path), options), refused(/is not an envelope: it is not JSON/));
    writeFileSync(path, '{"pegwayEnvelope":2}');
    await assert.rejects(
      openSigner(uriOf(path), options),
      refused(/is not an envelope, or a damaged one: wrong pegwayEnvelope/),
    );
  });

  it('refuses an envelope of which any part was changed', async () => {
    const parts = ['signingKey', 'dataKey', 'tenantKey'] as const;
    for (const part of parts) {
      for (const field of ['iv', 'ciphertext', 'tag']) {
        const path = change(await make(`${part}-${field}.envelope`), (envelope) => {
          envelope[part]![field] = turned(envelope[part]![field]);
        });
        await assert.rejects(openSigner(uriOf(path), options), refused(/does not open/));
      }
    }
    for (const part of ['dataKey', 'tenantKey', 'domainKey']) {
      const path = change(await make(`${part}-version.envelope`), (envelope) => {
        envelope[part]!.version = 7;
      });
      await assert.rejects(openSigner(uriOf(path), options), refused(/does not open/));
    }
    const path = change(await make('address.envelope'), (envelope) => {
      Object.assign(envelope, { address: makeKey().address });
    });
    await assert.rejects(openSigner(uriOf(path), options), refused(/does not open/));
  });

  it('refuses an envelope under another domain key, or one that the HSM does not have', async () => {
    const other = change(await make('other.envelope'), (envelope) => {
      envelope.domainKey!.uri = String(envelope.domainKey!.uri).replace('domain-1', 'domain-2');
    });
    await assert.rejects(openSigner(uriOf(other), options), refused(/the domain key "domain-2" .* does not open it/));
    const gone = change(await make('gone.envelope'), (envelope) => {
      envelope.domainKey!.uri = String(envelope.domainKey!.uri).replace('domain-1', 'domain-9');
    });
    await assert.rejects(openSigner(uriOf(gone), options), refused(/there is no AES key "domain-9"/));
  });

  it('makes no second domain key of a name, and no domain key outside an HSM', async () => {
    await assert.rejects(
      createDomainKey(hsm.uri('domain-1'), asked),
      refused(/there is an AES key "domain-1" .* already/),
    );
    await assert.rejects(createDomainKey('keystore:x', asked), refused(/a domain key is in an HSM/));
  });
});

describe('an envelope', () => {
  it('opens through the HSM and signs; the file holds neither key nor PIN, and only its owner can read it', async () => {
    const path = await make('good.envelope');
    await assertOpens(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const text = readFileSync(path, 'utf8');
    for (const secret of [...secrets, hsm.pinFile]) assert.ok(!text.includes(secret));
    const { dataKey, tenantKey, domainKey } = read(path);
    assert.deepEqual([dataKey.version, tenantKey.version, domainKey.version], [1, 1, 1]);
  });

  it('asks for the PIN when the URI names no place for it', async () => {
    const path = await make('asked.envelope');
    const signer = await openSigner(`envelope:${path}`, { allowPlain: false, password: () => Promise.resolve(pin) });
    await assertSigns(signer);
  });

  it('opens on a machine where the library is elsewhere', async () => {
    const path = change(await make('moved.envelope'), (envelope) => {
      envelope.domainKey!.uri = String(envelope.domainKey!.uri).replace(library, '/elsewhere/lib.so');
    });
    await assert.rejects(openSigner(uriOf(path), options), refused(/cannot load the HSM library \/elsewhere\/lib\.so/));
    await assertSigns(await openSigner(`${uriOf(path)}&module-path=${library}`, options));
  });

  it('gets a new tenant key; signing key and data key stay, and the copy of before still opens', async () => {
    const path = await make('tenant.envelope');
    const old = file('tenant-old.envelope');
    copyFileSync(path, old);
    const { dataKey, tenantKey, domainKey } = await rewrap(path, true);
    assert.deepEqual([dataKey.version, tenantKey.version, domainKey.version], [1, 2, 1]);
    assert.deepEqual(read(path).signingKey, read(old).signingKey);
    assert.notDeepEqual(read(path).dataKey, read(old).dataKey);
    await assertOpens(path);
    await assertOpens(old);
  });

  it('moves to another domain key, and the copy of before still opens', async () => {
    const path = await make('domain.envelope');
    const old = file('domain-old.envelope');
    copyFileSync(path, old);
    const { tenantKey, domainKey } = await rewrap(path, false, hsm.uri('domain-2'));
    assert.deepEqual([tenantKey.version, domainKey.version], [1, 2]);
    assert.match(domainKey.uri, /object=domain-2/);
    assert.ok(!domainKey.uri.includes('pin-source'));
    assert.deepEqual(read(path).signingKey, read(old).signingKey);
    await assertOpens(path);
    await assertOpens(old);
  });

  it('takes no part of an older version', async () => {
    const path = await make('mixed.envelope');
    const { tenantKey } = read(path);
    await rewrap(path, true);
    change(path, (envelope) => {
      envelope.tenantKey = tenantKey;
    });
    await assert.rejects(openSigner(uriOf(path), options), refused(/does not open/));
  });

  it('stays as it was when rewrapping fails', async () => {
    const path = await make('failed.envelope');
    const text = readFileSync(path, 'utf8');
    await assert.rejects(rewrap(path, true, hsm.uri('domain-9')), refused(/there is no AES key "domain-9"/));
    assert.equal(readFileSync(path, 'utf8'), text);
  });
});

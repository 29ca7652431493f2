import { randomBytes } from 'node:crypto';

import { messageOf } from '../../../protocol/errors.ts';
import { usageError } from '../key-error.ts';
import type { Cryptoki, Handle, Library } from '../pkcs11/cryptoki.ts';
import { type Hsm, withSession } from '../pkcs11/hsm.ts';
import { findObjects } from '../pkcs11/token.ts';
import { nameOfObject, nameOfToken } from '../pkcs11/uri.ts';
import { newIv, type Sealed } from './aes-gcm.ts';

const tagBytes = 16;

function find({ cryptoki, uri }: Hsm, library: Library, session: Handle): Handle[] {
  const { pkcs11 } = cryptoki;
  const template: { type: number; value: number | string | Buffer }[] = [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_AES },
  ];
  if (uri.object !== undefined) template.push({ type: pkcs11.CKA_LABEL, value: uri.object });
  if (uri.id !== undefined) template.push({ type: pkcs11.CKA_ID, value: uri.id });
  return findObjects(library, session, template);
}

function findOne(hsm: Hsm, library: Library, session: Handle): Handle {
  const { uri } = hsm;
  const [key, second] = find(hsm, library, session);
  if (key === undefined) {
    throw usageError(`there is no AES key ${nameOfObject(uri)} in ${nameOfToken(uri)}`, {
      hint: '`pegway keys domain` makes a domain key',
    });
  }
  if (second !== undefined) throw usageError(`several AES keys in ${nameOfToken(uri)} are ${nameOfObject(uri)}`);
  return key;
}

function gcm({ pkcs11 }: Cryptoki, iv: Buffer, context: string) {
  const parameter = {
    type: pkcs11.CK_PARAMS_AES_GCM_v240,
    iv,
    ivBits: iv.length * 8,
    aad: Buffer.from(context),
    tagBits: tagBytes * 8,
  };
  return { mechanism: pkcs11.CKM_AES_GCM, parameter };
}

/** Makes an AES-256 key that never leaves the HSM. */
export async function generateDomainKey(hsm: Hsm): Promise<void> {
  const { cryptoki, uri } = hsm;
  const { pkcs11 } = cryptoki;
  const { object } = uri;
  if (object === undefined) throw usageError('a new domain key needs a label: object= in the URI');
  await withSession(hsm, (library, session) => {
    if (find(hsm, library, session).length > 0) {
      throw usageError(`there is an AES key ${nameOfObject(uri)} in ${nameOfToken(uri)} already`);
    }
    library.C_GenerateKey(session, { mechanism: pkcs11.CKM_AES_KEY_GEN }, [
      { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
      { type: pkcs11.CKA_TOKEN, value: true },
      { type: pkcs11.CKA_PRIVATE, value: true },
      { type: pkcs11.CKA_SENSITIVE, value: true },
      { type: pkcs11.CKA_EXTRACTABLE, value: false },
      { type: pkcs11.CKA_ENCRYPT, value: true },
      { type: pkcs11.CKA_DECRYPT, value: true },
      { type: pkcs11.CKA_VALUE_LEN, value: 32 },
      { type: pkcs11.CKA_LABEL, value: object },
      { type: pkcs11.CKA_ID, value: uri.id ?? randomBytes(16) },
    ]);
  });
}

/** AES-256-GCM inside the HSM. */
export async function sealInHsm(hsm: Hsm, plain: Buffer, context: string): Promise<Sealed> {
  return withSession(hsm, async (library, session) => {
    const iv = newIv();
    library.C_EncryptInit(session, gcm(hsm.cryptoki, iv, context), findOne(hsm, library, session));
    const sealed = await library.C_EncryptAsync(session, plain, Buffer.alloc(plain.length + 64));
    const end = sealed.length - tagBytes;
    return {
      iv: iv.toString('hex'),
      ciphertext: sealed.subarray(0, end).toString('hex'),
      tag: sealed.subarray(end).toString('hex'),
    };
  });
}

export async function unsealInHsm(hsm: Hsm, { iv, ciphertext, tag }: Sealed, context: string): Promise<Buffer> {
  return withSession(hsm, async (library, session) => {
    const sealed = Buffer.from(ciphertext + tag, 'hex');
    const key = findOne(hsm, library, session);
    try {
      library.C_DecryptInit(session, gcm(hsm.cryptoki, Buffer.from(iv, 'hex'), context), key);
      return await library.C_DecryptAsync(session, sealed, Buffer.alloc(sealed.length + 64));
    } catch (cause) {
      // A tag that does not fit has as many return values as there are HSMs.
      throw usageError(
        `the domain key ${nameOfObject(hsm.uri)} in ${nameOfToken(hsm.uri)} does not open it: ${messageOf(cause)}`,
        {
          cause,
          hint: 'another key of the same name, or the file was changed: compare it with its backup',
        },
      );
    }
  });
}

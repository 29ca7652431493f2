import { randomBytes } from 'node:crypto';

import type { Address } from 'viem';

import { usageError } from '../key-error.ts';
import { parseKeyUri } from '../key-uri.ts';
import { promptHidden } from '../password.ts';
import { addressOfPoint } from '../secp256k1.ts';
import type { OpenOptions } from '../signer.ts';
import type { Cryptoki, Handle, Library } from './cryptoki.ts';
import { openHsm, withSession } from './hsm.ts';
import { findObjects } from './token.ts';
import { nameOfObject, nameOfToken, type Pkcs11Uri } from './uri.ts';

/** The object identifier 1.3.132.0.10 in DER. */
const secp256k1 = Buffer.from('06052b8104000a', 'hex');

export interface EcKey {
  readonly privateKey: Handle;
  readonly address: Address;
}

interface Attribute {
  readonly type: number;
  readonly value: number | string | Buffer;
}

function read(library: Library, session: Handle, object: Handle, type: number): Buffer {
  const [attribute] = library.C_GetAttributeValue(session, object, [{ type }]);
  return Buffer.isBuffer(attribute?.value) ? attribute.value : Buffer.alloc(0);
}

function requireSecp256k1(cryptoki: Cryptoki, library: Library, session: Handle, key: Handle, uri: Pkcs11Uri): void {
  const { pkcs11 } = cryptoki;
  const other = () => usageError(`the key ${nameOfObject(uri)} in ${nameOfToken(uri)} is not a secp256k1 key`);
  if (read(library, session, key, pkcs11.CKA_KEY_TYPE).readUInt32LE() !== pkcs11.CKK_EC) throw other();
  if (!read(library, session, key, pkcs11.CKA_EC_PARAMS).equals(secp256k1)) throw other();
}

function readPoint(cryptoki: Cryptoki, library: Library, session: Handle, privateKey: Handle, uri: Pkcs11Uri): Buffer {
  const { pkcs11 } = cryptoki;
  const id = read(library, session, privateKey, pkcs11.CKA_ID);
  const label = read(library, session, privateKey, pkcs11.CKA_LABEL);
  const same = id.length > 0 ? { type: pkcs11.CKA_ID, value: id } : { type: pkcs11.CKA_LABEL, value: label };
  const [publicKey] = findObjects(library, session, [{ type: pkcs11.CKA_CLASS, value: pkcs11.CKO_PUBLIC_KEY }, same]);
  if (publicKey === undefined) {
    throw usageError(`the key ${nameOfObject(uri)} in ${nameOfToken(uri)} has no public key beside it`, {
      hint: 'store its public key under the same id: an HSM does not reveal it otherwise',
    });
  }
  const point = read(library, session, publicKey, pkcs11.CKA_EC_POINT);
  // The standard wraps the point into an OCTET STRING; some HSMs do not.
  return point.length === 67 && point[0] === 4 && point[1] === 65 ? point.subarray(2) : point;
}

function describe(cryptoki: Cryptoki, uri: Pkcs11Uri): Attribute[] {
  const { pkcs11 } = cryptoki;
  const template: Attribute[] = [{ type: pkcs11.CKA_CLASS, value: pkcs11.CKO_PRIVATE_KEY }];
  if (uri.object !== undefined) template.push({ type: pkcs11.CKA_LABEL, value: uri.object });
  if (uri.id !== undefined) template.push({ type: pkcs11.CKA_ID, value: uri.id });
  return template;
}

/** The one private key that the URI names, with the address of its public key. */
export function findEcKey(cryptoki: Cryptoki, library: Library, session: Handle, uri: Pkcs11Uri): EcKey {
  const [privateKey, second] = findObjects(library, session, describe(cryptoki, uri));
  if (privateKey === undefined) {
    throw usageError(`there is no private key ${nameOfObject(uri)} in ${nameOfToken(uri)}`, {
      hint: 'object= is its label, id= its id; `pegway keys new --hsm` makes one',
    });
  }
  if (second !== undefined) {
    throw usageError(`several private keys in ${nameOfToken(uri)} are ${nameOfObject(uri)}`, {
      hint: 'add id= to the URI',
    });
  }
  requireSecp256k1(cryptoki, library, session, privateKey, uri);
  return { privateKey, address: addressOfPoint(readPoint(cryptoki, library, session, privateKey, uri)) };
}

/** Makes a key in the HSM that never leaves it. */
export function generateEcKey(cryptoki: Cryptoki, library: Library, session: Handle, uri: Pkcs11Uri): EcKey {
  const { pkcs11 } = cryptoki;
  if (uri.object === undefined) throw usageError('a new key needs a label: object= in the URI');
  if (findObjects(library, session, describe(cryptoki, uri)).length > 0) {
    throw usageError(`there is a private key ${nameOfObject(uri)} in ${nameOfToken(uri)} already`, {
      hint: 'choose another object=; none is ever overwritten',
    });
  }
  const common = [
    { type: pkcs11.CKA_TOKEN, value: true },
    { type: pkcs11.CKA_LABEL, value: uri.object },
    { type: pkcs11.CKA_ID, value: uri.id ?? randomBytes(16) },
  ];
  library.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11.CKM_EC_KEY_PAIR_GEN },
    [...common, { type: pkcs11.CKA_EC_PARAMS, value: secp256k1 }, { type: pkcs11.CKA_VERIFY, value: true }],
    [
      ...common,
      { type: pkcs11.CKA_PRIVATE, value: true },
      { type: pkcs11.CKA_SENSITIVE, value: true },
      { type: pkcs11.CKA_EXTRACTABLE, value: false },
      { type: pkcs11.CKA_SIGN, value: true },
    ],
  );
  return findEcKey(cryptoki, library, session, uri);
}

/** Makes a signing key in the HSM that a `pkcs11:` URI names, under the label in `object=`. */
export async function generateHsmKey(
  text: string,
  { password = promptHidden, directory = '.' }: OpenOptions,
): Promise<Address> {
  const uri = parseKeyUri(text);
  if (uri.scheme !== 'pkcs11') throw usageError(`a key in an HSM is named by pkcs11:, this is ${uri.scheme}:`);
  const hsm = await openHsm(uri, { password, directory });
  try {
    const key = await withSession(hsm, (library, session) => generateEcKey(hsm.cryptoki, library, session, hsm.uri));
    return key.address;
  } finally {
    await hsm.cryptoki.close();
  }
}

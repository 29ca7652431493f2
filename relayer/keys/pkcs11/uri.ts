import { usageError } from '../key-error.ts';

/** The parts of an RFC 7512 URI that Pegway uses. */
export interface Pkcs11Uri {
  readonly token: string | undefined;
  readonly serial: string | undefined;
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
  readonly slotId: number | undefined;
  readonly object: string | undefined;
  readonly id: Buffer | undefined;
  readonly modulePath: string;
  readonly pinSource: string | undefined;
  readonly pinValue: string | undefined;
}

const pathNames = ['token', 'serial', 'manufacturer', 'model', 'slot-id', 'object', 'id', 'type'];
const queryNames = ['module-path', 'pin-source', 'pin-value'];

/** %-escapes may stand for bytes that are no text (`id`), so they are undone byte by byte. */
function unescape(text: string, name: string): Buffer {
  if (/%(?![0-9a-f]{2})/i.test(text))
    throw usageError(`pkcs11: ${name} has a % that is not followed by two hex digits`);
  const parts = text
    .split(/(%[0-9a-f]{2})/i)
    .map((part, index) => (index % 2 === 1 ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part, 'utf8')));
  return Buffer.concat(parts);
}

function readAttributes(text: string, separator: string, known: readonly string[]): Map<string, Buffer> {
  const attributes = new Map<string, Buffer>();
  for (const part of text.split(separator).filter((each) => each !== '')) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    // SECURITY: only the name is quoted; a PIN may stand in a value.
    if (equals < 0 || !known.includes(name)) {
      throw usageError(`pkcs11: does not know ${equals < 0 ? 'a part without =' : name.slice(0, 40)}`, {
        hint: `it knows ${known.join(', ')}`,
      });
    }
    if (attributes.has(name)) throw usageError(`pkcs11: names ${name} twice`);
    attributes.set(name, unescape(part.slice(equals + 1), name));
  }
  return attributes;
}

/** @param path all between `pkcs11:` and `?`. @param query all after `?`. */
export function parsePkcs11Uri(path: string, query: string): Pkcs11Uri {
  const inPath = readAttributes(path, ';', pathNames);
  const inQuery = readAttributes(query, '&', queryNames);

  const modulePath = inQuery.get('module-path')?.toString();
  if (modulePath === undefined || modulePath === '') {
    throw usageError('pkcs11: needs ?module-path=, the library of the HSM', {
      hint: 'for SoftHSM on Debian: ?module-path=/usr/lib/softhsm/libsofthsm2.so',
    });
  }
  if (inQuery.has('pin-source') && inQuery.has('pin-value'))
    throw usageError('pkcs11: has both pin-source and pin-value');
  const slot = inPath.get('slot-id')?.toString();
  if (slot !== undefined && !/^\d{1,15}$/.test(slot)) throw usageError('pkcs11: slot-id is not a number');

  const id = inPath.get('id');
  return {
    token: inPath.get('token')?.toString(),
    serial: inPath.get('serial')?.toString(),
    manufacturer: inPath.get('manufacturer')?.toString(),
    model: inPath.get('model')?.toString(),
    slotId: slot === undefined ? undefined : Number(slot),
    object: inPath.get('object')?.toString(),
    id: id === undefined || id.length === 0 ? undefined : id,
    modulePath,
    pinSource: inQuery.get('pin-source')?.toString(),
    pinValue: inQuery.get('pin-value')?.toString(),
  };
}

/** How errors and prompts name a token. */
export function nameOfToken({ token, serial, slotId, modulePath }: Pkcs11Uri): string {
  if (token !== undefined) return `token "${token}"`;
  if (serial !== undefined) return `the token of serial ${serial}`;
  return slotId === undefined ? `the token of ${modulePath}` : `the token in slot ${slotId}`;
}

export function nameOfObject({ object, id }: Pkcs11Uri): string {
  return object === undefined ? `of id ${id?.toString('hex') ?? 'any'}` : `"${object}"`;
}

import { usageError } from './key-error.ts';

export const schemes = ['keystore', 'pkcs11', 'web3signer', 'awskms', 'envelope', 'plain'] as const;

export type Scheme = (typeof schemes)[number];

export interface KeyUri {
  readonly scheme: Scheme;
  /** All between `scheme:` and `?`, still as written. */
  readonly path: string;
  /** All after `?`, still as written; '' when there is none. */
  readonly query: string;
}

const isScheme = (text: string): text is Scheme => schemes.some((scheme) => scheme === text);

/** SECURITY: the text may be a private key without a scheme, so it is never quoted. */
function unknownScheme(text: string): Error {
  const known = schemes.map((scheme) => `${scheme}:`).join(', ');
  if (/^(0x)?[0-9a-f]{64}$/i.test(text)) {
    return usageError('a key is named by a URI; this is a private key itself', {
      hint: 'put it into a keystore: pegway keys import KEYSTORE-FILE',
    });
  }
  return usageError(`a key URI begins with one of ${known}`, { hint: 'docs/keys.md has an example of each' });
}

export function parseKeyUri(text: string): KeyUri {
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.*)$/s.exec(text) ?? [];
  if (!isScheme(scheme)) throw unknownScheme(text);
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  if (path === '')
    throw usageError(`nothing follows ${scheme}: in the key URI`, { hint: 'docs/keys.md has an example' });
  return { scheme, path, query: mark < 0 ? '' : rest.slice(mark + 1) };
}

/** A path that may be written with %-escapes, as in any URI. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw usageError('the key URI has a % that is not followed by two hex digits', { hint: 'write a % itself as %25' });
  }
}

/** The options after `?`. Refuses unknown ones: a misspelt option must not lead to a password prompt. */
export function parseOptions({ scheme, query }: KeyUri, known: readonly string[]): URLSearchParams {
  const options = new URLSearchParams(query);
  for (const key of options.keys()) {
    if (known.includes(key)) continue;
    const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw usageError(`${scheme}: has no option ${key.slice(0, 40)}; ${has}`);
  }
  return options;
}

/** The URI for logs and status: without private key, PIN and password. */
export function redactKeyUri(text: string): string {
  const uri = parseKeyUri(text);
  if (uri.scheme === 'plain') return 'plain:(not shown)';
  const withoutUser = text.replace(/\/\/[^/@?]*@/, '//');
  return withoutUser.replace(/((?:pin-value|password)=)[^&;]*/gi, '$1(not shown)');
}

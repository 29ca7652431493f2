import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Address, getAddress, type Hex, isAddress, keccak256 } from 'viem';

import { KeyError, usageError } from './key-error.ts';
import { decodePath, type KeyUri, parseOptions } from './key-uri.ts';
import { addressOfPoint } from './secp256k1.ts';
import { readSecretFile } from './secret-file.ts';
import { normalizeSignature, readSignature } from './signature.ts';
import type { OpenContext, Signer } from './signer.ts';
import { parseTimeout } from './timeout.ts';
import { type HttpEndpoint, httpEndpoint } from './web3signer-http.ts';

const options = ['address', 'client-cert', 'client-key', 'ca', 'timeout', 'allow-http'] as const;

function readPem(file: string | null, what: string, directory: string): Buffer | undefined {
  if (file === null) return undefined;
  const path = resolve(directory, file);
  if (what === 'client key') return Buffer.from(readSecretFile(path, what));
  try {
    return readFileSync(path);
  } catch (cause) {
    throw usageError(`cannot read the ${what} ${path}`, { cause });
  }
}

function readUrl(path: string, allowHttp: boolean): URL {
  const url = URL.parse(decodePath(path));
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageError('web3signer: is followed by an http:// or https:// URL');
  if (url.username !== '' || url.password !== '') {
    throw usageError('web3signer: takes no user and password in its URL', { hint: 'use client-cert= and client-key=' });
  }
  const isOwn = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  // SECURITY: any client of Web3Signer can sign; without TLS that includes everyone on the network path.
  if (url.protocol === 'http:' && !isOwn && !allowHttp) {
    throw usageError(`web3signer: would speak to ${url.host} in the clear`, {
      hint: 'use https:// with client-cert= and client-key=; or allow-http=true on a network of your own',
    });
  }
  return url;
}

/** Web3Signer names keys by their public key: 64 bytes x ‖ y, some versions with the 04 in front. */
async function findIdentifier(http: HttpEndpoint, address: Address): Promise<string> {
  const listed: unknown = JSON.parse(await http.get('/api/v1/eth1/publicKeys'));
  if (!Array.isArray(listed)) throw new KeyError(`${http.name} does not list its eth1 keys`);
  for (const each of listed) {
    const digits = typeof each === 'string' ? each.replace(/^0x/, '') : '';
    const point = Buffer.from(digits.length === 128 ? `04${digits}` : digits, 'hex');
    if (point.length === 65 && point[0] === 4 && addressOfPoint(point) === address) return String(each);
  }
  throw usageError(`${http.name} has no key of ${address}; it lists ${listed.length}`, {
    hint: 'is its key file loaded, and is it started with eth1?',
  });
}

/**
 * A key in Consensys Web3Signer (`eth1`). It hashes the preimage itself, so it can inspect the statement. Every
 * signature is verified before it is returned.
 */
export async function openWeb3Signer(uri: KeyUri, context: OpenContext): Promise<Signer> {
  const query = parseOptions(uri, options);
  const asked = query.get('address');
  if (asked === null || !isAddress(asked, { strict: false })) {
    throw usageError('web3signer: needs ?address=0x…, the address of the key');
  }
  const address = getAddress(asked);
  const cert = readPem(query.get('client-cert'), 'client certificate', context.directory);
  const key = readPem(query.get('client-key'), 'client key', context.directory);
  if ((cert === undefined) !== (key === undefined))
    throw usageError('web3signer: needs client-cert and client-key together');

  const http = httpEndpoint(readUrl(uri.path, query.get('allow-http') === 'true'), {
    ca: readPem(query.get('ca'), 'CA certificate', context.directory),
    cert,
    key,
    seconds: parseTimeout(query),
    signal: context.signal,
  });
  let identifier: string;
  try {
    identifier = await findIdentifier(http, address);
  } catch (error) {
    http.close();
    if (error instanceof KeyError) throw error;
    throw new KeyError(`${http.name} does not answer as Web3Signer does`, { cause: error });
  }
  let open = true;

  async function sign(preimage: Hex): Promise<Uint8Array> {
    const answer = await http.post(`/api/v1/eth1/sign/${identifier}`, JSON.stringify({ data: preimage }));
    if (!/^0x[0-9a-f]{130}$/i.test(answer.trim()))
      throw new KeyError(`${http.name} answered with no signature of 65 bytes`);
    return Buffer.from(answer.trim().slice(2), 'hex');
  }

  return {
    address,
    sign: async (preimage) => {
      if (!open) throw new KeyError(`the key of ${address} is closed`);
      // r ‖ s ‖ v; v is found anew, as for every back end.
      const signature = (await sign(preimage)).subarray(0, 64);
      return normalizeSignature(readSignature(signature), keccak256(preimage, 'bytes'), address);
    },
    close: () => {
      open = false;
      http.close();
      return Promise.resolve();
    },
  };
}

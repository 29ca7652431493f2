import type * as Sdk from '@aws-sdk/client-kms';
import { type Address, keccak256 } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import { KeyError, usageError } from './key-error.ts';
import { decodePath, type KeyUri, parseOptions } from './key-uri.ts';
import { importOptional } from './optional-package.ts';
import { addressOfSpki } from './secp256k1.ts';
import { normalizeSignature, readSignature } from './signature.ts';
import type { OpenContext, Signer } from './signer.ts';
import { parseTimeout } from './timeout.ts';

function regionOf(keyId: string): string | undefined {
  return /^arn:aws[a-z-]*:kms:([a-z0-9-]+):/.exec(keyId)?.[1];
}

function readEndpoint(text: string | null): { endpoint: string } | undefined {
  if (text === null) return undefined;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw usageError('awskms: endpoint is an http:// or https:// URL');
  return { endpoint: text };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Translates an error of AWS. SECURITY: its messages may name account numbers, but never credentials. */
function explain(error: unknown, keyId: string, seconds: number): KeyError {
  if (error instanceof KeyError) return error;
  const cause = error;
  switch (nameOf(error)) {
    case 'NotFoundException':
      return usageError(`AWS KMS has no key ${keyId} in this region`, {
        cause,
        hint: 'name it by its ARN, or add region=',
      });
    case 'AccessDeniedException':
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
      return usageError(`AWS KMS refuses these credentials the key ${keyId}`, {
        cause,
        hint: 'they need kms:Sign and kms:GetPublicKey on it',
      });
    case 'CredentialsProviderError':
      return usageError('there are no AWS credentials', { cause, hint: 'the AWS SDK’s own places are looked at' });
    case 'DisabledException':
    case 'KMSInvalidStateException':
      return new KeyError(`the key ${keyId} in AWS KMS is disabled or going to be deleted`, { cause });
    case 'InvalidKeyUsageException':
    case 'UnsupportedOperationException':
      return usageError(`the key ${keyId} in AWS KMS does not sign`, {
        cause,
        hint: 'make it with ECC_SECG_P256K1, SIGN_VERIFY',
      });
    case 'ThrottlingException':
    case 'TooManyRequestsException':
    case 'LimitExceededException':
      return new KeyError('AWS KMS is asked too often', {
        cause,
        code: 'throttled',
        hint: 'ask AWS for a higher quota',
      });
    case 'TimeoutError':
    case 'AbortError':
      return new KeyError(`AWS KMS has not answered for ${seconds} seconds`, { cause, code: 'timeout' });
    case 'InvalidSignatureException':
    case 'RequestExpired':
    case 'RequestTimeTooSkewed':
      return new KeyError('AWS KMS refuses the request’s signature', {
        cause,
        code: 'clock-skew',
        hint: 'are the credentials right, and this machine’s clock?',
      });
    default:
      return new KeyError(`AWS KMS: ${messageOf(error) || nameOf(error)}`, { cause });
  }
}

async function readAddress(client: Sdk.KMSClient, sdk: typeof Sdk, keyId: string): Promise<Address> {
  const { PublicKey, KeySpec, KeyUsage } = await client.send(new sdk.GetPublicKeyCommand({ KeyId: keyId }));
  if (KeySpec !== 'ECC_SECG_P256K1') {
    throw usageError(`the key ${keyId} in AWS KMS is not secp256k1: it is ${KeySpec ?? 'unknown'}`, {
      hint: 'make it with the key spec ECC_SECG_P256K1',
    });
  }
  if (KeyUsage !== 'SIGN_VERIFY')
    throw usageError(`the key ${keyId} in AWS KMS does not sign: it is for ${KeyUsage ?? 'nothing'}`);
  return addressOfSpki(PublicKey ?? new Uint8Array(), `the key ${keyId} in AWS KMS`);
}

/**
 * A key in AWS KMS (`ECC_SECG_P256K1`). The SDK retries throttled requests and corrects clock skew. Credentials come
 * from the SDK's default provider chain; the URI holds none.
 */
export async function openAwsKms(uri: KeyUri, { signal }: OpenContext): Promise<Signer> {
  const query = parseOptions(uri, ['region', 'endpoint', 'timeout']);
  const keyId = decodePath(uri.path);
  const seconds = parseTimeout(query);
  const endpoint = readEndpoint(query.get('endpoint'));
  const region = query.get('region') ?? regionOf(keyId);
  if (region === undefined) throw usageError('awskms: needs ?region=, or the key’s ARN, which names it');

  const sdk = await importOptional(() => import('@aws-sdk/client-kms'), {
    name: '@aws-sdk/client-kms',
    scheme: 'awskms:',
  });
  const client = new sdk.KMSClient({
    region,
    ...endpoint,
    maxAttempts: 4,
    requestHandler: { requestTimeout: seconds * 1000, connectionTimeout: seconds * 1000, throwOnRequestTimeout: true },
  });

  const ask = async <T>(work: (abort: AbortSignal) => Promise<T>): Promise<T> => {
    // The SDK limits each attempt; this limits all of them.
    const late = AbortSignal.timeout(seconds * 1000);
    try {
      return await work(signal === undefined ? late : AbortSignal.any([late, signal]));
    } catch (error) {
      throw explain(error, keyId, seconds);
    }
  };

  const address = await ask(() => readAddress(client, sdk, keyId)).catch((error: unknown) => {
    client.destroy();
    throw error;
  });
  let open = true;

  return {
    address,
    sign: async (preimage) => {
      if (!open) throw new KeyError(`the key of ${address} is closed`);
      const digest = keccak256(preimage, 'bytes');
      const command = new sdk.SignCommand({
        KeyId: keyId,
        Message: digest,
        // Declares these 32 bytes as the digest. ECDSA does not depend on the hash function, which is Keccak here.
        MessageType: 'DIGEST',
        SigningAlgorithm: 'ECDSA_SHA_256',
      });
      const { Signature } = await ask((abortSignal) => client.send(command, { abortSignal }));
      return normalizeSignature(readSignature(Signature ?? new Uint8Array()), digest, address);
    },
    close: () => {
      open = false;
      client.destroy();
      return Promise.resolve();
    },
  };
}

// A server that speaks AWS KMS's JSON protocol (x-amz-json-1.1) with a real key behind it, and checks each request's
// Signature Version 4 and its clock, as AWS does.
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Hex, hexToBigInt, hexToBytes, toHex } from 'viem';
import { sign } from 'viem/accounts';

import { type LocalServer, readBody, startServer } from './servers.ts';
import { makeKey } from './support.ts';

export const credentials = { id: 'AKIDPEGWAYTEST', secret: 'aws-secret-of-the-test/abcdef' };

export interface KmsServer extends LocalServer {
  readonly address: Hex;
  readonly keyId: string;
  /** Responses that precede the correct ones: the name of an exception, or undefined for no response. */
  readonly trouble: (string | undefined)[];
  signWith: Hex;
  keySpec: string;
  keyUsage: string;
  spki: Buffer;
  /** How far AWS's clock is ahead of this machine's. */
  aheadSeconds: number;
  /** True to return s in the upper half, as AWS does half of the time. */
  highS: boolean;
  asked: number;
}

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The request's signature, computed as AWS does from the received bytes. */
function signatureV4(request: IncomingMessage, body: string, scope: string, signedHeaders: string): string {
  const [date = '', region = '', service = ''] = scope.split('/');
  const headers = signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, request.url, '', headers.join(''), signedHeaders, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${credentials.secret}`, date), region), service), 'aws4_request');
  return hmac(key, text).toString('hex');
}

/** Name of the error in the request's signature; undefined when it is valid. */
function refuse(request: IncomingMessage, body: string, now: number): string | undefined {
  const authorization = request.headers.authorization ?? '';
  const match = /Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)/.exec(authorization);
  const [, id, scope = '', signedHeaders = '', signature] = match ?? [];
  if (id !== credentials.id) return 'UnrecognizedClientException';
  const stamp = String(request.headers['x-amz-date']).replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  // AWS tolerates five minutes.
  if (!(Math.abs(Date.parse(stamp) - now) < 300_000)) return 'InvalidSignatureException';
  return signatureV4(request, body, scope, signedHeaders) === signature ? undefined : 'InvalidSignatureException';
}

function derInteger(value: bigint): Buffer {
  const bytes = Buffer.from(hexToBytes(toHex(value)));
  const padded = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, padded.length]), padded]);
}

async function signDer(digest: Buffer, privateKey: Hex, highS: boolean): Promise<Buffer> {
  const { r, s } = await sign({ hash: `0x${digest.toString('hex')}`, privateKey });
  const low = hexToBigInt(s);
  const body = Buffer.concat([derInteger(hexToBigInt(r)), derInteger(highS ? order - low : low)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

export async function startKms(): Promise<KmsServer> {
  const { privateKey, address, publicKey } = makeKey();
  const keyId = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

  async function respond(request: IncomingMessage, body: string): Promise<object | string> {
    const refused = refuse(request, body, Date.now() + state.aheadSeconds * 1000);
    if (refused !== undefined) return refused;
    const input = JSON.parse(body) as { KeyId: string; Message: string; MessageType: string; SigningAlgorithm: string };
    if (input.KeyId !== keyId && input.KeyId !== 'alias/pegway') return 'NotFoundException';
    switch (request.headers['x-amz-target']) {
      case 'TrentService.GetPublicKey':
        return {
          KeyId: keyId,
          KeySpec: state.keySpec,
          KeyUsage: state.keyUsage,
          PublicKey: state.spki.toString('base64'),
        };
      case 'TrentService.Sign': {
        if (input.MessageType !== 'DIGEST' || input.SigningAlgorithm !== 'ECDSA_SHA_256') return 'ValidationException';
        const signature = await signDer(Buffer.from(input.Message, 'base64'), state.signWith, state.highS);
        return { KeyId: keyId, Signature: signature.toString('base64'), SigningAlgorithm: input.SigningAlgorithm };
      }
      default:
        return 'UnknownOperationException';
    }
  }

  function send(response: ServerResponse, answer: object | string): void {
    // AWS's clock, from which the SDK derives its clock offset.
    response.setHeader('date', new Date(Date.now() + state.aheadSeconds * 1000).toUTCString());
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    const failed = typeof answer === 'string';
    response
      .writeHead(failed ? 400 : 200)
      .end(JSON.stringify(failed ? { __type: answer, message: 'as told' } : answer));
  }

  const server = await startServer((request, response) => {
    state.asked += 1;
    const isTroubled = state.trouble.length > 0;
    const trouble = state.trouble.shift();
    readBody(request)
      .then(async (body) => {
        if (!isTroubled) send(response, await respond(request, body));
        else if (trouble !== undefined) send(response, trouble);
      })
      .catch(() => response.destroy());
  });

  const state: KmsServer = {
    ...server,
    address,
    keyId,
    trouble: [],
    signWith: privateKey,
    keySpec: 'ECC_SECG_P256K1',
    keyUsage: 'SIGN_VERIFY',
    spki: Buffer.concat([Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex'), hexToBytes(publicKey)]),
    aheadSeconds: 0,
    highS: false,
    asked: 0,
  };
  return state;
}

// A server that speaks Web3Signer's eth1 API (core/src/main/resources/openapi-specs/eth1) with a real key behind it.
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from 'node:tls';

import { type Hex, keccak256 } from 'viem';
import { sign } from 'viem/accounts';

import { type LocalServer, readBody, startServer } from './servers.ts';
import { makeKey } from './support.ts';

export interface Web3SignerServer extends LocalServer {
  readonly address: Hex;
  /** Responses that precede the correct ones. */
  readonly trouble: ((response: ServerResponse) => void)[];
  /** The key that signs instead of the server's own. */
  signWith: Hex;
  asked: number;
}

export interface Web3SignerOptions {
  readonly tls?: TlsOptions;
  /** The server's key; default: a new one. */
  readonly privateKey?: Hex;
  /** Duration of each signature. */
  readonly milliseconds?: number;
}

export async function startWeb3Signer(options: Web3SignerOptions = {}): Promise<Web3SignerServer> {
  const { privateKey, address, publicKey } = makeKey(options.privateKey);
  // Without the prefix 04 of an uncompressed point.
  const identifier = `0x${publicKey.slice(4)}`;

  const server = await startServer((request, response) => {
    state.asked += 1;
    const trouble = state.trouble.shift();
    if (trouble !== undefined) {
      trouble(response);
      return;
    }
    const answer = async (body: string) => {
      if (request.url === '/api/v1/eth1/publicKeys') {
        response.setHeader('content-type', 'application/json').end(JSON.stringify([identifier]));
      } else if (request.url === `/api/v1/eth1/sign/${identifier}` && request.method === 'POST') {
        const { data } = JSON.parse(body) as { data: Hex };
        if (options.milliseconds !== undefined) await sleep(options.milliseconds);
        // Web3Signer hashes the data itself.
        const signature = await sign({ hash: keccak256(data), privateKey: state.signWith, to: 'hex' });
        response.setHeader('content-type', 'text/plain; charset=utf-8').end(signature);
      } else {
        response.writeHead(404).end();
      }
    };
    readBody(request)
      .then(answer)
      .catch(() => response.destroy());
  }, options.tls);

  const state: Web3SignerServer = { ...server, address, trouble: [], signWith: privateKey, asked: 0 };
  return state;
}
